"""Lateness of a case, stream lateness-<case_id>: each passing of a clock is recorded once (promise P5).

A clock passes once for each due time: when an amended calendar moves its last day, what was recorded of the
old one is taken back, and it may pass again at the new one.
"""

from collections.abc import Sequence

from google.protobuf.message import Message

from huiyin.supervision.v1.events_pb2 import DeadlinePassed, LatenessWithdrawn
from huiyin.supervision.v1.service_pb2 import (
    DecideLatenessObjectionRequest,
    ObjectToLatenessRequest,
    StatutoryClock,
)
from huiyin.supervision.v1.types_pb2 import (
    CLOCK_STATUS_MET_LATE,
    CLOCK_STATUS_PASSED,
    WITHDRAWAL_CAUSE_UNSPECIFIED,
)
from huiyin_domain.clocks.record import passing_of, withdrawn_by
from huiyin_domain.context import Context
from huiyin_domain.dates import instant
from huiyin_domain.decider import Decision, UnknownCommandError
from huiyin_domain.refusal import invalid, wrong_state
from huiyin_domain.supervision.lateness_state import Lateness, evolve
from huiyin_domain.supervision.objecting import decide, object_to


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
