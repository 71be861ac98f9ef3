"""Rows laid down in files, divided by the hash of their key: one part of them is in memory at a time."""

import pickle
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from heapq import merge
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from zlib import crc32

PART_ROWS = 100_000
"""Of what a log gives, with a row of some 300 bytes for each event at the most."""
PARTS_MAX = 256

_TOGETHER = 64
"""Sorted rows that are read at once of each run: all runs are read together."""

Row = tuple[str, bytes]
"""A row that is compared: its key, and all of it in one byte form."""

_PLACE = struct.Struct(">q")


def part_of(key: str, of: int) -> int:
    """The number of the part, of so many, to which a key falls."""
    return crc32(key.encode()) % of


class Spill(NamedTuple):
    """A folder of such files; processes may share it. Each table and number is put once."""

    folder: Path
    parts: int

    def put(self, table: str, number: int, rows: Iterable[tuple[Any, ...]]) -> None:
        """Lays rows down; the first of each is its key."""
        divided: list[list[tuple[Any, ...]]] = [[] for _ in range(self.parts)]
        for row in rows:
            divided[crc32(row[0].encode()) % self.parts].append(row)
        self.put_divided(table, number, divided)

    def put_divided(self, table: str, number: int, divided: Sequence[Sequence[Any]]) -> None:
        """The same where the rows of each part are known."""
        if not any(divided):
            return
        dumped = [pickle.dumps(part, pickle.HIGHEST_PROTOCOL) for part in divided]
        at = self.parts * _PLACE.size
        with self._file(table, number).open("wb") as file:
            for one in dumped:
                file.write(_PLACE.pack(at))
                at += len(one)
            file.writelines(dumped)

    def rows(self, table: str, part: int) -> Iterator[Any]:
        """The rows of a part, in the order of their numbers."""
        for path in sorted(self.folder.glob(f"{table}.*")):
            with path.open("rb") as file:
                file.seek(part * _PLACE.size)
                (at,) = _PLACE.unpack(file.read(_PLACE.size))
                file.seek(at)
                yield from pickle.load(file)  # noqa: S301 - written by this program, in a folder of its own

    def put_sorted(self, table: str, number: int, rows: Iterable[Row]) -> None:
        """Lays rows down to be read by key, together with those of other numbers."""
        ordered = sorted(rows)
        with self._file(table, number).open("wb") as file:
            for start in range(0, len(ordered), _TOGETHER):
                pickle.dump(ordered[start : start + _TOGETHER], file)

    def merged(self, table: str) -> Iterator[Row]:
        """The rows of all numbers by key."""
        runs = (_loaded(path) for path in sorted(self.folder.glob(f"{table}.*")))
        return merge(*(chain.from_iterable(run) for run in runs))

    def put_whole(self, table: str, number: int, value: object) -> None:
        """Lays down something that is not divided."""
        self._file(table, number).write_bytes(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))

    def whole(self, table: str) -> Iterator[Any]:
        """Each of these, in the order of their numbers."""
        for path in sorted(self.folder.glob(f"{table}.*")):
            yield from _loaded(path)

    def _file(self, table: str, number: int) -> Path:
        return self.folder / f"{table}.{number:012}"


def _loaded(path: Path) -> Iterator[Any]:
    """What was put into one of our own files, one after the other."""
    with path.open("rb") as file:
        while file.peek(1):
            yield pickle.load(file)  # noqa: S301 - written by this program, in a folder of its own


@contextmanager
def spilled(row_count: int, part_rows: int = PART_ROWS) -> Iterator[Spill]:
    """A folder for so many rows, which goes with its content."""
    count = min(-(-row_count // part_rows) or 1, PARTS_MAX)
    with TemporaryDirectory(prefix="huiyin-audit-") as folder:
        yield Spill(Path(folder), count)
