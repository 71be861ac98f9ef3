"""The pure merge of a topic's partitions into one log: by dense positions, whatever came twice or disordered.

Next wanted is always the position after the last one given out. Lower ones are repeats and are dropped;
higher ones wait. So the order that partitions are read in, repeats by the relay and records of a relay that
woke up late change nothing (docs/decisions/0007).
"""

from collections import Counter, deque
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

ItemT = TypeVar("ItemT")


class WaitingRecord(NamedTuple, Generic[ItemT]):
    """A record read before its turn. `item` is None for a parked place: the event has to be had elsewhere."""

    partition: int
    offset: int
    item: ItemT | None


class DenseMerge(Generic[ItemT]):
    """Gives out the items after a position in order, each once."""

    def __init__(self, after: int) -> None:
        self.last = after
        self._waiting: dict[int, WaitingRecord[ItemT]] = {}
        self._ahead: Counter[int] = Counter()

    def offer(self, position: int, waiting: WaitingRecord[ItemT]) -> bool:
        """Takes a record; False for a repeat. An item takes the place of one that is only parked."""
        known = self._waiting.get(position)
        if position <= self.last or (known is not None and (known.item is not None or waiting.item is None)):
            return False
        if known is not None:
            self._ahead[known.partition] -= 1
        self._waiting[position] = waiting
        self._ahead[waiting.partition] += 1
        return True

    def take(self) -> tuple[int, WaitingRecord[ItemT], ItemT] | None:
        """The next position with its record and item; None when it is not there, or only parked."""
        waiting = self._waiting.get(self.last + 1)
        if waiting is None or waiting.item is None:
            return None
        del self._waiting[self.last + 1]
        self._ahead[waiting.partition] -= 1
        self.last += 1
        return self.last, waiting, waiting.item

    def passed(self, position: int) -> None:
        """The next one was had elsewhere. Raises ValueError for any other position."""
        if position != self.last + 1:
            raise ValueError(f"position {position} does not follow {self.last}")
        waiting = self._waiting.pop(position, None)
        if waiting is not None:
            self._ahead[waiting.partition] -= 1
        self.last = position

    @property
    def size(self) -> int:
        """Records that wait."""
        return len(self._waiting)

    @property
    def is_ready(self) -> bool:
        """Whether `take` would give something."""
        waiting = self._waiting.get(self.last + 1)
        return waiting is not None and waiting.item is not None

    @property
    def is_parked(self) -> bool:
        """Whether the next one is known to be parked."""
        waiting = self._waiting.get(self.last + 1)
        return waiting is not None and waiting.item is None

    @property
    def has_gap(self) -> bool:
        """Whether something waits although the next one is not there."""
        return bool(self._waiting) and self.last + 1 not in self._waiting

    def ahead(self) -> Mapping[int, int]:
        """How many records of each partition wait."""
        return {partition: count for partition, count in self._ahead.items() if count}

    def first_offset(self, partition: int, otherwise: int) -> int:
        """Where to begin reading a partition again so that nothing not yet given out is missed."""
        offsets = [each.offset for each in self._waiting.values() if each.partition == partition]
        return min(offsets, default=otherwise)


def to_hold_back(
    ahead: Mapping[int, int], at_end: Set[int], partitions: Collection[int], limit: int
) -> frozenset[int]:
    """Partitions that have run so far ahead that they are not read for now.

    When none is left to be read from, the wanted record stands further on in one of these: all are read on.
    """
    crowded = frozenset(partition for partition, count in ahead.items() if count >= limit)
    if crowded and all(partition in crowded or partition in at_end for partition in partitions):
        return frozenset()
    return crowded


_PREFIX = "position="


@dataclass(frozen=True, slots=True)
class Hint:
    """Every record with a higher position stands at or after these offsets, by partition."""

    position: int
    offsets: Mapping[int, int]

    @property
    def note(self) -> str:
        """What is committed beside each offset, so that it can be checked before it is believed."""
        return f"{_PREFIX}{self.position}"


def position_of(note: str) -> int | None:
    """The position in a committed note; None for a note of somebody else."""
    text = note.removeprefix(_PREFIX)
    return int(text) if note.startswith(_PREFIX) and text.isdecimal() else None


def usable(committed: Mapping[int, tuple[int, str]], after: int) -> dict[int, int]:
    """Offsets by partition, of those whose note says that they are safe for a reader that was at `after`."""
    notes = {partition: position_of(note) for partition, (_, note) in committed.items()}
    return {
        partition: committed[partition][0]
        for partition, position in notes.items()
        if position is not None and position <= after
    }


class Hints:
    """Hints taken while reading, each handed out when the reader's cursor is surely beyond it.

    A reader saves its cursor some time after it was given an event; `margin` is more than it can be behind.
    """

    def __init__(self, after: int, every: int, margin: int) -> None:
        self._every, self._margin = every, margin
        self._taken: deque[Hint] = deque()
        self._next = after + every

    def is_due(self, last: int) -> bool:
        """Whether a hint is to be taken now."""
        return last >= self._next

    def take(self, hint: Hint) -> None:
        """Keeps a hint until it is safe."""
        self._taken.append(hint)
        self._next = hint.position + self._every

    def safe(self, last: int) -> Hint | None:
        """The newest hint that is safe by now, once."""
        found = None
        while self._taken and self._taken[0].position + self._margin <= last:
            found = self._taken.popleft()
        return found
