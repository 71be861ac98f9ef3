"""Replay in parts, each small enough for memory: events are laid aside by the keys they concern, then folded.

A part has the keys whose hash falls to it. What a view must hold by a part is laid down by key, and read with
that of all parts, beside the live rows.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple

from huiyin_audit.findings import Finding, Reach
from huiyin_audit.live_models import not_folded
from huiyin_audit.model_rows import SHOWN, RowReplay, ShownTable, row_key
from huiyin_audit.replay import PolicyReplay, Replay, ReplayedFold, Until, timetable_by
from huiyin_audit.sources import Recorded, StillLog, merged
from huiyin_audit.spill import Row, Spill, part_of
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.decider import Fact
from huiyin_kernel.codec import fact_of
from huiyin_kernel.policy import load_policy

PART_EVENTS = 50_000
"""So many events make a part: some 6,000 cases, of 26 kB each where they are full."""
_LAID_AT_ONCE = 20_000
"""Events that are in memory at once while they are laid aside."""


class KeyPart(NamedTuple):
    """One of the parts into which keys fall by their hash."""

    number: int
    of: int

    def has(self, key: str) -> bool:
        """Whether a key is of this part."""
        return part_of(key, self.of) == self.number


@dataclass(frozen=True, slots=True)
class LiveView:
    """A live model, and how far it says it has come."""

    schema: str
    fold: ReplayedFold[Any]
    reach: tuple[Reach, ...]

    @property
    def until(self) -> Until:
        """Where its replay ends."""
        return Until({one.log: one.position for one in self.reach})


async def lay_aside(
    spill: Spill, sources: Iterable[StillLog], views: Sequence[LiveView]
) -> list[list[bytes]]:
    """Reads the logs once, each event to its parts; by view the policy laid down in them."""
    shipped, divided = load_policy().timetable, _Divided(spill, views)
    policies = [PolicyReplay(shipped, view.until) for view in views]
    async for batch in merged(sources):
        facts = [fact_of(log, event) for log, event in batch]
        for each in policies:
            each.take(facts, batch)
        divided.take(batch, facts)
    divided.lay_down()
    return [each.laid_down for each in policies]


class _Divided:
    """Events by part, until there are enough to be laid down."""

    def __init__(self, spill: Spill, views: Sequence[LiveView]) -> None:
        self._spill, self._folds = spill, [view.fold for view in views]
        self._numbers, self._events = count(), self._none()

    def take(self, batch: Sequence[Recorded], facts: Sequence[Fact]) -> None:
        """The next events, each to the parts of all its keys."""
        for recorded, fact in zip(batch, facts, strict=True):
            keys = {*fact.case_ids, *(key for fold in self._folds for key in fold.keys(fact))}
            for part in {part_of(key, self._spill.parts) for key in keys}:
                self._events[part].append(recorded)
        if sum(map(len, self._events)) >= _LAID_AT_ONCE:
            self.lay_down()

    def lay_down(self) -> None:
        """Lays down those that are held."""
        self._spill.put_divided(EVENTS, next(self._numbers), self._events)
        self._events = self._none()

    def _none(self) -> list[list[Recorded]]:
        return [[] for _ in range(self._spill.parts)]


EVENTS = "events"


def table_of(view: int, table: int) -> str:
    """What a table of a view must hold is laid down under this name."""
    return f"rows-{view}-{table}"


class Folded(NamedTuple):
    """What came of a part: by view what could not be folded, and how many states were in memory at once."""

    unfolded: list[list[Finding]]
    state_count: int


def fold_part(
    spill: Spill, views: Sequence[LiveView], policies: Sequence[Sequence[bytes]], number: int
) -> Folded:
    """Folds a part for every view, and keeps what the views must hold of it; for a worker."""
    part, shipped = KeyPart(number, spill.parts), load_policy().timetable
    folds = [_PartFold(view, part) for view in views]
    for recorded in spill.rows(EVENTS, number):
        fact = fact_of(*recorded)
        for fold in folds:
            fold.take([fact], [recorded])
    for place, (fold, laid_down) in enumerate(zip(folds, policies, strict=True)):
        for table, rows in enumerate(fold.tables(timetable_by(shipped, laid_down))):
            spill.put_sorted(table_of(place, table), number, rows)
    return Folded([fold.unfolded() for fold in folds], sum(len(fold.replay.states) for fold in folds))


class _PartFold:
    """A part of one view."""

    def __init__(self, view: LiveView, part: KeyPart) -> None:
        self._name = view.fold.name
        self.replay = Replay(view.fold, view.until, part.has)
        self._beside = RowReplay(view.fold.name, view.until, part.has)

    def take(self, facts: Sequence[Fact], batch: Sequence[Recorded]) -> None:
        """Folds the next events in."""
        self.replay.take(facts)
        self._beside.take(facts, batch)

    def tables(self, timetable: Timetable) -> Iterator[Iterable[Row]]:
        """What the view's tables must hold of this part, in the order in which they are compared."""
        yield self.replay.dumped().items()
        for shown in SHOWN.get(self._name, ()):
            yield self._rows_again(shown, timetable).items()
        for fold in self._beside.folds:
            yield fold.rows().items()

    def _rows_again(self, shown: ShownTable, timetable: Timetable) -> dict[str, bytes]:
        """The rows that the replayed states make."""
        made: dict[str, bytes] = {}
        for name, state in self.replay.states.items():
            try:
                made |= {row_key(key): row for key, row in shown.rows(name, state, timetable)}
            except Exception as error:  # named for its key, as what could not be folded
                self.replay.fails(name, error)
        return made

    def unfolded(self) -> list[Finding]:
        """What could not be folded again."""
        return list(not_folded(self._name, {**self._beside.unfolded, **self.replay.unfolded}))
