"""A cell: the recent filings of one class in one place, as a set that knows its bounds and who is like whom.

Its filings stand in order of receipt, in columns of bytes: one is put in, or taken out, by cutting these, and
none of the others is read. The columns are the same for the same set, and are what is kept.
"""

import struct
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import NamedTuple

from huiyin_domain.streams.filings import MARK_BYTES, PETITIONER_BYTES
from huiyin_domain.streams.likeness import (
    like,
    needed,
    with_column,
    with_row,
    without_columns,
    without_rows,
)
from huiyin_domain.streams.output import Shown, load_shown, pack, unpack

_MICROSECOND = timedelta(microseconds=1)
NOTHING_DROPPED = -(2**63)
_LONG = struct.Struct(">q")
_WITHDRAWN, _ANONYMOUS = 1, 2
_IS_WITHDRAWN = bytes(flags & _WITHDRAWN for flags in range(256))
_KEY_BYTES = _LONG.size + MARK_BYTES


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

    def __post_init__(self) -> None:
        if self.filings_min < 2:
            raise ValueError(f"filings_min is {self.filings_min}: one filing alone is no issue of many")

    @property
    def row_bytes(self) -> int:
        """The width of a row of bits, one for each filing of a full cell."""
        return -(-self.entries_max // 8)


class Counted(NamedTuple):
    """A filing in its cell, in order of receipt. `received` counts microseconds since 1970 in UTC.

    A withdrawn one is kept for as long as it would count, so that a repeat does not bring it back; it is like
    no other.
    """

    received: int
    mark: bytes
    number: int
    petitioner: bytes
    minima: bytes
    withdrawn: bool

    @property
    def key(self) -> bytes:
        """Sorts as the order of receipt."""
        return _time_bytes(self.received) + self.mark


@dataclass(frozen=True, slots=True)
class Cell:
    """The filings in columns. `dropped` is when the latest of those within the window that had no room came.

    `keys` are times of receipt with marks, `minima` and `rows` what module `likeness` makes and compares.
    """

    division: str = ""
    content_class: str = ""
    dropped: int = NOTHING_DROPPED
    keys: bytes = b""
    numbers: bytes = b""
    flags: bytes = b""
    petitioners: bytes = b""
    minima: bytes = b""
    rows: bytes = b""
    shown: Shown = field(default_factory=Shown)

    def __len__(self) -> int:
        return len(self.flags)

    def __iter__(self) -> Iterator[Counted]:
        return map(self.filing, range(len(self)))

    @property
    def is_cut(self) -> bool:
        """Whether filings within the window had no room."""
        return self.dropped != NOTHING_DROPPED

    def filing(self, rank: int) -> Counted:
        """A filing, by its rank in order of receipt."""
        return Counted(
            received=self.received(rank),
            mark=self._key(rank)[_LONG.size :],
            number=self._number(rank),
            petitioner=self.petitioner(rank),
            minima=self.minima_of(rank),
            withdrawn=bool(self.flags[rank] & _WITHDRAWN),
        )

    def received(self, rank: int) -> int:
        """When a filing was received."""
        return int.from_bytes(self._key(rank)[: _LONG.size]) + NOTHING_DROPPED

    def petitioner(self, rank: int) -> bytes:
        """What tells its petitioner from others; empty for an anonymous one."""
        at = rank * PETITIONER_BYTES
        return b"" if self.flags[rank] & _ANONYMOUS else self.petitioners[at : at + PETITIONER_BYTES]

    def rank(self, key: bytes) -> int:
        """How many filings come before this key."""
        return bisect_left(range(len(self)), key, key=self._key)

    def minima_of(self, rank: int) -> bytes:
        """The minima of its sketch."""
        return self.minima[rank :: len(self)]

    def placed(self, division: str, content_class: str) -> "Cell":
        """The same cell with its place and class, which its first filing tells."""
        return self if len(self) else replace(self, division=division, content_class=content_class)

    def with_filing(self, filing: Counted, policy: IssuePolicy) -> "Cell":
        """The cell with a filing; the same object when that changes nothing: known, outdated or too old."""
        known = self._rank_of(filing.mark)
        if known is None:
            return _with_new(self, filing, policy)
        if self._number(known) >= filing.number:
            return self
        return _with_new(self.without(known, known + 1, policy), filing, policy)

    def showing(self, values: Mapping[str, bytes]) -> "Cell":
        """The cell with the issues that it shows."""
        return replace(self, shown=self.shown.become(values))

    def dump(self) -> bytes:
        """The same bytes for the same cell."""
        names = (self.division.encode(), self.content_class.encode(), _LONG.pack(self.dropped))
        columns = (self.keys, self.numbers, self.flags, self.petitioners, self.minima, self.rows)
        return pack((*names, *columns, self.shown.dump()))

    def dropping(self, dropped: int) -> "Cell":
        """With this record of what had no room."""
        return self if dropped == self.dropped else replace(self, dropped=dropped)

    def inserting(self, filing: Counted, rank: int, policy: IssuePolicy) -> "Cell":
        """With a filing at this rank."""
        flags = _WITHDRAWN * filing.withdrawn | _ANONYMOUS * (not filing.petitioner)
        alike = bytes(len(self)) if filing.withdrawn else self._like(filing, policy)
        return replace(
            self,
            keys=_put(self.keys, rank, filing.key),
            numbers=_put(self.numbers, rank, _LONG.pack(filing.number)),
            flags=_put(self.flags, rank, bytes((flags,))),
            petitioners=_put(self.petitioners, rank, filing.petitioner.ljust(PETITIONER_BYTES, b"\0")),
            minima=with_column(self.minima, rank, filing.minima),
            rows=with_row(self.rows, policy.row_bytes, rank, alike),
        )

    def _like(self, filing: Counted, policy: IssuePolicy) -> bytes:
        """Who is like it; of those that were withdrawn nobody."""
        alike = like(filing.minima, self.minima, needed(policy.likeness))
        withdrawn = self.flags.translate(_IS_WITHDRAWN)
        if 1 not in withdrawn:
            return alike
        kept = int.from_bytes(alike) & ~int.from_bytes(withdrawn)
        return kept.to_bytes(len(self))

    def without(self, first: int, end: int, policy: IssuePolicy) -> "Cell":
        """Without the filings of these ranks."""
        if first == end:
            return self
        return replace(
            self,
            keys=_cut(self.keys, first, end, _KEY_BYTES),
            numbers=_cut(self.numbers, first, end, _LONG.size),
            flags=_cut(self.flags, first, end, 1),
            petitioners=_cut(self.petitioners, first, end, PETITIONER_BYTES),
            minima=without_columns(self.minima, first, end),
            rows=without_rows(self.rows, policy.row_bytes, first, end),
        )

    def _rank_of(self, mark: bytes) -> int | None:
        at = self.keys.find(mark)
        while at >= 0 and at % _KEY_BYTES != _LONG.size:
            at = self.keys.find(mark, at + 1)
        return None if at < 0 else at // _KEY_BYTES

    def _key(self, rank: int) -> bytes:
        return self.keys[rank * _KEY_BYTES : (rank + 1) * _KEY_BYTES]

    def _number(self, rank: int) -> int:
        return int(_LONG.unpack_from(self.numbers, rank * _LONG.size)[0])


def _with_new(cell: Cell, filing: Counted, policy: IssuePolicy) -> Cell:
    """With a filing that it does not know, within the window and the bound; the same object without it."""
    count = len(cell)
    latest = max(filing.received, cell.received(count - 1)) if count else filing.received
    since = latest - policy.window // _MICROSECOND
    if filing.received < since:
        return cell
    rank, first = cell.rank(filing.key), cell.rank(_time_bytes(since))
    is_full = count - first >= policy.entries_max
    has_room = rank > first or not is_full
    dropped = max(cell.dropped, min(filing.received, cell.received(first)) if is_full else NOTHING_DROPPED)
    first += is_full and has_room
    kept = cell.without(0, first, policy).dropping(dropped if dropped >= since else NOTHING_DROPPED)
    return kept.inserting(filing, rank - first, policy) if has_room else kept


def load_cell(data: bytes) -> Cell:
    """The cell that gave these bytes."""
    division, content_class, dropped, *columns, shown = unpack(data)
    place = (division.decode(), content_class.decode())
    keys, numbers, flags, petitioners, minima, rows = columns
    (no_room,) = _LONG.unpack(dropped)
    return Cell(*place, no_room, keys, numbers, flags, petitioners, minima, rows, load_shown(shown))


def _time_bytes(received: int) -> bytes:
    """Sorts as the time does."""
    return (received - NOTHING_DROPPED).to_bytes(_LONG.size)


def _put(column: bytes, rank: int, value: bytes) -> bytes:
    at = rank * len(value)
    return column[:at] + value + column[at:]


def _cut(column: bytes, first: int, end: int, width: int) -> bytes:
    return column[: first * width] + column[end * width :]
