"""申请复查 and 复核: the petitioner asks the organ one level above, in time or with reason (Arts. 35, 36)."""

from datetime import datetime

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_PETITIONER, Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import RequestReviewRequest
from huiyin.intake.v1.types_pb2 import ReviewLevel
from huiyin_domain.acts.act import known_time
from huiyin_domain.checks import not_acting_for_agency, sealed_of, unknown_agency
from huiyin_domain.context import Context
from huiyin_domain.dates import local_date, stamp
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import (
    accused,
    current_epoch,
    in_status,
    not_given,
    visible,
)
from huiyin_domain.intake.periods import review_due
from huiyin_domain.intake.records import Opinion, Review
from huiyin_domain.intake.remedies import not_reviewable
from huiyin_domain.intake.served import time_fault, told_time
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Kind, Refusal, wrong_state

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
