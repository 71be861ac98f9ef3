"""Replay in parts, each small enough for memory: events are laid aside by the keys they concern, then folded.

A part has the keys whose hash falls to it. What a view must hold by a part goes to files, in the order of
keys; those of all parts are then read together, beside the live rows.
"""

import pickle
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from huiyin_audit.findings import Finding
from huiyin_audit.merge import Recorded, merged
from huiyin_audit.policies import PolicyReplay, timetable_by
from huiyin_audit.reach import Reach
from huiyin_audit.replay import Fold, Replay, Until
from huiyin_audit.row_folds import RowReplay
from huiyin_audit.shown import SHOWN, Shown, row_key
from huiyin_audit.sources import LogSource
from huiyin_audit.unreadable import not_folded
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.decider import Fact
from huiyin_kernel.codec import fact_of
from huiyin_kernel.policy import load_policy

PART_EVENTS = 50_000
"""So many events make a part: some 6,000 cases, of 26 kB each where they are full."""
PARTS_MAX = 256

_ROWS = 64
"""Rows that are read at once of each part: all parts are read together."""

Row = tuple[str, bytes]


class Part(NamedTuple):
    """One of the parts into which keys fall by their hash."""

    number: int
    of: int

    def has(self, key: str) -> bool:
        """Whether a key is of this part."""
        return part_of(key, self.of) == self.number


def part_of(key: str, of: int) -> int:
    """The number of a key's part."""
    return crc32(key.encode()) % of


@dataclass(frozen=True, slots=True)
class View:
    """A live model, and how far it says it has come."""

    schema: str
    fold: Fold[Any]
    reach: tuple[Reach, ...]

    @property
    def until(self) -> Until:
        """Where its replay ends."""
        return Until({one.log: one.position for one in self.reach})


class Parts:
    """The files of a replay, in a folder of its own that goes with it."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder, self.count = folder, count

    async def lay_aside(self, sources: Iterable[LogSource], views: Sequence[View]) -> list[list[bytes]]:
        """Reads the logs once, each event to its parts; by view the policy laid down in them."""
        shipped = load_policy().timetable
        policies = [PolicyReplay(shipped, view.until) for view in views]
        with ExitStack() as stack:
            files = [stack.enter_context(self._events(part).open("wb")) for part in range(self.count)]
            async for batch in merged(sources):
                facts = [fact_of(log, event) for log, event in batch]
                for each in policies:
                    each.take(facts, batch)
                for part, found in enumerate(self._divided(batch, facts, views)):
                    if found:
                        pickle.dump(found, files[part])
        return [each.laid_down for each in policies]

    def _divided(
        self, batch: Sequence[Recorded], facts: Sequence[Fact], views: Sequence[View]
    ) -> list[list[Recorded]]:
        found: list[list[Recorded]] = [[] for _ in range(self.count)]
        for recorded, fact in zip(batch, facts, strict=True):
            keys = {*fact.case_ids, *(key for view in views for key in view.fold.keys(fact))}
            for part in {part_of(key, self.count) for key in keys}:
                found[part].append(recorded)
        return found

    def events(self, part: int) -> Iterator[list[Recorded]]:
        """What was laid aside for a part, in its order."""
        return _loaded(self._events(part))

    def put(self, view: int, table: int, part: int, rows: Iterable[Row]) -> None:
        """Keeps what a table of a view must hold by a part."""
        ordered = sorted(rows)
        with self._rows(view, table, part).open("wb") as file:
            for start in range(0, len(ordered), _ROWS):
                pickle.dump(ordered[start : start + _ROWS], file)

    def rows(self, view: int, table: int) -> Iterator[Row]:
        """What a table of a view must hold, by key."""
        parts = (_loaded(self._rows(view, table, part)) for part in range(self.count))
        return merge(*((row for rows in part for row in rows) for part in parts))

    def _events(self, part: int) -> Path:
        return self.folder / f"events-{part}"

    def _rows(self, view: int, table: int, part: int) -> Path:
        return self.folder / f"rows-{view}-{table}-{part}"


def _loaded(file: Path) -> Iterator[Any]:
    """What was put into one of our own files, in a folder that is nobody else's."""
    with file.open("rb") as stream:
        while stream.peek(1):
            yield pickle.load(stream)  # noqa: S301 - written by this replay


class Folded(NamedTuple):
    """What came of a part: by view what could not be folded, and how many states were in memory at once."""

    unfolded: list[list[Finding]]
    state_count: int


def fold_part(
    views: Sequence[View], policies: Sequence[Sequence[bytes]], folder: Path, number: int, count: int
) -> Folded:
    """Folds a part for every view, and keeps what the views must hold of it; for a worker."""
    parts, part, shipped = Parts(folder, count), Part(number, count), load_policy().timetable
    folds = [_PartFold(view, part) for view in views]
    for batch in parts.events(number):
        facts = [fact_of(log, event) for log, event in batch]
        for fold in folds:
            fold.take(facts, batch)
    for place, (fold, laid_down) in enumerate(zip(folds, policies, strict=True)):
        for table, rows in enumerate(fold.tables(timetable_by(shipped, laid_down))):
            parts.put(place, table, number, rows)
    return Folded([fold.unfolded() for fold in folds], sum(len(fold.replay.states) for fold in folds))


class _PartFold:
    """A part of one view."""

    def __init__(self, view: View, part: Part) -> None:
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

    def _rows_again(self, shown: Shown, timetable: Timetable) -> dict[str, bytes]:
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
