"""What a closing rests on, by its kind: a served answer, or a ground of its own (Arts. 28, 33, 36)."""

from collections.abc import Callable, Mapping

from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import ClosingKind
from huiyin_domain.context import Context
from huiyin_domain.dates import local_date
from huiyin_domain.intake.guards import in_status
from huiyin_domain.intake.handling import judicially_concluded
from huiyin_domain.intake.state import Petition
from huiyin_domain.intake.thinking_over import succession_ends
from huiyin_domain.refusal import Refusal, wrong_state

WITHOUT_ANSWER = (
    types.CLOSING_KIND_AGREEMENT,
    types.CLOSING_KIND_JUDICIAL_CONCLUSION,
    types.CLOSING_KIND_WITHDRAWN,
    types.CLOSING_KIND_PETITIONER_DIED,
)
"""Kinds that need no administrative opinion."""
_CLOSABLE = (
    types.PETITION_STATUS_CLASSIFIED,
    types.PETITION_STATUS_ACCEPTED,
    types.PETITION_STATUS_LED_INTO_PROCEDURE,
    types.PETITION_STATUS_OPINION_ISSUED,
    types.PETITION_STATUS_ANSWERED,
)


def ground_missing(state: Petition, kind: ClosingKind.ValueType, context: Context) -> Refusal | None:
    """A refusal unless what the kind rests on is on the record."""
    refusal = in_status(state, *_CLOSABLE) if kind in WITHOUT_ANSWER else None
    ground = _GROUNDS.get(kind)
    return refusal or (ground(state, context) if ground else None)


def closed_already(state: Petition) -> Refusal | None:
    """A refusal for what is closed, or under review."""
    if state.status == types.PETITION_STATUS_UNDER_REVIEW:
        return wrong_state("REVIEW_OPEN", "the case is under review: it can be closed once that is served")
    if state.status == types.PETITION_STATUS_CLOSED:
        message = "the case is closed already, in another way"
        return wrong_state("ALREADY_CLOSED", message, kind=ClosingKind.Name(state.closing))
    return None


def _re_reviewed(state: Petition, _: Context) -> Refusal | None:
    if state.review and state.review.level == types.REVIEW_LEVEL_RE_REVIEW:
        return None
    message = "no re-review was served in this case: close it as answered"
    return wrong_state("NOT_RE_REVIEWED", message, "Regulations of 2022, Art. 36(3)")


def _concluded(state: Petition, _: Context) -> Refusal | None:
    if judicially_concluded(state):
        return None
    message = "no judicial organ handed the matter back as concluded: close it as answered"
    return wrong_state("NOT_CONCLUDED", message, "Regulations of 2022, Art. 28(2)")


def _agreed(state: Petition, _: Context) -> Refusal | None:
    if state.agreement:
        return None
    message = "no agreement of both sides is on the record: record it first, with document and consents"
    return wrong_state("NO_AGREEMENT", message, "Regulations of 2022, Art. 33")


def _withdrawn(state: Petition, _: Context) -> Refusal | None:
    withdrawal = state.withdrawal
    if withdrawal is None or not withdrawal.confirmed:
        message = "the petitioner has not confirmed a withdrawal: until then the case goes on"
        return wrong_state("WITHDRAWAL_NOT_CONFIRMED", message)
    return None if withdrawal.whole else _others_go_on()


def _without_successor(state: Petition, context: Context) -> Refusal | None:
    last = succession_ends(state, context)
    if last is None:
        return wrong_state("NO_DEATH_RECORDED", "no death of the petitioner is recorded: the case goes on")
    if state.registration.group:
        return _others_go_on()
    if local_date(context.now) > last:
        return None
    message = f"successors may take the petition up until {last.isoformat()}: it is closed after that"
    return wrong_state("SUCCESSION_OPEN", message, last_day=last.isoformat())


def _others_go_on() -> Refusal:
    message = "the petition is a group's: who leaves it leaves for himself, the others' matter goes on"
    return wrong_state("GROUP_GOES_ON", message)


_GROUNDS: Mapping[ClosingKind.ValueType, Callable[[Petition, Context], Refusal | None]] = {
    types.CLOSING_KIND_RE_REVIEWED: _re_reviewed,
    types.CLOSING_KIND_JUDICIAL_CONCLUSION: _concluded,
    types.CLOSING_KIND_AGREEMENT: _agreed,
    types.CLOSING_KIND_WITHDRAWN: _withdrawn,
    types.CLOSING_KIND_PETITIONER_DIED: _without_successor,
}
