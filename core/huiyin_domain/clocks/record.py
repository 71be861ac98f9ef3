"""Marks as they are kept, the record of clocks that supervision folds, and when lateness is taken back."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from huiyin.common.v1.types_pb2 import ENTRY_KIND_LATE, ENTRY_KIND_UNSPECIFIED
from huiyin.supervision.v1 import types_pb2 as types
from huiyin.supervision.v1.events_pb2 import DeadlinePassed, LatenessWithdrawn
from huiyin.supervision.v1.types_pb2 import WithdrawalCause
from huiyin_domain.clocks.clock import Clock
from huiyin_domain.clocks.fold import CaseClocks, evolve, initial
from huiyin_domain.clocks.mark import Mark
from huiyin_domain.clocks.milestone import Matter, Milestone
from huiyin_domain.clocks.rule import Nature
from huiyin_domain.dates import instant, stamp
from huiyin_domain.decider import Fact

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)

MARKS_MAX = 10_000
"""Marks whose text is remembered, a kilobyte each: a case adds one and is kept with all of them."""


def to_bytes(state: CaseClocks) -> bytes:
    """The state as JSON with sorted keys, in UTF-8; what a mark does not have is left out."""
    streams = (
        f"{_ENCODER.encode(stream)}:[{','.join(map(_text, marks))}]"
        for stream, marks in sorted(state.streams.items())
    )
    return f'{{"case_id":{_ENCODER.encode(state.case_id)},"streams":{{{",".join(streams)}}}}}'.encode()


def from_bytes(data: bytes) -> CaseClocks:
    """The state that gave these bytes."""
    whole = json.loads(data)
    streams = {name: tuple(_mark(one) for one in marks) for name, marks in whole["streams"].items()}
    return CaseClocks(whole["case_id"], streams)


@lru_cache(maxsize=MARKS_MAX)
def _text(mark: Mark) -> str:
    """A mark as JSON. What it does not have is empty, nought or false."""
    return _ENCODER.encode(
        {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in zip(Mark._fields, mark, strict=True)
            if value
        }
    )


def _mark(plain: dict[str, Any]) -> Mark:
    return Mark(**{name: _READERS.get(name, _same)(value) for name, value in plain.items()})


def _same(value: Any) -> Any:
    return value


def _keys(pairs: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(pair) for pair in pairs)


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "milestone": Milestone,
    "time": datetime.fromisoformat,
    "recorded": datetime.fromisoformat,
    "keys": _keys,
    "due": date.fromisoformat,
    "base": datetime.fromisoformat,
    "begins": datetime.fromisoformat,
    "matter": Matter,
}


class Passing(NamedTuple):
    """A clock that passed at a due time; None in a state of version 0.1, which did not keep it."""

    clock_id: str
    due: datetime | None


Passings = frozenset[Passing]

MOVED = frozenset({types.WITHDRAWAL_CAUSE_CALENDAR, types.WITHDRAWAL_CAUSE_CORRECTED})
"""Causes by which the last day is another one: should it ever be that day again, the clock passes again."""


@dataclass(frozen=True, slots=True)
class ClockRecord:
    """The marks that clocks hang on, and which passings are recorded, or withdrawn again.

    What was taken back because the last day is another one is in neither: should it ever be that one again,
    the clock passes again.
    """

    clocks: CaseClocks = field(default_factory=initial)
    passed: Passings = frozenset()
    withdrawn: Passings = frozenset()

    def has_passed(self, clock: Clock) -> bool:
        """Whether it is on the record that the clock passed at its present due time."""
        return bool(self.passed) and not self.passed.isdisjoint(_at_present(clock))

    def is_withdrawn(self, clock: Clock) -> bool:
        """Whether that was taken back."""
        return bool(self.withdrawn) and not self.withdrawn.isdisjoint(_at_present(clock))

    def standing(self, clock: Clock) -> list[Passing]:
        """The recorded passings of a clock that nobody took back, earliest due time first."""
        found = [one for one in self.passed - self.withdrawn if one.clock_id == clock.clock_id]
        return sorted(found, key=lambda one: one.due.timestamp() if one.due else 0.0)


def _at_present(clock: Clock) -> Passings:
    return frozenset({Passing(clock.clock_id, clock.due_time), Passing(clock.clock_id, None)})


def passing_of(event: DeadlinePassed) -> Passing:
    """What the event says passed, and when."""
    return Passing(event.clock_id, instant(event.due_time))


def withdrawn_by(event: LatenessWithdrawn, passed: Iterable[Passing]) -> Passings:
    """The recorded passings that an event takes back; without a due time, each one of its clock."""
    if event.HasField("due_time"):
        return frozenset({Passing(event.clock_id, instant(event.due_time))})
    return frozenset(one for one in passed if one.clock_id == event.clock_id)


class ClockFold:
    """States by case id. A fact concerns every case that its event names."""

    name = "clocks"

    def keys(self, fact: Fact) -> Sequence[str]:
        return fact.case_ids

    def initial(self) -> ClockRecord:
        return ClockRecord()

    def evolve(self, state: ClockRecord, fact: Fact) -> ClockRecord:
        """The record after a fact; the very same where no clock hangs on it."""
        event = fact.event
        match event:
            case DeadlinePassed():
                state = replace(state, passed=state.passed | {passing_of(event)})
            case LatenessWithdrawn() if event.cause in MOVED:
                state = replace(state, passed=state.passed - withdrawn_by(event, state.passed))
            case LatenessWithdrawn():
                state = replace(state, withdrawn=state.withdrawn | withdrawn_by(event, state.passed))
        marks = evolve(state.clocks, fact)
        return state if marks is state.clocks else replace(state, clocks=marks)

    def dump(self, state: ClockRecord) -> bytes:
        """Two lines: the sorted passings, then the marks."""
        record = {"passed": _plain(state.passed), "withdrawn": _plain(state.withdrawn)}
        return json.dumps(record, separators=(",", ":")).encode() + b"\n" + to_bytes(state.clocks)

    def load(self, data: bytes) -> ClockRecord:
        first, _, marks = data.partition(b"\n")
        record = json.loads(first)
        return ClockRecord(from_bytes(marks), _passings(record["passed"]), _passings(record["withdrawn"]))


def _plain(passings: Passings) -> list[list[str]]:
    return sorted([one.clock_id, one.due.isoformat()] if one.due else [one.clock_id] for one in passings)


def _passings(plain: list[list[str] | str]) -> Passings:
    """Reads also what version 0.1 kept: the ids of clocks alone."""
    return frozenset(_passing([one] if isinstance(one, str) else one) for one in plain)


def _passing(parts: list[str]) -> Passing:
    return Passing(parts[0], datetime.fromisoformat(parts[1]) if len(parts) > 1 else None)


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
