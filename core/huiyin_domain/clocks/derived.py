"""Clocks derived once: of a case whose marks are as they were, what they made is known."""

from collections import OrderedDict
from typing import NamedTuple

from huiyin_domain.clocks.clock import Clock
from huiyin_domain.clocks.derive import clocks
from huiyin_domain.clocks.fold import CaseClocks
from huiyin_domain.clocks.timetable import Timetable

KNOWN_MAX = 2_000
"""Cases whose clocks are remembered; a case takes some ten kilobytes."""


class _Known(NamedTuple):
    marks: CaseClocks
    timetable: Timetable
    found: tuple[Clock, ...]


class DerivedClocks:
    """The clocks of the cases that were lately asked for, shared by whoever makes rows of them.

    It answers what `clocks` would: that follows from marks and timetable alone, so nothing that is remembered
    can be out of date, whatever became of the transaction in which it was asked for.
    """

    def __init__(self, most: int = KNOWN_MAX) -> None:
        self._most = most
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def of(self, marks: CaseClocks, timetable: Timetable) -> tuple[Clock, ...]:
        """Every clock of a case, also those that ended."""
        known = self._known.get(marks.case_id)
        if known and known.timetable.version == timetable.version and known.marks == marks:
            self._known.move_to_end(marks.case_id)
            return known.found
        found = clocks(marks, timetable)
        self._known[marks.case_id] = _Known(marks, timetable, found)
        self._known.move_to_end(marks.case_id)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return found
