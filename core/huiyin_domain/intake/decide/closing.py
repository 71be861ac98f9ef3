"""办结: closing a petition, and on which grounds it may be closed."""

from collections.abc import Callable, Mapping

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Track
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import ClosingKind
from huiyin_domain.checks import content_missing, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.dates import local_date, stamp
from huiyin_domain.decider import Decision
from huiyin_domain.intake.competence import judicially_concluded, not_to_handle
from huiyin_domain.intake.guards import by_holder, in_status, not_given, service_fault, status_name, told_time
from huiyin_domain.intake.periods import succession_ends
from huiyin_domain.intake.records import Opinion, Review
from huiyin_domain.intake.state import Petition
from huiyin_domain.jurisdiction import is_judicial
from huiyin_domain.refusal import Refusal, invalid, wrong_state

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


_ART_32 = "Regulations of 2022, Art. 32(2)"
_KINDS: Mapping[Track.ValueType, tuple[ClosingKind.ValueType, ...]] = {
    common.TRACK_ADMINISTRATIVE: (
        types.CLOSING_KIND_ANSWERED,
        types.CLOSING_KIND_RE_REVIEWED,
        types.CLOSING_KIND_AGREEMENT,
        types.CLOSING_KIND_WITHDRAWN,
        types.CLOSING_KIND_PETITIONER_DIED,
    ),
    common.TRACK_JUDICIAL: (types.CLOSING_KIND_JUDICIAL_CONCLUSION, types.CLOSING_KIND_ANSWERED),
    common.TRACK_DISCIPLINE: (types.CLOSING_KIND_ANSWERED,),
    common.TRACK_SUGGESTION: (
        types.CLOSING_KIND_SUGGESTION_ANSWERED,
        types.CLOSING_KIND_WITHDRAWN,
        types.CLOSING_KIND_PETITIONER_DIED,
    ),
}


def report_execution(state: Petition, command: commands.ReportExecutionRequest, context: Context) -> Decision:
    """What the opinion supported, or a review in its place, was carried out."""
    if refusal := by_holder(state, command, context) or content_missing("report", command.report):
        return refusal
    answer = state.answer
    to_carry_out = answer is not None and answer.supports
    performs = command.agreement or not to_carry_out
    if performs and state.agreement and state.agreement.open:
        return (events.SupportExecuted(report=sealed_of(command.report), agreement=True),)
    if answer is None or not to_carry_out or command.agreement:
        message = "neither opinion, review nor an open agreement supports the request: there is nothing to do"
        return wrong_state("NOT_SUPPORTED", message, _ART_32)
    review_id = _changed_by(answer)
    if command.review_id != review_id:
        in_force = review_id or "none, for the opinion stands"
        message = f"review_id does not name the outcome in force: give {in_force}"
        return wrong_state("OTHER_OUTCOME_IN_FORCE", message, _ART_32, review_id=review_id)
    if answer.executed:
        message = "the execution is on record already: what is new goes into a restatement or a new matter"
        return wrong_state("ALREADY_EXECUTED", message, _ART_32, review_id=review_id)
    return (events.SupportExecuted(report=sealed_of(command.report), review_id=review_id),)


def _changed_by(answer: Opinion | Review | None) -> str:
    return answer.review_id if isinstance(answer, Review) else ""


def close(state: Petition, command: commands.ClosePetitionRequest, context: Context) -> Decision:
    """Ends the handling; review may still be asked for."""
    if refusal := by_holder(state, command, context):
        return refusal
    if state.status == types.PETITION_STATUS_CLOSED and command.kind == state.closing:
        return ()
    refusal = (
        not_given(ClosingKind.DESCRIPTOR, command.kind, "kind")
        or not_to_handle(state, state.holder, context.policy.directory)
        or closed_already(state)
        or _not_answered(state, command.kind)
        or _kind_fault(state, command.kind, context)
        or ground_missing(state, command.kind, context)
        or _not_told(state, command, context)
        or _left_to_do(state)
    )
    return refusal or (_closed(state, command, context),)


def _tells(state: Petition, command: commands.ClosePetitionRequest) -> bool:
    """A conclusion of which no opinion told is told of by a notice, which is recorded with the closing."""
    concluded = command.kind == types.CLOSING_KIND_JUDICIAL_CONCLUSION
    return concluded and state.status != types.PETITION_STATUS_ANSWERED


def _not_told(state: Petition, command: commands.ClosePetitionRequest, context: Context) -> Refusal | None:
    """Of a judicial conclusion the petitioner is told in writing; no administrative opinion is needed."""
    if _tells(state, command):
        return content_missing("document", command.document) or service_fault(
            command.served_time, command.method, context
        )
    if sealed_of(command.document) is None:
        return None
    message = "document is the notice of a judicial conclusion: leave it out, the served answer has told"
    return invalid("NOTICE_NOT_ALLOWED", message, field="document")


def _closed(
    state: Petition, command: commands.ClosePetitionRequest, context: Context
) -> events.PetitionClosed:
    if not _tells(state, command):
        return events.PetitionClosed(kind=command.kind)
    return events.PetitionClosed(
        kind=command.kind,
        document=sealed_of(command.document),
        served_time=stamp(told_time(command.served_time, context)),
        method=command.method,
    )


def _not_answered(state: Petition, kind: ClosingKind.ValueType) -> Refusal | None:
    if kind in WITHOUT_ANSWER or state.status == types.PETITION_STATUS_ANSWERED:
        return None
    message = f"the case is {status_name(state.status)}: answer the petitioner in writing and serve it first"
    return wrong_state("NO_SERVED_ANSWER", message, _ART_32, status=status_name(state.status))


def _kind_fault(state: Petition, kind: ClosingKind.ValueType, context: Context) -> Refusal | None:
    allowed = _KINDS.get(state.track, ())
    if state.track == common.TRACK_JUDICIAL and not is_judicial(state.holder, context.policy.directory):
        allowed = (types.CLOSING_KIND_JUDICIAL_CONCLUSION,)
    if kind not in allowed:
        names = ",".join(ClosingKind.Name(one) for one in allowed)
        message = f"a case of {Track.Name(state.track)} is not closed so: use one of {names}"
        return wrong_state("CLOSING_KIND_NOT_ALLOWED", message, allowed=names)
    return None


def _left_to_do(state: Petition) -> Refusal | None:
    answer, opinion_id = state.answer, state.opinion.opinion_id if state.opinion else ""
    if answer and answer.supports and not answer.executed:
        message = "the supported request is not carried out: report its execution first"
        facts = {"opinion_id": opinion_id, "review_id": _changed_by(answer)}
        return wrong_state("NOT_EXECUTED", message, _ART_32, **facts)
    if state.agreement and state.agreement.open:
        message = "what was agreed is not performed: report that first"
        return wrong_state("AGREEMENT_NOT_PERFORMED", message, "Regulations of 2022, Art. 33")
    undone = [task.item_id for task in state.tasks if task.open]
    if undone:
        message = "tasks from a resolution are not done: their units have to complete them first"
        return wrong_state("TASKS_OPEN", message, "Regulations of 2022, Art. 12(2)", items=",".join(undone))
    return None
