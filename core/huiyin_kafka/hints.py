"""Where to begin reading a topic: offsets that are safe for whoever has come at least to a position."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

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
