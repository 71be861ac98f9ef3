"""When a recorded lateness is taken back, and for which cause (promise P5)."""

from datetime import datetime

from huiyin.common.v1.types_pb2 import ENTRY_KIND_LATE, ENTRY_KIND_UNSPECIFIED
from huiyin.supervision.v1 import types_pb2 as types
from huiyin.supervision.v1.events_pb2 import LatenessWithdrawn
from huiyin.supervision.v1.types_pb2 import WithdrawalCause
from huiyin_domain.clocks.clock import Clock
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.record import ClockRecord, Passing
from huiyin_domain.clocks.rule import Nature
from huiyin_domain.dates import stamp

_RECEIVED_LATER = types.WITHDRAWAL_CAUSE_RECEIVED_LATER
ENDED_IN_TIME = (types.CLOCK_STATUS_MET, types.CLOCK_STATUS_VOID)
"""What the events alone make of a clock whose passing makes nobody late, whatever was said before."""


def withdrawals(clock: Clock, record: ClockRecord) -> list[LatenessWithdrawn]:
    """What has to be taken back of a clock's recorded passings, each with its cause."""
    found = ((one, cause_against(clock, one.due)) for one in record.standing(clock))
    return [_withdrawn(clock, one, cause) for one, cause in found if cause]


def cause_against(clock: Clock, due: datetime | None) -> WithdrawalCause.ValueType:
    """Why the passing of a clock at a due time does not hold, as the events stand; UNSPECIFIED: it holds."""
    if clock.end is Milestone.IMPORTED:
        return types.WITHDRAWAL_CAUSE_IMPORTED
    if due is not None and clock.due_time is not None and due != clock.due_time:
        return _other_last_day(clock, due, clock.due_time)
    if clock.due_time is None or clock.status() not in ENDED_IN_TIME:
        return types.WITHDRAWAL_CAUSE_UNSPECIFIED
    return _of_the_act(clock, clock.due_time)


def _other_last_day(clock: Clock, due: datetime, present: datetime) -> WithdrawalCause.ValueType:
    """What moved the last day since it was said to have passed."""
    if clock.correction:
        return types.WITHDRAWAL_CAUSE_CORRECTED
    received_later = clock.start is Milestone.HANDOVER_RECEIPT_PROVED and due < present
    return _RECEIVED_LATER if received_later else types.WITHDRAWAL_CAUSE_CALENDAR


def _of_the_act(clock: Clock, due: datetime) -> WithdrawalCause.ValueType:
    """What shows that the act was in time. That its unit says so is no cause."""
    if clock.nature is Nature.REMEDY:
        return types.WITHDRAWAL_CAUSE_ASKED_IN_TIME
    if clock.stop_recorded is not None and clock.stop_recorded < due:
        return types.WITHDRAWAL_CAUSE_RECORDED_IN_TIME
    approved = clock.stop_entry == ENTRY_KIND_LATE
    earlier = clock.stop_entry == ENTRY_KIND_UNSPECIFIED
    if approved:
        return types.WITHDRAWAL_CAUSE_LATE_ENTRY
    return types.WITHDRAWAL_CAUSE_EARLIER_RULE if earlier else types.WITHDRAWAL_CAUSE_UNSPECIFIED


def _withdrawn(clock: Clock, passing: Passing, cause: WithdrawalCause.ValueType) -> LatenessWithdrawn:
    event = LatenessWithdrawn(clock_id=clock.clock_id, case_id=clock.case_id, cause=cause)
    event.stop_event_id = _shows(clock, cause)
    amended = cause == types.WITHDRAWAL_CAUSE_CALENDAR
    event.calendar_version = clock.calendar_version if amended else ""
    if passing.due is not None:
        event.due_time.CopyFrom(stamp(passing.due))
    return event


def _shows(clock: Clock, cause: WithdrawalCause.ValueType) -> str:
    """The event that shows it; none for a calendar, and for evidence that moves a clock's start."""
    if cause in (types.WITHDRAWAL_CAUSE_CALENDAR, _RECEIVED_LATER):
        return ""
    return clock.correction if cause == types.WITHDRAWAL_CAUSE_CORRECTED else clock.stop_event_id
