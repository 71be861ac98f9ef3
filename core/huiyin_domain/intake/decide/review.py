"""复查、复核: a review is requested, decided and served (Arts. 35, 36)."""

from datetime import datetime

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_PETITIONER, Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import RequestReviewRequest
from huiyin.intake.v1.types_pb2 import OpinionOutcome, ReviewLevel, ReviewOutcome
from huiyin_domain.acts.act import known_time
from huiyin_domain.checks import (
    content_missing,
    not_acting_for_agency,
    not_an_officer,
    sealed_of,
    unknown_agency,
)
from huiyin_domain.context import Context
from huiyin_domain.dates import local_date, stamp
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import (
    accused,
    by_party,
    current_epoch,
    in_status,
    not_given,
    served_otherwise,
    service_fault,
    time_fault,
    told_time,
    visible,
)
from huiyin_domain.intake.periods import review_due
from huiyin_domain.intake.records import Opinion, Review
from huiyin_domain.intake.remedies import not_reviewable
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Kind, Refusal, forbidden, invalid, missing, wrong_state

_ARTICLES = {
    types.REVIEW_LEVEL_REVIEW: "Regulations of 2022, Art. 35",
    types.REVIEW_LEVEL_RE_REVIEW: "Regulations of 2022, Art. 36",
}


def request_review(state: Petition, command: RequestReviewRequest, context: Context) -> Decision:
    """Also after closing: the remedy outlives it, and a request in time opens the case again."""
    refusal = (
        visible(state, context, concerned=_is_the_organ(state, command, context))
        or not_acting_for_agency(context)
        or current_epoch(state, command.epoch)
        or _not_open_to_review(state, command)
        or _organ_fault(state, command, context)
        or _time_fault(state, command, context)
    )
    return refusal or (_requested(command, context),)


def _is_the_organ(state: Petition, command: RequestReviewRequest, context: Context) -> bool:
    """The organ that the petitioner asks records the request, as an agency of the case may."""
    agency, below = context.principal.acting_agency, _answering_unit(state)
    return agency == command.organ and agency in context.policy.directory.above(below)


def _not_open_to_review(state: Petition, command: RequestReviewRequest) -> Refusal | None:
    if refusal := not_given(ReviewLevel.DESCRIPTOR, command.level, "level"):
        return refusal
    refusal = not_reviewable(state, command.level)
    refusal = refusal or in_status(state, types.PETITION_STATUS_ANSWERED, types.PETITION_STATUS_CLOSED)
    return refusal or _no_opinion_served(state, command.level) or _level_fault(state, command.level)


def _no_opinion_served(state: Petition, level: ReviewLevel.ValueType) -> Refusal | None:
    """A case closed by agreement, withdrawal or death may have none: it is not reviewed, it goes on."""
    if state.opinion is not None and state.opinion.served_time is not None:
        return None
    message = "the case was closed without an opinion: there is none to review; say that the petition goes on"
    return wrong_state("NO_OPINION_SERVED", message, _ARTICLES[level])


def _level_fault(state: Petition, level: ReviewLevel.ValueType) -> Refusal | None:
    """Review once, then re-review once; after it the petition procedure ends (Art. 36(3))."""
    done = len(state.reviews)
    expected = {0: types.REVIEW_LEVEL_REVIEW, 1: types.REVIEW_LEVEL_RE_REVIEW}.get(done)
    if level == expected:
        return None
    if expected is None:
        message = "the case was re-reviewed: new facts and reasons make a new matter"
        return wrong_state("RE_REVIEWED", message, "Regulations of 2022, Art. 36(3)")
    name = ReviewLevel.Name(expected)
    message = f"the next remedy in this case is {name}: ask for that"
    return wrong_state("WRONG_REVIEW_LEVEL", message, _ARTICLES[level], expected=name)


def _organ_fault(state: Petition, command: RequestReviewRequest, context: Context) -> Refusal | None:
    """One level above the handling organ, then one level above the review organ."""
    below = _answering_unit(state)
    above = context.policy.directory.above(below)
    if refusal := unknown_agency("organ", command.organ, context) or accused(state, command.organ, context):
        return refusal
    if command.organ in above:
        return None
    expected = " or ".join(above)
    message = f"the organ one level above {below} is {expected or 'not in the directory'}: ask that organ"
    facts = {"field": "organ", "expected": ",".join(above)}
    return Refusal(Kind.INVALID, "WRONG_REVIEW_ORGAN", message, facts, _ARTICLES[command.level])


def _answering_unit(state: Petition) -> str:
    """Who gave the answer that can be reviewed; empty while there is none."""
    if state.review:
        return state.review.organ
    return state.opinion.unit if state.opinion else ""


def _answered_by(state: Petition) -> Opinion | Review:
    """What the petitioner asks to have reviewed; there is one in every answered case."""
    answer = state.review or state.opinion
    assert answer is not None
    return answer


def _time_fault(state: Petition, command: RequestReviewRequest, context: Context) -> Refusal | None:
    """Thirty days from service; later with a reason, which is recorded, not judged here."""
    if refusal := time_fault(command.requested_time, "requested_time", context):
        return refusal
    asked = told_time(command.requested_time, context)
    due = review_due(
        _served(state, context), context.policy.timetable.calendar_of(state.registration.division)
    )
    if due is None or local_date(asked) <= due or sealed_of(command.late_reason) is not None:
        return None
    message = f"the 30 days to ask ended on {due.isoformat()}: give late_reason, and the request is recorded"
    facts = {"field": "late_reason", "last_day": due.isoformat()}
    return Refusal(Kind.INVALID, "LATE_REASON_REQUIRED", message, facts, _ARTICLES[command.level])


