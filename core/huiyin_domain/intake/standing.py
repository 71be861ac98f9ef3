"""A petition as agencies read it: as it is, as a former party saw it last, and how agencies stand to it."""

from collections.abc import Iterable

from google.protobuf.message import Message

from huiyin.intake.v1 import service_pb2 as messages
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.dates import stamp
from huiyin_domain.intake.evolve import evolve
from huiyin_domain.intake.guards import standing_recusals
from huiyin_domain.intake.periods import told_on_the_spot
from huiyin_domain.intake.records import Completion, Recusal, Review
from huiyin_domain.intake.state import Petition


def as_it_was(history: Iterable[Message], agency: str) -> tuple[Petition, int]:
    """The petition when the agency's part in it ended, and the version at which that was.

    The event that ended it is the last that the agency learns of. For a stranger: none, version 0.
    """
    state, seen, version = Petition(), Petition(), 0
    for number, event in enumerate(history, start=1):
        state = evolve(state, event)
        if agency in state.parties | state.leaving:
            seen, version = state, number
    return seen, version


def petition_message(state: Petition, version: int) -> messages.Petition:
    """The state of a petition at a version of its stream."""
    review = state.review if state.review and not state.review.served_time else None
    return messages.Petition(
        case_id=state.case_id,
        display_number=state.registration.display_number,
        status=state.status,
        petition_class=state.petition_class,
        route=state.route,
        track=state.track,
        responsible_unit=state.holder,
        epoch=state.epoch,
        pending_unit=state.pending_unit,
        handover_id=state.handover.handover_id if state.handover else "",
        opinion_id=state.opinion.opinion_id if state.opinion else "",
        review_id=review.review_id if review else "",
        division=state.registration.division,
        content_class=state.content_class,
        origin_case_id=state.registration.origin_case_id,
        part_case_ids=[part.case_id for part in state.parts],
        version=version,
        received_time=stamp(state.registration.received_time),
        referral_id=state.referral.referral_id if state.referral else "",
        accused_units=sorted(state.accused_units),
        classification_version=state.classifications,
        registration_version=state.corrections,
        extension_version=len(state.extensions),
        offer_id=state.offer.referral_id if state.offer else "",
        offered_unit=state.offer.organ if state.offer else "",
        recusals=[_recusal(one) for one in standing_recusals(state)],
        order_version=state.handover.orders if state.handover else 0,
        changed_by_review_id=state.answer.review_id if isinstance(state.answer, Review) else "",
        told_on_the_spot=told_on_the_spot(state),
        completions=map(_completion, state.completions),
        doubts=sorted(state.doubts),
    )


def _completion(owed: Completion) -> types.Completion:
    return types.Completion(
        handover_id=owed.handover_id,
        referring_unit=owed.referring_unit,
        unit=owed.unit,
        report_id=owed.report_id,
        stage=owed.stage,
    )


def _recusal(recusal: Recusal) -> messages.Recusal:
    return messages.Recusal(
        recusal_id=recusal.recusal_id,
        unit=recusal.unit,
        officer=recusal.officer,
        decider=recusal.decider,
        granted=recusal.granted,
    )


def standing(state: Petition, version: int = 0, asked: Iterable[str] = ()) -> types.Standing:
    """Who has what to say in the case at a version of its stream; `asked` are the organs asked to decide."""
    requests = [
        types.MeetingRequest(request_id=one.request_id, centre=one.centre)
        for one in state.open_meeting_requests
    ]
    tasks = [types.OpenTask(item_id=task.item_id, unit=task.unit) for task in state.tasks if task.open]
    return types.Standing(
        case_id=state.case_id,
        version=version,
        responsible_unit=state.holder,
        epoch=state.epoch,
        pending_unit=state.pending_unit,
        parties=sorted(state.parties),
        accused_units=sorted(state.accused_units),
        meeting_requests=requests,
        open_tasks=tasks,
        former_parties=state.participation.former,
        asked=sorted(asked),
        division=state.registration.division,
        received_time=stamp(state.registration.received_time),
    )
