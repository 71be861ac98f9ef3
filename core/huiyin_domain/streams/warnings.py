"""Early warnings: the clocks of a case that run, each with the time from which it is shown.

A clock that passes is another matter: supervision puts that on the record. A warning is for the unit that can
still be in time, and is nothing but a view of the clock (promise P4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeGuard

from google.protobuf.message import Message

from huiyin.insight.v1.types_pb2 import ClockWarning
from huiyin.intake.v1.events_pb2 import PetitionRegistered, RegistrationCorrected
from huiyin_domain.clocks import fold as clock_fold
from huiyin_domain.clocks import record
from huiyin_domain.clocks.clock import Clock
from huiyin_domain.clocks.derive import DerivedClocks, clocks
from huiyin_domain.clocks.fold import CaseClocks
from huiyin_domain.clocks.rule import NOBODYS
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.dates import LAST_DAY, end_of_day, stamp
from huiyin_domain.streams.entry import Entry, is_repeat
from huiyin_domain.streams.output import Output, Shown, Sink, load_shown, pack, unpack


@dataclass(frozen=True, slots=True)
class WarningPolicy:
    """How long before its end a clock is shown: the shorter of a fixed span and a part of its own."""

    before_due: timedelta = timedelta(days=5)
    part_of_span: int = 4


@dataclass(frozen=True, slots=True)
class Warned:
    """The clocks of a case up to its event with this number."""

    number: int = 0
    division: str = ""
    clocks: CaseClocks = field(default_factory=clock_fold.initial)
    shown: Shown = field(default_factory=Shown)


class Warnings:
    """States by case."""

    name = "warnings"

    def __init__(
        self,
        timetable: Timetable,
        policy: WarningPolicy | None = None,
        derived: DerivedClocks | None = None,
    ) -> None:
        self._timetable, self._policy = timetable, policy or WarningPolicy()
        self._clocks = derived.of if derived else clocks

    def keys(self, item: Entry) -> Sequence[str]:
        return (item.case_id,)

    def initial(self) -> Warned:
        return Warned()

    def evolve(self, state: Warned, item: Entry) -> Warned:
        if is_repeat(item, state.number):
            return state
        division, event = state.division, item.fact.event
        if item.is_petitions_own and _places(event):
            division = event.division
        marks = clock_fold.evolve(state.clocks, item.fact)
        unmoved = marks is state.clocks and division == state.division
        values = state.shown.values if unmoved else self._shown(marks, item.case_id, division)
        return Warned(item.number, division, marks, state.shown.become(values))

    def recounted(self, state: Warned, case_id: str) -> Warned:
        """The state with what is shown by this timetable; the very same where that is no change."""
        shown = state.shown.become(self._shown(state.clocks, case_id, state.division))
        return state if shown.values == state.shown.values else replace(state, shown=shown)

    def _shown(self, marks: CaseClocks, case_id: str, division: str) -> Mapping[str, bytes]:
        found = self._clocks(marks, self._timetable)
        running = [one for one in found if one.running and one.nature not in NOBODYS]
        return {one.clock_id: self._warning(one, case_id, division) for one in running}

    def _warning(self, clock: Clock, case_id: str, division: str) -> bytes:
        due = clock.due_time or end_of_day(clock.day or LAST_DAY)
        return ClockWarning(
            clock_id=clock.clock_id,
            case_id=case_id,
            rule=clock.rule,
            unit=clock.unit,
            division=division,
            warn_time=stamp(warn_time(clock.start_time, due, self._policy)),
            due_time=stamp(due),
            provisional=clock.provisional,
        ).SerializeToString(deterministic=True)

    def outputs(self, before: Warned, after: Warned) -> list[Output]:
        known = None if after is before else before.shown
        return after.shown.outputs(Sink.WARNINGS, after.number, known)

    def dump(self, state: Warned) -> bytes:
        number, marks = str(state.number).encode(), record.to_bytes(state.clocks)
        return pack((number, state.division.encode(), marks, state.shown.dump()))

    def load(self, data: bytes) -> Warned:
        number, division, marks, shown = unpack(data)
        return Warned(int(number), division.decode(), record.from_bytes(marks), load_shown(shown))


def _places(event: Message) -> TypeGuard[PetitionRegistered | RegistrationCorrected]:
    corrected = isinstance(event, RegistrationCorrected) and "division" in event.fields
    return corrected or isinstance(event, PetitionRegistered)


def warn_time(start: datetime, due: datetime, policy: WarningPolicy) -> datetime:
    """When a clock begins to be shown; never before it starts."""
    return due - min(policy.before_due, max(timedelta(), due - start) / policy.part_of_span)
