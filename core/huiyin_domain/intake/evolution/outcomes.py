"""The fold's rules for what comes of a matter: what is owed and done after an answer, ratings, endings."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.authority import GIVES_TASK, ON_TASKS
from huiyin_domain.intake.records import Agreement, GivenRating, MeetingRequest, Task, Withdrawal, replace
from huiyin_domain.intake.state import Petition


def support_executed(state: Petition, event: events.SupportExecuted) -> Petition:
    """The agreement was performed; or the review it names was carried out, or the last opinion."""
    if event.agreement:
        return agreement_performed(state)
    if event.review_id:
        reviews = tuple(
            replace(review, executed=True) if review.review_id == event.review_id else review
            for review in state.reviews
        )
        return state._replace(reviews=reviews)
    last = tuple(replace(opinion, executed=True) for opinion in state.opinions[-1:])
    return state._replace(opinions=(*state.opinions[:-1], *last))


def remedy_fact_recorded(state: Petition, event: events.RemedyFactRecorded) -> Petition:
    """Of one kind the last record counts."""
    others = {known for known in state.remedy_facts if known[0] != event.fact}
    return state._replace(remedy_facts=frozenset({*others, (event.fact, event.fact_date)}))


_ANSWERS_NOBODY = (types.CLOSING_KIND_WITHDRAWN, types.CLOSING_KIND_PETITIONER_DIED)


def closed(state: Petition, event: events.PetitionClosed) -> Petition:
    closed_from = state.status if state.status != types.PETITION_STATUS_CLOSED else state.closed_from
    return state._replace(
        status=types.PETITION_STATUS_CLOSED,
        closing=event.kind,
        closed_from=closed_from,
        unanswered=state.unanswered or event.kind in _ANSWERS_NOBODY,
    )


def rated(state: Petition, event: events.PetitionRated) -> Petition:
    given = GivenRating(
        event.office_rating, event.unit_rating, event.notice_id, event.take_back_hash, way=event.way
    )
    return state._replace(rating=given, taken_back=False)


def rating_taken_back(state: Petition, event: events.RatingTakenBack) -> Petition:
    """The case is unrated again, and can be rated anew."""
    return state._replace(rating=None, taken_back=True)


def notice_sent(state: Petition, event: events.NoticeSent) -> Petition:
    if state.withdrawal is not None and state.withdrawal.notice_id == event.notice_id:
        return state._replace(withdrawal=replace(state.withdrawal, told=True))
    if state.rating is None or state.rating.notice_id != event.notice_id:
        return state  # what it told of was taken back meanwhile
    return state._replace(rating=replace(state.rating, told=True))


def item_applied(state: Petition, event: events.ResolutionItemApplied) -> Petition:
    """An assignment moves responsibility by its own event."""
    state = state._replace(applied_items=state.applied_items | {event.item_id})
    if event.kind in ON_TASKS:
        state = state._replace(tasks=_ended(state.tasks, event.task_item_id, revoked=True))
    if event.kind not in GIVES_TASK:
        return state
    task = Task(event.item_id, event.unit, event.due_date)
    return state._replace(tasks=(*state.tasks, task))


def _ended(
    tasks: tuple[Task, ...], item_id: str, done: bool = False, revoked: bool = False
) -> tuple[Task, ...]:
    return tuple(
        replace(task, done=task.done or done, revoked=task.revoked or revoked)
        if task.item_id == item_id
        else task
        for task in tasks
    )


def item_refused(state: Petition, event: events.ResolutionItemRefused) -> Petition:
    return state._replace(refused_items=state.refused_items | {event.item_id})


def task_done(state: Petition, event: events.ResolutionTaskDone) -> Petition:
    return state._replace(tasks=_ended(state.tasks, event.item_id, done=True))


def meeting_requested(state: Petition, event: events.MeetingRequested) -> Petition:
    request = MeetingRequest(event.request_id, event.centre, state.epoch)
    return state._replace(meeting_requests=(*state.meeting_requests, request))


def agreement_reached(state: Petition, event: events.AgreementReached) -> Petition:
    return state._replace(agreement=Agreement(event.due_date))


def agreement_performed(state: Petition) -> Petition:
    """What was agreed was done; nothing to an agreement that was denied meanwhile."""
    if state.agreement is None:
        return state
    return state._replace(agreement=replace(state.agreement, performed=True))


def withdrawal_requested(state: Petition, event: events.WithdrawalRequested) -> Petition:
    """The case stays as it is: nothing is closed and no period stops."""
    return state._replace(withdrawal=Withdrawal(event.notice_id, event.confirm_hash))


def withdrawal_confirmed(state: Petition, event: events.WithdrawalConfirmed) -> Petition:
    if state.withdrawal is None:
        return state
    confirmed = replace(state.withdrawal, confirmed=True, whole=event.whole_petition)
    return state._replace(withdrawal=confirmed)


def continued(state: Petition, event: events.PetitionContinued) -> Petition:
    """None of the three is a ground any more; what was closed by one is open again."""
    gone_on = state._replace(agreement=None, withdrawal=None, died=False)
    if event.resumed_status == types.PETITION_STATUS_UNSPECIFIED:
        return gone_on
    return gone_on._replace(
        status=event.resumed_status, closing=types.CLOSING_KIND_UNSPECIFIED, unanswered=True
    )


def petitioner_died(state: Petition, event: events.PetitionerDied) -> Petition:
    return state._replace(died=True)
