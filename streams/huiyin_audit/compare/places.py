"""A set of positions from 1 to an end, a bit for each: logs have many."""

from collections.abc import Iterator


class Places:
    """Which positions were seen; `last` is the highest of them."""

    def __init__(self, end: int) -> None:
        self.end, self.last = end, 0
        self._bits = bytearray(end // 8 + 1)

    def has(self, position: int) -> bool:
        """Whether it was added. Raises IndexError beyond the end."""
        return bool(self._bits[position >> 3] & (1 << (position & 7)))

    def add(self, position: int) -> None:
        """Adds one. Raises IndexError beyond the end."""
        self._bits[position >> 3] |= 1 << (position & 7)
        self.last = max(self.last, position)

    def gaps(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Runs of positions between two that were not added, never beyond the end."""
        begun = 0
        position, last = first, min(last, self.end)
        while position <= last:
            if position & 7 == 0 and self._bits[position >> 3] == 0xFF and not begun:
                position += 8  # eight that were all seen
                continue
            if self.has(position):
                if begun:
                    yield begun, position - 1
                begun = 0
            else:
                begun = begun or position
            position += 1
        if begun:
            yield begun, last
