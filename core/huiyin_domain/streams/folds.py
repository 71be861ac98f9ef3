"""A stream fold: states by key, folded from items, with what they put out. The same for every host.

The order in which a host gets the items of different cases differs from host to host and from run to run;
items of one case come in their order, but may be repeated. Whatever the order and the repeats, a fold shows
the same values in the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

from huiyin_domain.clocks.derive import DerivedClocks
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.streams.cells import Cells
from huiyin_domain.streams.filings import Filings
from huiyin_domain.streams.output import Output, pack, unpack
from huiyin_domain.streams.warnings import Warnings

ItemT_contra = TypeVar("ItemT_contra", contravariant=True)
StateT = TypeVar("StateT")


class StreamFold(Protocol[ItemT_contra, StateT]):
    """One fold."""

    name: str

    def keys(self, item: ItemT_contra) -> Sequence[str]:
        """Which states an item concerns."""
        ...

    def initial(self) -> StateT: ...

    def evolve(self, state: StateT, item: ItemT_contra) -> StateT:
        """The state after an item; for a repeat the very same object."""
        ...

    def outputs(self, before: StateT, after: StateT) -> Sequence[Output]:
        """What a step puts out; everything that is shown when it was a repeat."""
        ...

    def dump(self, state: StateT) -> bytes: ...

    def load(self, data: bytes) -> StateT: ...


@runtime_checkable
class CountsDays(Protocol):
    """A fold whose outputs depend on a timetable."""

    def recounted(self, state: Any, key: str) -> Any:
        """The state with what is shown by the present timetable; the very same where that is no change."""
        ...


class Together:
    """Several folds over the same items and keys as one: one state, kept in one write."""

    def __init__(self, name: str, folds: Sequence[StreamFold[Any, Any]]) -> None:
        self.name, self._folds = name, tuple(folds)

    def keys(self, item: Any) -> Sequence[str]:
        return self._folds[0].keys(item)

    def initial(self) -> tuple[Any, ...]:
        return tuple(fold.initial() for fold in self._folds)

    def evolve(self, state: tuple[Any, ...], item: Any) -> tuple[Any, ...]:
        after = tuple(fold.evolve(part, item) for fold, part in zip(self._folds, state, strict=True))
        unchanged = all(part is old for part, old in zip(after, state, strict=True))
        return state if unchanged else after

    def recounted(self, state: tuple[Any, ...], key: str) -> tuple[Any, ...]:
        """The state by the present timetable, in those folds that have one."""
        pairs = zip(self._folds, state, strict=True)
        after = tuple(
            fold.recounted(part, key) if isinstance(fold, CountsDays) else part for fold, part in pairs
        )
        unchanged = all(part is old for part, old in zip(after, state, strict=True))
        return state if unchanged else after

    def outputs(self, before: tuple[Any, ...], after: tuple[Any, ...]) -> list[Output]:
        parts = zip(self._folds, before, after, strict=True)
        return [output for fold, old, new in parts for output in fold.outputs(old, new)]

    def dump(self, state: tuple[Any, ...]) -> bytes:
        return pack(fold.dump(part) for fold, part in zip(self._folds, state, strict=True))

    def load(self, data: bytes) -> tuple[Any, ...]:
        return tuple(fold.load(part) for fold, part in zip(self._folds, unpack(data), strict=True))


def recount(fold: Together, kept: bytes, key: str) -> tuple[bytes | None, Sequence[Output]]:
    """The kept bytes of a state by the fold's timetable (None: as they are), and what is put out."""
    before = fold.load(kept)
    after = fold.recounted(before, key)
    return (None, ()) if after is before else (fold.dump(after), fold.outputs(before, after))


def step(
    fold: StreamFold[Any, StateT], kept: bytes | None, item: Any
) -> tuple[bytes | None, Sequence[Output]]:
    """One item on the kept bytes of a state: the bytes to keep (None: as they are), and what is put out."""
    before = fold.initial() if kept is None else fold.load(kept)
    after = fold.evolve(before, item)
    changed = None if after is before else fold.dump(after)
    return changed, fold.outputs(before, after)


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
