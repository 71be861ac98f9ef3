"""Lateness of a case, stream lateness-<case_id>: each clock that passes is recorded once (promise P5)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from google.protobuf.message import Message

from huiyin.supervision.v1 import types_pb2 as types
from huiyin.supervision.v1.events_pb2 import DeadlinePassed, LatenessWithdrawn
from huiyin.supervision.v1.service_pb2 import StatutoryClock
from huiyin_domain.context import Context
from huiyin_domain.dates import instant
from huiyin_domain.decider import Decision, UnknownCommandError, UnknownEventError
from huiyin_domain.refusal import invalid, wrong_state


@dataclass(frozen=True, slots=True)
class Lateness:
    """Which clocks of a case passed, which of these were withdrawn, and which units were late."""

    case_id: str = ""
    passed: frozenset[str] = frozenset()
    withdrawn: frozenset[str] = frozenset()
    units: tuple[str, ...] = ()


class LatenessDecider:
    """Keeps the record in step with the case's clocks; its command is a clock as the rules now see it."""

    category = "lateness"

    def initial(self) -> Lateness:
        return Lateness()

    def decide(self, state: Lateness, command: Message, context: Context) -> Decision:
        match command:
            case StatutoryClock():
                return _settle(state, command, context)
            case _:
                raise UnknownCommandError(command.DESCRIPTOR.full_name)

    def already_passed(self, clock: StatutoryClock) -> Lateness:
        """The state as far as one clock goes whose passing is on the record."""
        return self.evolve(self.initial(), _deadline_passed(clock))

    def evolve(self, state: Lateness, event: Message) -> Lateness:
        match event:
            case DeadlinePassed():
                return _passed(state, event)
            case LatenessWithdrawn():
                return replace(state, withdrawn=state.withdrawn | {event.clock_id})
            case _:
                raise UnknownEventError(event.DESCRIPTOR.full_name)

    def case_ids(self, state: Lateness) -> Sequence[str]:
        return (state.case_id,)

    def audience(self, state: Lateness) -> Sequence[str]:
        return state.units


def record_passed(state: Lateness, clock: StatutoryClock, context: Context) -> Decision:
    """Exactly one DeadlinePassed for a clock, however often and from wherever it is asked for."""
    if clock.clock_id in state.passed:
        return ()
    if not clock.HasField("due_time"):
        message = f"clock {clock.clock_id} has no due time: a calendar is missing, and no date is guessed"
        return invalid("CLOCK_PROVISIONAL", message, clock_id=clock.clock_id)
    if context.now < instant(clock.due_time):
        message = f"clock {clock.clock_id} runs until the end of {clock.rolled_due_date}: ask again then"
        return wrong_state("CLOCK_STILL_RUNNING", message, clock_id=clock.clock_id)
    return (_deadline_passed(clock),)


def withdraw(state: Lateness, clock_id: str, stop_event_id: str) -> Decision:
    """Withdraws a recorded lateness once, naming the event that shows the act was in time."""
    if clock_id not in state.passed or clock_id in state.withdrawn:
        return ()
    return (LatenessWithdrawn(clock_id=clock_id, case_id=state.case_id, stop_event_id=stop_event_id),)


def _settle(state: Lateness, clock: StatutoryClock, context: Context) -> Decision:
    match clock.status:
        case types.CLOCK_STATUS_PASSED | types.CLOCK_STATUS_MET_LATE:
            return record_passed(state, clock, context)
        case types.CLOCK_STATUS_MET | types.CLOCK_STATUS_VOID:
            return withdraw(state, clock.clock_id, clock.stop_event_id)
        case _:
            return ()


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


def _passed(state: Lateness, event: DeadlinePassed) -> Lateness:
    units = tuple(dict.fromkeys((*state.units, event.unit))) if event.unit else state.units
    return replace(state, case_id=event.case_id, passed=state.passed | {event.clock_id}, units=units)
