"""What the rows before said, by keyed digest: kept in a temporary database, so that memory stays bounded."""

import sqlite3
from types import TracebackType
from typing import Self


class Seen:
    """Counts what recurs in one import. Nothing of it outlives the import."""

    def __init__(self) -> None:
        # An empty name is a private database that spills to a nameless temporary file.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(
            "CREATE TABLE seen (kind TEXT, digest BLOB, first_row INTEGER, count INTEGER,"
            " PRIMARY KEY (kind, digest)) WITHOUT ROWID"
        )
        # One transaction that never ends: pages go to the file only when the cache is full.
        self._database.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def note(self, kind: str, digest: bytes, row: int) -> tuple[int, int]:
        """Notes it; gives the first row that said it and how many have by now."""
        self._database.execute(
            "INSERT INTO seen VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
            (kind, digest, row),
        )
        first_row, count = self._database.execute(
            "SELECT first_row, count FROM seen WHERE kind = ? AND digest = ?", (kind, digest)
        ).fetchone()
        return first_row, count
