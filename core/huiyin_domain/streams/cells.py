"""Hot issues: many filings on one matter in one place within a time window; the second of the two folds.

The state of a cell is a set: which filings it holds, and what follows, does not depend on the order in which
they came. Issues are about matters, never about persons; one with few filings or few different petitioners is
not shown at all, so that nobody can be found by it (domain rules, §11.1).

Every filing, earliest first, joins the first group whose earliest filing is like it, or begins one. So a
group does not drift from matter to matter as chains of likeness do, and depends on the set of filings alone.
"""

import hashlib
import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from operator import ne

from huiyin.insight.v1.filings_pb2 import IssueFiling
from huiyin.insight.v1.types_pb2 import HotIssue
from huiyin_domain.dates import instant_at, local_date, microseconds
from huiyin_domain.decider import UnfoldableError
from huiyin_domain.streams.cell_state import Cell, Counted, IssuePolicy, load_cell
from huiyin_domain.streams.filings import MARK_BYTES, PETITIONER_BYTES, cell_key
from huiyin_domain.streams.likeness import MINIMA, bits
from huiyin_domain.streams.output import Output, Sink

_ID_BYTES = 12
_TOLD_MAX = 4096
"""Issues whose form is remembered: one more filing changes hardly any issue of its cell."""

Group = int
"""Its filings as bits by rank: the lowest is its earliest."""


def issues(cell: Cell, policy: IssuePolicy) -> Mapping[str, bytes]:
    """The hot issues of a cell by id."""
    hot = [group for group in groups(cell, policy) if _is_hot(group, cell, policy)]
    return dict(_told(group, cell, policy) for group in hot)


def groups(cell: Cell, policy: IssuePolicy) -> Iterator[Group]:
    """The groups of two filings and more."""
    alone = _alone(policy.row_bytes)
    rows: tuple[bytes, ...] = struct.unpack(f"{policy.row_bytes}s" * len(cell), cell.rows)
    waiting = bits(bytes(map(ne, rows, alone)))
    while waiting:
        first = (waiting & -waiting).bit_length() - 1
        group = int.from_bytes(rows[first], "little") & waiting
        waiting ^= group
        if group.bit_count() > 1:
            yield group


@lru_cache(maxsize=8)
def _alone(width: int) -> tuple[bytes, ...]:
    """By rank: the row of a filing that is like itself alone."""
    return tuple((1 << rank).to_bytes(width, "little") for rank in range(8 * width))


def _is_hot(group: Group, cell: Cell, policy: IssuePolicy) -> bool:
    return group.bit_count() >= policy.filings_min and _has_petitioners(group, cell, policy.petitioners_min)


def _has_petitioners(group: Group, cell: Cell, wanted: int) -> bool:
    """So many different ones at least: all anonymous filings might come from one."""
    found: set[bytes] = set()
    petitioner = cell.petitioner
    while group and len(found) < wanted:
        lowest = group & -group
        found.add(petitioner(lowest.bit_length() - 1))
        group ^= lowest
    return len(found) >= wanted


def _told(group: Group, cell: Cell, policy: IssuePolicy) -> tuple[str, bytes]:
    first, last = (group & -group).bit_length() - 1, group.bit_length() - 1
    place = (cell.division, cell.content_class)
    times = (cell.received(first), cell.received(last))
    days = policy.window.days
    return _issue(place, cell.minima_of(first), group.bit_count(), times, days, cell.is_cut)


@lru_cache(_TOLD_MAX)
def _issue(
    place: tuple[str, str], minima: bytes, count: int, times: tuple[int, int], days: int, is_cut: bool
) -> tuple[str, bytes]:
    issue = HotIssue(
        issue_id=_issue_id(place, minima),
        division=place[0],
        content_class=place[1],
        filing_count=count,
        first_date=_day(times[0]),
        last_date=_day(times[1]),
        window_days=days,
        count_is_minimum=is_cut,
    )
    return issue.issue_id, issue.SerializeToString(deterministic=True)


def _issue_id(place: tuple[str, str], minima: bytes) -> str:
    key = f"{place[0]}/{place[1]}/".encode()
    return hashlib.blake2b(key + minima, digest_size=_ID_BYTES).hexdigest()


def _day(received: int) -> str:
    return local_date(instant_at(received)).isoformat()


__all__ = ["Cells", "IssuePolicy"]


class Cells:
    """States by cell."""

    name = "cells"

    def __init__(self, policy: IssuePolicy | None = None) -> None:
        self.policy = policy or IssuePolicy()

    def keys(self, item: IssueFiling) -> Sequence[str]:
        return (cell_key(item),)

    def initial(self) -> Cell:
        return Cell()

    def evolve(self, state: Cell, item: IssueFiling) -> Cell:
        _require_size("minima", item.minima, MINIMA)
        _require_size("bytes of mark", item.mark, MARK_BYTES)
        if item.petitioner_mark:
            _require_size("bytes of petitioner mark", item.petitioner_mark, PETITIONER_BYTES)
        placed = state.placed(item.division, item.content_class)
        cell = placed.with_filing(_counted(item), self.policy)
        return state if cell is placed else cell.showing(issues(cell, self.policy))

    def outputs(self, before: Cell, after: Cell) -> list[Output]:
        known = None if after is before else before.shown
        return after.shown.outputs(Sink.HOT_ISSUES, 0, known)

    def dump(self, state: Cell) -> bytes:
        return state.dump()

    def load(self, data: bytes) -> Cell:
        return load_cell(data)


def _require_size(what: str, found: bytes, size: int) -> None:
    if len(found) != size:
        raise UnfoldableError(f"a filing has {len(found)} {what}, not {size}: another build sent it")


def _counted(item: IssueFiling) -> Counted:
    return Counted(
        received=microseconds(item.received_time),
        mark=item.mark,
        number=item.number,
        petitioner=item.petitioner_mark,
        minima=item.minima,
        withdrawn=item.withdrawn,
    )
