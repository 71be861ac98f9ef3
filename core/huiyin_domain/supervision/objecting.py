"""Objecting to a recorded lateness, and deciding on that: never by the late unit itself (promise P5).

A lateness is objected to once. Whoever may not know of it gets the answer that there is no such case.
"""

from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.common.v1.types_pb2 import Sealed
from huiyin.supervision.v1 import events_pb2 as events
from huiyin.supervision.v1.service_pb2 import DecideLatenessObjectionRequest, ObjectToLatenessRequest
from huiyin.supervision.v1.types_pb2 import WITHDRAWAL_CAUSE_OBJECTION_UPHELD
from huiyin_domain.access import Action, CaseFacts, facts_of, kept_out_by, may, scope, unknown_case
from huiyin_domain.checks import content_missing, not_an_officer, sealed_of
from huiyin_domain.clocks.record import Passing
from huiyin_domain.context import Context
from huiyin_domain.dates import instant, stamp
from huiyin_domain.decider import Decision
from huiyin_domain.directory import Directory
from huiyin_domain.divisions import line_of
from huiyin_domain.refusal import Refusal, forbidden, missing, wrong_state
from huiyin_domain.supervision.issuing import not_a_supervisor
from huiyin_domain.supervision.lateness_state import Lateness

_ARTICLE = "Regulations of 2022, Art. 40(1)"
_Request = ObjectToLatenessRequest | DecideLatenessObjectionRequest


def object_to(state: Lateness, command: ObjectToLatenessRequest, context: Context) -> Decision:
    """The late unit says why it was not late."""
    refusal = (
        not_an_officer(context)
        or _not_its_own(state, command, context)
        or content_missing("reasons", command.reasons)
        or _objected_before(state, _passing(command))
    )
    if refusal:
        return refusal
    facts, unit = facts_of(context.standings[command.case_id]), context.principal.acting_agency
    return (
        events.LatenessObjected(
            clock_id=command.clock_id,
            case_id=command.case_id,
            due_time=_due(command),
            unit=unit,
            reasons=sealed_of(command.reasons),
            asked=asked_about(unit, facts, context.policy.directory),
        ),
    )


def decide(state: Lateness, command: DecideLatenessObjectionRequest, context: Context) -> Decision:
    """A supervisor of another agency, in whose region the case lies, takes the lateness back or not."""
    refusal = (
        not_a_supervisor(context)
        or _not_in_the_region(command, context)
        or _nothing_open(state, _passing(command))
        or _own_lateness(state.late[_passing(command)], context)
        or content_missing("finding", command.finding)
    )
    if refusal:
        return refusal
    supervisor, finding = context.principal.acting_agency, sealed_of(command.finding)
    made = _withdrawn if command.upheld else _refused
    return (made(command, supervisor, finding),)


def asked_about(unit: str, facts: CaseFacts, directory: Directory) -> str:
    """The organ whose supervisor has to decide: the nearest above the unit whose region holds the case.

    It is outside the accused's wall and not one body with the unit; empty where there is none such.
    """
    elsewhere = {one.code for one in directory if not _holds(one.division, facts.division)}
    walled = kept_out_by(directory)((unit, *facts.accused_units))
    return directory.outside(unit, elsewhere | walled) or ""


def _holds(place: str, division: str) -> bool:
    line = line_of(place)
    return bool(line) and division.startswith(line)


def _due(command: _Request) -> Timestamp:
    """As it is on the record: digits beyond its microseconds, which name nothing, are not taken over."""
    return stamp(instant(command.due_time))


def _passing(command: _Request) -> Passing:
    due = instant(command.due_time) if command.HasField("due_time") else None
    return Passing(command.clock_id, due)


def _not_its_own(state: Lateness, command: ObjectToLatenessRequest, context: Context) -> Refusal | None:
    """Others learn nothing by asking, nor does the unit once it is accused in the case (Art. 30(3))."""
    principal, standing = context.principal, context.standings.get(command.case_id)
    if standing is None or state.late.get(_passing(command)) != principal.acting_agency:
        return unknown_case()
    walled = scope(principal, context.policy.directory).walled(facts_of(standing))
    return unknown_case() if walled else None


def _not_in_the_region(command: DecideLatenessObjectionRequest, context: Context) -> Refusal | None:
    standing = context.standings.get(command.case_id)
    if standing is None:
        return unknown_case()
    return may(context.principal, Action.SUPERVISE_CASE, facts_of(standing), context.policy.directory)


def _objected_before(state: Lateness, passing: Passing) -> Refusal | None:
    if passing in state.withdrawn:
        message = "this lateness was withdrawn: nothing is left to object to"
        return wrong_state("LATENESS_WITHDRAWN", message, clock_id=passing.clock_id)
    if passing in state.objected:
        message = "this lateness was objected to: a supervisor decides on that, once"
        return wrong_state("LATENESS_OBJECTED", message, clock_id=passing.clock_id)
    return None


def _nothing_open(state: Lateness, passing: Passing) -> Refusal | None:
    if passing not in state.objected:
        message = "no unit objected to such a lateness: check case_id, clock_id and due_time"
        return missing("NO_SUCH_OBJECTION", message)
    if passing in state.withdrawn | state.refused:
        message = "the objection was decided, or the lateness withdrawn: nothing is left to decide"
        return wrong_state("OBJECTION_DECIDED", message, clock_id=passing.clock_id)
    return None


def _own_lateness(unit: str, context: Context) -> Refusal | None:
    if context.principal.acting_agency not in context.policy.directory.one_body(unit):
        return None
    message = "an agency does not judge its own lateness: let another agency's supervisor decide"
    return forbidden("OWN_UNIT", message, _ARTICLE, unit=unit)


def _withdrawn(
    command: DecideLatenessObjectionRequest, supervisor: str, finding: Sealed | None
) -> events.LatenessWithdrawn:
    return events.LatenessWithdrawn(
        clock_id=command.clock_id,
        case_id=command.case_id,
        due_time=_due(command),
        cause=WITHDRAWAL_CAUSE_OBJECTION_UPHELD,
        supervisor=supervisor,
        finding=finding,
    )


def _refused(
    command: DecideLatenessObjectionRequest, supervisor: str, finding: Sealed | None
) -> events.LatenessObjectionRefused:
    return events.LatenessObjectionRefused(
        clock_id=command.clock_id,
        case_id=command.case_id,
        due_time=_due(command),
        supervisor=supervisor,
        finding=finding,
    )
