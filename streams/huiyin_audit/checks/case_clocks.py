"""The clocks of every case of a history, folded from its events once more."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce

from huiyin_audit.history import Entry, History
from huiyin_domain.clocks import fold
from huiyin_domain.clocks.clock import Clock
from huiyin_domain.clocks.derive import clocks
from huiyin_domain.clocks.timetable import Timetable

Clocks = Mapping[str, Clock]
"""Clocks by their ids."""

Derive = Callable[[Sequence[Entry]], Clocks]
"""From the events of one case to its clocks."""


def derivation(timetable: Timetable) -> Derive:
    """The platform's own rules, over a calendar."""

    def derive(entries: Sequence[Entry]) -> Clocks:
        state = reduce(fold.evolve, (entry.fact for entry in entries), fold.initial())
        return {clock.clock_id: clock for clock in clocks(state, timetable)}

    return derive


def entries_by_case(history: History) -> dict[str, list[Entry]]:
    """The events that concern each case, of all logs, by recorded time; each log's order is kept."""
    found: dict[str, list[Entry]] = {}
    for entry in _by_time(entry for entries in history.logs.values() for entry in entries):
        for case_id in entry.fact.case_ids:
            found.setdefault(case_id, []).append(entry)
    return found


def _by_time(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.fact.recorded)
