"""The states and clocks of every case of a history, version by version: what its events are judged by."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce

from huiyin.intake.v1.types_pb2 import Standing
from huiyin_audit.history import History, HistoryEntry
from huiyin_domain.clocks import fold
from huiyin_domain.clocks.clock import Clock
from huiyin_domain.clocks.derive import clocks
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.standing import standing
from huiyin_domain.intake.state import Petition

_NOTHING = PETITION.initial()


@dataclass(slots=True)
class _Course:
    """The states of one petition, by version and by when they were recorded, in order."""

    versions: list[int] = field(default_factory=list)
    recorded: list[datetime] = field(default_factory=list)
    states: list[Petition] = field(default_factory=list)
    first_of: dict[str, int] = field(default_factory=dict)

    def add(self, entry: HistoryEntry, state: Petition) -> None:
        self.versions.append(entry.fact.version)
        self.recorded.append(entry.fact.recorded)
        self.states.append(state)
        self.first_of.setdefault(entry.request_id, entry.fact.version)

    def at(self, count: int) -> Petition:
        return self.states[count - 1] if count else _NOTHING


class CaseStates:
    """Every petition of a history, as it was at any version."""

    def __init__(self, history: History) -> None:
        self._courses: dict[str, _Course] = {}
        for stream, entries in history.streams("intake", "petition").items():
            course = self._courses[stream.partition("-")[2]] = _Course()
            state = _NOTHING
            for entry in entries:
                state = PETITION.evolve(state, entry.message)
                course.add(entry, state)

    def before(self, entry: HistoryEntry) -> Petition:
        """The case as it was when what led to this event of its stream was decided."""
        course = self._courses[entry.fact.stream.partition("-")[2]]
        return course.at(bisect_right(course.versions, course.first_of[entry.request_id] - 1))

    def seen(self, entry: HistoryEntry, case_id: str) -> Petition:
        """The case as another service's event had seen it, or, where it does not say, as it then was."""
        course = self._courses.get(case_id, _Course())
        named = [one.version for one in entry.fact.causes if one.stream == f"petition-{case_id}"]
        if named:
            return course.at(bisect_right(course.versions, max(named)))
        return course.at(bisect_right(course.recorded, entry.fact.recorded))

    def standing(self, entry: HistoryEntry, case_id: str) -> Standing:
        """Who had what to say in the case that an event had seen."""
        return standing(self.seen(entry, case_id))


Clocks = Mapping[str, Clock]
"""Clocks by their ids."""

Derive = Callable[[Sequence[HistoryEntry]], Clocks]
"""From the events of one case to its clocks."""


def derivation(timetable: Timetable) -> Derive:
    """The platform's own rules, over a calendar."""

    def derive(entries: Sequence[HistoryEntry]) -> Clocks:
        state = reduce(fold.evolve, (entry.fact for entry in entries), fold.initial())
        return {clock.clock_id: clock for clock in clocks(state, timetable)}

    return derive


def entries_by_case(history: History) -> dict[str, list[HistoryEntry]]:
    """The events that concern each case, of all logs, by recorded time; each log's order is kept."""
    found: dict[str, list[HistoryEntry]] = {}
    for entry in _by_time(entry for entries in history.logs.values() for entry in entries):
        for case_id in entry.fact.case_ids:
            found.setdefault(case_id, []).append(entry)
    return found


def _by_time(entries: Iterable[HistoryEntry]) -> list[HistoryEntry]:
    return sorted(entries, key=lambda entry: entry.fact.recorded)
