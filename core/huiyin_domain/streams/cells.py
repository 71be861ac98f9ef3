"""Hot issues: many filings on one matter in one place within a time window; the second of the two folds.

The state of a cell is a set: which filings it holds, and what follows, does not depend on the order in which
they came. Issues are about matters, never about persons; one with few filings or few different petitioners is
not shown at all, so that nobody can be found by it (domain rules, §11.1).
"""

from collections.abc import Sequence

from huiyin.insight.v1.filings_pb2 import IssueFiling
from huiyin_domain.dates import microseconds
from huiyin_domain.decider import UnfoldableError
from huiyin_domain.streams.cell_state import Cell, Counted, IssuePolicy, load_cell
from huiyin_domain.streams.filings import MARK_BYTES, PETITIONER_BYTES, cell_key
from huiyin_domain.streams.issues import issues
from huiyin_domain.streams.likeness import MINIMA
from huiyin_domain.streams.output import Output, Sink

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
