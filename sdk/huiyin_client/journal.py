"""What a system has seen and what it still has to publish: one SQLite file, safe at any moment of a crash."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from huiyin.common.v1.types_pb2 import Receipt
from huiyin.exchange.v1.types_pb2 import AgencyMessage
from huiyin.timeline.v1.types_pb2 import CaseEvent

_TABLES = """
CREATE TABLE IF NOT EXISTS place (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seen (case_id TEXT PRIMARY KEY, number INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (
  place INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL UNIQUE, message BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS receipt (
  place INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL UNIQUE, receipt BLOB NOT NULL);
"""

_LEFT = "INSERT INTO place VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
_SAW = """
INSERT INTO seen VALUES (?, ?)
ON CONFLICT (case_id) DO UPDATE SET number = max(seen.number, excluded.number)
"""


class Journal:
    """Used by one thread at a time; every change is on disk when the method returns."""

    def __init__(self, path: Path | None) -> None:
        self._database = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_TABLES)

    def place(self, name: str) -> str:
        """Where a stream was left; empty at first."""
        row = self._database.execute("SELECT value FROM place WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def is_new(self, entry: CaseEvent) -> bool:
        """Whether the event was not seen yet: those of a case come in the order of their numbers."""
        row = self._database.execute("SELECT number FROM seen WHERE case_id = ?", (entry.case_id,)).fetchone()
        return row is None or int(row[0]) < entry.number

    def saw(self, name: str, place: str, entry: CaseEvent | None = None) -> None:
        """Goes on behind this place next time; the entry was dealt with."""
        with self._transaction():
            self._database.execute(_LEFT, (name, place))
            if entry is not None:
                self._database.execute(_SAW, (entry.case_id, entry.number))

    def put(self, message: AgencyMessage) -> None:
        """Keeps a message until it is answered. One with the same id stays as it is."""
        values = (message.message_id, message.SerializeToString())
        self._database.execute("INSERT OR IGNORE INTO outbox (message_id, message) VALUES (?, ?)", values)

    def waiting(self) -> list[AgencyMessage]:
        """Messages that are not answered yet, in their order."""
        rows = self._database.execute("SELECT message FROM outbox ORDER BY place").fetchall()
        return [AgencyMessage.FromString(row[0]) for row in rows]

    def answered(self, message_id: str, receipt: Receipt | None = None) -> None:
        """The message has its answer; the proof that came with it, of what was accepted, is kept for ever."""
        with self._transaction():
            if receipt is not None:
                values = (message_id, receipt.SerializeToString())
                self._database.execute(
                    "INSERT OR IGNORE INTO receipt (message_id, receipt) VALUES (?, ?)", values
                )
            self._database.execute("DELETE FROM outbox WHERE message_id = ?", (message_id,))

    def receipts(self) -> list[Receipt]:
        """The proofs that were kept, in the order in which they came."""
        rows = self._database.execute("SELECT receipt FROM receipt ORDER BY place").fetchall()
        return [Receipt.FromString(row[0]) for row in rows]

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")
