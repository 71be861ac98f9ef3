"""Rows laid down in files, divided by the hash of their key: one part of them is in memory at a time."""

import pickle
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from zlib import crc32

PART_ROWS = 100_000
"""Of what a log gives, with a row of some 300 bytes for each event at the most."""
PARTS_MAX = 256

_PLACE = struct.Struct(">q")


def part_of(key: str, of: int) -> int:
    """The number of the part, of so many, to which a key falls."""
    return crc32(key.encode()) % of


class Spill(NamedTuple):
    """A folder of such files; processes may share it. Whoever puts rows gives each table and number once."""

    folder: Path
    parts: int

    def put(self, table: str, number: int, rows: Iterable[tuple[Any, ...]]) -> None:
        """Lays rows down; the first of each is its key."""
        divided: list[list[tuple[Any, ...]]] = [[] for _ in range(self.parts)]
        for row in rows:
            divided[crc32(row[0].encode()) % self.parts].append(row)
        if not any(divided):
            return
        dumped = [pickle.dumps(part, pickle.HIGHEST_PROTOCOL) for part in divided]
        at = self.parts * _PLACE.size
        with (self.folder / f"{table}.{number:012}").open("wb") as file:
            for one in dumped:
                file.write(_PLACE.pack(at))
                at += len(one)
            file.writelines(dumped)

    def rows(self, table: str, part: int) -> Iterator[tuple[Any, ...]]:
        """The rows of a part, in the order of their numbers."""
        for path in sorted(self.folder.glob(f"{table}.*")):
            with path.open("rb") as file:
                file.seek(part * _PLACE.size)
                (at,) = _PLACE.unpack(file.read(_PLACE.size))
                file.seek(at)
                yield from pickle.load(file)  # noqa: S301 - written by this program, in a folder of its own

    def put_whole(self, table: str, number: int, value: object) -> None:
        """Lays down something that is not divided."""
        (self.folder / f"{table}.{number:012}").write_bytes(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))

    def whole(self, table: str) -> Iterator[Any]:
        """Each of these, in the order of their numbers."""
        for path in sorted(self.folder.glob(f"{table}.*")):
            yield pickle.loads(path.read_bytes())  # noqa: S301 - as above


@contextmanager
def spilled(row_count: int, part_rows: int = PART_ROWS) -> Iterator[Spill]:
    """A folder for so many rows, which goes with its content."""
    count = min(-(-row_count // part_rows) or 1, PARTS_MAX)
    with TemporaryDirectory(prefix="huiyin-audit-") as folder:
        yield Spill(Path(folder), count)
