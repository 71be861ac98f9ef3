"""A clock as the contract has it."""

from datetime import date, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.supervision.v1.service_pb2 import StatutoryClock
from huiyin_domain.clocks.clock import Clock
from huiyin_domain.clocks.rule import Nature
from huiyin_domain.dates import stamp


def statutory_clock(clock: Clock, as_of: datetime | None = None) -> StatutoryClock:
    """The message, with the status as of an instant, or as the events alone tell.

    `due_time` is left out where nothing passes: while a calendar is missing, and for a window.
    """
    return StatutoryClock(
        clock_id=clock.clock_id,
        rule=clock.rule,
        case_id=clock.case_id,
        unit=clock.unit,
        start_event_id=clock.start_event_id,
        start_time=_stamp(clock.start_time),
        basis=clock.basis_zh,
        span=clock.span,
        unit_of_span=clock.unit_of_span,
        raw_due_date=_day(clock.raw_due),
        rolled_due_date=_day(clock.rolled_due),
        not_before_date=_day(clock.not_before),
        provisional=clock.provisional,
        unverified=clock.unverified,
        status=clock.status(as_of),
        stop_event_id=clock.stop_event_id,
        stop_time=_stamp(clock.stop_time),
        stop_entry=clock.stop_entry,
        why_zh=clock.why_zh,
        why_en=clock.why_en,
        rule_version=clock.rule_version,
        calendar_version=clock.calendar_version,
        informational=clock.nature is Nature.INFORMATIONAL,
        due_time=_stamp(clock.due_time) if clock.can_be_late else None,
    )


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _stamp(moment: datetime | None) -> Timestamp | None:
    return None if moment is None else stamp(moment)
