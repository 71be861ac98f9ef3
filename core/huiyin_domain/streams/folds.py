"""The stream folds together, as every host runs them."""

from dataclasses import dataclass

from huiyin_domain.clocks.derive import DerivedClocks
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.streams.cells import Cells
from huiyin_domain.streams.filings import Filings
from huiyin_domain.streams.fold import Together
from huiyin_domain.streams.warnings import Warnings

VERSION = 3
"""Of states and rules together: raised when a kept state would not be what folding anew gives."""


@dataclass(frozen=True, slots=True)
class Folds:
    """`cases` folds timeline entries by case; `cells` folds what that puts out as filings, by cell."""

    cases: Together
    cells: Cells
    timetable: Timetable
    derived: DerivedClocks | None = None


def folds(timetable: Timetable, derived: DerivedClocks | None = None) -> Folds:
    """All of them, under the policy in force; `derived` knows clocks that others of the process derived."""
    of_cases = (Warnings(timetable, derived=derived), Filings())
    return Folds(Together("cases", of_cases), Cells(), timetable, derived)