def _served(state: Petition, context: Context) -> datetime:
    """When the answer was served; it takes none of the petitioner's days that its entry came later."""
    answered = _answered_by(state)
    assert answered.served_time is not None
    kind = events.ReviewServed if isinstance(answered, Review) else events.OpinionServed
    return known_time(context.acts, kind, answered.served_time)


def _requested(command: RequestReviewRequest, context: Context) -> events.ReviewRequested:
    return events.ReviewRequested(
        review_id=context.new_ids[0],
        level=command.level,
        organ=command.organ,
        requested_time=stamp(told_time(command.requested_time, context)),
        reasons=sealed_of(command.reasons),
        late_reason=sealed_of(command.late_reason),
        authority=Authority(kind=AUTHORITY_KIND_PETITIONER, organ=command.organ),
    )


def decide_review(state: Petition, command: commands.DecideReviewRequest, context: Context) -> Decision:
    """Upheld, revoked to be done again, or changed."""
    if refusal := by_party(state, command, context):
        return refusal
    review = _found(state, command.review_id)
    if isinstance(review, Refusal):
        return review
    refusal = (
        _not_the_organ(review, context)
        or not_an_officer(context)
        or _decided(review)
        or _handled_before(state, context)
        or not_given(ReviewOutcome.DESCRIPTOR, command.outcome, "outcome")
        or _new_outcome_fault(command)
        or content_missing("document", command.document)
    )
    if refusal:
        return refusal
    return (
        events.ReviewDecided(
            review_id=review.review_id,
            level=review.level,
            outcome=command.outcome,
            document=sealed_of(command.document),
            officer=context.principal.officer,
            new_outcome=command.new_outcome,
        ),
    )


def _new_outcome_fault(command: commands.DecideReviewRequest) -> Refusal | None:
    """What was changed says to what: a request that is supported now is carried out (Art. 32(2))."""
    if command.outcome == types.REVIEW_OUTCOME_CHANGED:
        return not_given(OpinionOutcome.DESCRIPTOR, command.new_outcome, "new_outcome")
    if command.new_outcome == types.OPINION_OUTCOME_UNSPECIFIED:
        return None
    message = "new_outcome belongs to a changed outcome: leave it out, or decide REVIEW_OUTCOME_CHANGED"
    return invalid("NEW_OUTCOME_NOT_ALLOWED", message, field="new_outcome")


def _found(state: Petition, review_id: str) -> Review | Refusal:
    if state.review and state.review.review_id == review_id:
        return state.review
    current = state.review.review_id if state.review else ""
    message = f"review {review_id} is not the current one: read the case again"
    return missing("NO_SUCH_REVIEW", message, review_id=current)


def _not_the_organ(review: Review, context: Context) -> Refusal | None:
    if context.principal.acting_agency == review.organ:
        return None
    message = f"{review.organ} was asked: only it decides and serves this review"
    return forbidden("NOT_THE_REVIEW_ORGAN", message, organ=review.organ)


def _handled_before(state: Petition, context: Context) -> Refusal | None:
    """Who handled or reviewed the matter does not review it again (domain rules, 11.4, invariant 5).

    An officer's identifier is one within an agency, so officers are told apart by both.
    """
    before = {(opinion.unit, opinion.officer) for opinion in state.opinions}
    before |= state.handlers
    before |= {(review.organ, review.officer) for review in state.reviews}
    caller = context.principal
    if before.isdisjoint({(caller.agency, caller.officer), (caller.acting_agency, caller.officer)}):
        return None
    message = "this officer handled or reviewed the matter before: another officer has to review it"
    return forbidden("REVIEWER_HANDLED_IT", message, "Regulations of 2022, Art. 28(3)")


def _decided(review: Review) -> Refusal | None:
    if review.outcome == types.REVIEW_OUTCOME_UNSPECIFIED:
        return None
    facts = {"review_id": review.review_id, "outcome": ReviewOutcome.Name(review.outcome)}
    if review.changes:
        facts["new_outcome"] = OpinionOutcome.Name(review.new_outcome)
    return wrong_state("REVIEW_DECIDED", "the review is decided: serve it", **facts)


def serve_review(state: Petition, command: commands.ServeReviewRequest, context: Context) -> Decision:
    """送达 of the review opinion; re-review times run from here."""
    if refusal := by_party(state, command, context):
        return refusal
    review = _found(state, command.review_id)
    if isinstance(review, Refusal):
        return review
    refusal = (
        _not_the_organ(review, context)
        or _undecided(review)
        or service_fault(command.served_time, command.method, context)
    )
    if refusal or review.served_time:
        return refusal or served_otherwise(command.served_time, review.served_time) or ()
    served = stamp(told_time(command.served_time, context))
    return (
        events.ReviewServed(
            review_id=review.review_id, level=review.level, served_time=served, method=command.method
        ),
    )


def _undecided(review: Review) -> Refusal | None:
    if review.outcome != types.REVIEW_OUTCOME_UNSPECIFIED:
        return None
    return wrong_state("REVIEW_NOT_DECIDED", "the review is not decided: decide it, then serve it")
