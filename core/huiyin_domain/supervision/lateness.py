"""Lateness of a case, stream lateness-<case_id>: recorded once, objected to once, decided by others (P5).

Whoever may not know of it gets the answer that there is no such case. A clock passes once for each due time:
when an amended calendar moves its last day, what was recorded of the old one is taken back, and it may pass
again at the new one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.common.v1.types_pb2 import Sealed
from huiyin.supervision.v1 import events_pb2 as events
from huiyin.supervision.v1.events_pb2 import DeadlinePassed, LatenessWithdrawn
from huiyin.supervision.v1.service_pb2 import (
    DecideLatenessObjectionRequest,
    ObjectToLatenessRequest,
    StatutoryClock,
)
from huiyin.supervision.v1.types_pb2 import (
    CLOCK_STATUS_MET_LATE,
    CLOCK_STATUS_PASSED,
    WITHDRAWAL_CAUSE_OBJECTION_UPHELD,
    WITHDRAWAL_CAUSE_UNSPECIFIED,
)
from huiyin_domain.access import Action, CaseFacts, facts_of, kept_out_by, may, scope, unknown_case
from huiyin_domain.checks import content_missing, not_an_officer, sealed_of
from huiyin_domain.clocks.record import MOVED, Passing, Passings, passing_of, withdrawn_by
from huiyin_domain.context import Context
from huiyin_domain.dates import instant, stamp
from huiyin_domain.decider import Decision, UnknownCommandError, UnknownEventError
from huiyin_domain.directory import Directory, line_of
from huiyin_domain.refusal import Refusal, forbidden, invalid, missing, wrong_state
from huiyin_domain.supervision.order import not_a_supervisor


@dataclass(frozen=True, slots=True)
class Lateness:
    """Which passings of a case's clocks are recorded, of whom, and what became of each.

    `objected` are those that their unit ever objected to, `refused` those where that did not hold. `told`
    are the agencies that the last event is for: another late unit has no part in it.
    """

    case_id: str = ""
    late: Mapping[Passing, str] = field(default_factory=dict)
    withdrawn: Passings = frozenset()
    objected: Passings = frozenset()
    refused: Passings = frozenset()
    told: tuple[str, ...] = ()

    @property
    def passed(self) -> Passings:
        """The recorded passings."""
        return frozenset(self.late)


def evolve(state: Lateness, event: Message) -> Lateness:
    """The lateness after an event."""
    match event:
        case events.DeadlinePassed():
            late = {**state.late, passing_of(event): event.unit}
            return _told(replace(state, case_id=event.case_id, late=late), event.unit)
        case events.LatenessWithdrawn():
            taken_back = withdrawn_by(event, state.late)
            if event.cause in MOVED:
                return _moved(state, taken_back)
            units = [state.late.get(one, "") for one in taken_back]
            return _told(replace(state, withdrawn=state.withdrawn | taken_back), *units, event.supervisor)
        case events.LatenessObjected():
            return _told(replace(state, objected=state.objected | {_of(event)}), event.unit, event.asked)
        case events.LatenessObjectionRefused():
            unit = state.late.get(_of(event), "")
            return _told(replace(state, refused=state.refused | {_of(event)}), unit, event.supervisor)
        case _:
            raise UnknownEventError(event.DESCRIPTOR.full_name)


def _moved(state: Lateness, taken_back: Passings) -> Lateness:
    """Not on the record any more: should the last day be moved back, the clock passes again."""
    late = {one: unit for one, unit in state.late.items() if one not in taken_back}
    objected, refused = state.objected - taken_back, state.refused - taken_back
    units = [state.late[one] for one in taken_back & state.passed]
    return _told(replace(state, late=late, objected=objected, refused=refused), *units)


def _of(event: events.LatenessObjected | events.LatenessObjectionRefused) -> Passing:
    return Passing(event.clock_id, instant(event.due_time))


def _told(state: Lateness, *agencies: str) -> Lateness:
    return replace(state, told=tuple(dict.fromkeys(agency for agency in agencies if agency)))


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


class LatenessDecider:
    """Keeps the record in step with the case's clocks.

    Its commands are a clock that has passed, a withdrawal with its cause, an objection of the late unit, and
    a supervisor's decision on that.
    """

    category = "lateness"

    def initial(self) -> Lateness:
        return Lateness()

    def decide(self, state: Lateness, command: Message, context: Context) -> Decision:
        match command:
            case StatutoryClock():
                return record_passed(state, command, context)
            case LatenessWithdrawn():
                return withdraw(state, command)
            case ObjectToLatenessRequest():
                return object_to(state, command, context)
            case DecideLatenessObjectionRequest():
                return decide(state, command, context)
            case _:
                raise UnknownCommandError(command.DESCRIPTOR.full_name)

    def evolve(self, state: Lateness, event: Message) -> Lateness:
        return evolve(state, event)

    def case_ids(self, state: Lateness) -> Sequence[str]:
        return (state.case_id,)

    def audience(self, state: Lateness) -> Sequence[str]:
        return state.told


def record_passed(state: Lateness, clock: StatutoryClock, context: Context) -> Decision:
    """Exactly one DeadlinePassed for a clock and its due time, however often it is asked for."""
    if clock.status not in (CLOCK_STATUS_PASSED, CLOCK_STATUS_MET_LATE):
        return ()
    if not clock.HasField("due_time"):
        message = f"clock {clock.clock_id} has no due time: a calendar is missing, and no date is guessed"
        return invalid("CLOCK_PROVISIONAL", message, clock_id=clock.clock_id)
    event = _deadline_passed(clock)
    if passing_of(event) in state.passed:
        return ()
    if context.now < instant(clock.due_time):
        message = f"clock {clock.clock_id} runs until the end of {clock.rolled_due_date}: ask again then"
        return wrong_state("CLOCK_STILL_RUNNING", message, clock_id=clock.clock_id)
    return (event,)


def withdraw(state: Lateness, withdrawal: LatenessWithdrawn) -> Decision:
    """Takes a recorded lateness back once, naming the cause."""
    if withdrawal.cause == WITHDRAWAL_CAUSE_UNSPECIFIED:
        message = f"the lateness of clock {withdrawal.clock_id} is not taken back without a cause: name it"
        return invalid("CAUSE_REQUIRED", message, field="cause")
    recorded = withdrawn_by(withdrawal, state.passed) & state.passed
    return (withdrawal,) if recorded - state.withdrawn else ()


def _deadline_passed(clock: StatutoryClock) -> DeadlinePassed:
    return DeadlinePassed(
        clock_id=clock.clock_id,
        rule=clock.rule,
        case_id=clock.case_id,
        unit=clock.unit,
        start_event_id=clock.start_event_id,
        raw_due_date=clock.raw_due_date,
        rolled_due_date=clock.rolled_due_date,
        due_time=clock.due_time,
        rule_version=clock.rule_version,
        calendar_version=clock.calendar_version,
    )


LATENESS = LatenessDecider()
