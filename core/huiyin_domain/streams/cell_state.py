"""A cell: the recent filings of one class in one place, as a set that knows its bounds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import NamedTuple

from huiyin_domain.streams.output import Shown

_MICROSECOND = timedelta(microseconds=1)
NOTHING_DROPPED = -(2**63)


@dataclass(frozen=True, slots=True)
class IssuePolicy:
    """When filings make a hot issue.

    `window` ends with the cell's latest filing. `likeness` is the share of common terms from which two
    filings are on one matter. Below `filings_min` or `petitioners_min` nothing is shown. `entries_max` bounds
    a cell: of more filings the latest are looked at.
    """

    window: timedelta = timedelta(days=30)
    likeness: float = 0.30
    filings_min: int = 5
    petitioners_min: int = 5
    entries_max: int = 500


class Counted(NamedTuple):
    """A filing in its cell, in order of receipt. `received` counts microseconds since 1970 in UTC.

    A withdrawn one is kept for as long as it would count, so that a repeat does not bring it back.
    """

    received: int
    mark: bytes
    number: int
    petitioner: bytes
    minima: int
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """The filings by mark. `dropped` is when the latest of those within the window that had no room came."""

    division: str = ""
    content_class: str = ""
    filings: Mapping[bytes, Counted] = field(default_factory=dict)
    dropped: int = NOTHING_DROPPED
    shown: Shown = field(default_factory=Shown)

    def placed(self, division: str, content_class: str) -> "Cell":
        """The same cell with its place and class, which its first filing tells."""
        if self.filings:
            return self
        return replace(self, division=division, content_class=content_class)

    def with_filing(self, filing: Counted, policy: IssuePolicy) -> "Cell":
        """The cell with a filing; the same object when that changes nothing: known, outdated or too old."""
        known = self.filings.get(filing.mark)
        if known is not None and known.number >= filing.number:
            return self
        kept = sorted({**self.filings, filing.mark: filing}.values())
        since = kept[-1].received - policy.window // _MICROSECOND
        recent = [one for one in kept if one.received >= since]
        filings = {one.mark: one for one in recent[-policy.entries_max :]}
        no_room = max([self.dropped, *(one.received for one in recent[: -policy.entries_max])])
        no_room = no_room if no_room >= since else NOTHING_DROPPED
        if filings == self.filings and no_room == self.dropped:
            return self
        return replace(self, filings=filings, dropped=no_room)

    @property
    def is_cut(self) -> bool:
        """Whether filings within the window had no room."""
        return self.dropped != NOTHING_DROPPED

    def showing(self, values: Mapping[str, bytes]) -> "Cell":
        """The cell with the issues that it shows."""
        return replace(self, shown=self.shown.become(values))
