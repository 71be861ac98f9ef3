"""A statutory clock: one period of one case, with its dates, end and reasons; and as the contract has it."""

from datetime import date, datetime
from typing import NamedTuple

from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.common.v1.types_pb2 import EntryKind
from huiyin.supervision.v1 import types_pb2 as types
from huiyin.supervision.v1.service_pb2 import StatutoryClock
from huiyin.supervision.v1.types_pb2 import ClockStatus
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.rule import NOBODYS, Nature
from huiyin_domain.clocks.words import Grounds, why_en, why_zh
from huiyin_domain.dates import LAST_DAY, stamp


class Clock(NamedTuple):
    """A clock as the events make it; only its status depends on when one asks.

    `unit` must act; it is empty for the petitioner. `raw_due` is None when working days run into a year
    without calendar, `rolled_due` and `due_time` whenever a calendar is missing; then it is `provisional`.
    `start` is what it runs from: the act of the start event, or what evidence put in its place.
    `not_before` bounds the last day that cannot be counted at all: it surely does not come earlier.
    `unverified`: rule or calendar is general knowledge. `end` is what stopped it or made it void;
    `stop_entry` and `stop_recorded` say how and when that came into the record. `correction` is the event
    that put the day of receipt right from which it runs. `grounds` is what its sentences are made of, when
    somebody asks for them.
    """

    clock_id: str
    rule: str
    case_id: str
    nature: Nature
    unit: str
    start_event_id: str
    start: Milestone
    start_time: datetime
    basis_zh: str
    basis_en: str
    span: int
    unit_of_span: str
    raw_due: date | None
    rolled_due: date | None
    not_before: date | None
    warning_time: datetime | None
    due_time: datetime | None
    unverified: bool
    end: Milestone | None
    void: bool
    stop_event_id: str
    stop_time: datetime | None
    stop_entry: EntryKind.ValueType
    stop_recorded: datetime | None
    correction: str
    rule_version: str
    calendar_version: str
    grounds: Grounds

    @property
    def why_zh(self) -> str:
        """The sentence that explains it, in Chinese."""
        return why_zh(*self.grounds)

    @property
    def why_en(self) -> str:
        """The same in English."""
        return why_en(*self.grounds)

    @property
    def provisional(self) -> bool:
        """True while a calendar is missing: the last day is not fixed."""
        return self.rolled_due is None

    @property
    def day(self) -> date | None:
        """The day that the clock is listed by: its last day, else the raw one, else the bound of it."""
        return self.rolled_due or self.raw_due or self.not_before

    @property
    def can_be_late(self) -> bool:
        """False where the end makes nobody late, as of a window, and while there is no due time."""
        return self.due_time is not None and self.nature not in NOBODYS

    @property
    def running(self) -> bool:
        """True until something ends it, also after its last day."""
        return self.stop_time is None

    def status(self, as_of: datetime | None = None) -> ClockStatus.ValueType:
        """Where it stands at an instant; without one, as the events alone tell.

        What made a clock void after it had passed does not undo that it passed.
        """
        in_time = self.stop_time is None or self.due_time is None or self.stop_time < self.due_time
        if self.stop_time is not None:
            return self._ended(in_time)
        if as_of is None or self.due_time is None or as_of < self.due_time:
            return types.CLOCK_STATUS_RUNNING
        return types.CLOCK_STATUS_PASSED if self.can_be_late else types.CLOCK_STATUS_VOID

    def _ended(self, in_time: bool) -> ClockStatus.ValueType:
        if self.void:
            late = self.can_be_late and not in_time
            return types.CLOCK_STATUS_PASSED if late else types.CLOCK_STATUS_VOID
        return types.CLOCK_STATUS_MET if in_time else types.CLOCK_STATUS_MET_LATE


def next_clock(clocks: tuple[Clock, ...]) -> Clock | None:
    """The running clock whose last day comes first, known or bounded.

    A unit's comes before the petitioner's; none of other law is a next date.
    """
    ours = (clock for clock in clocks if clock.nature is not Nature.INFORMATIONAL)
    return min((clock for clock in ours if clock.running), key=_urgency, default=None)


def _urgency(clock: Clock) -> tuple[bool, date, str]:
    return clock.nature is Nature.REMEDY, clock.day or LAST_DAY, clock.clock_id


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
