"""The rows that topics are made of, read in the audit's snapshot, as the records that they have to give."""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString, Protocol

from psycopg import AsyncConnection, sql

from huiyin_kernel.facts import context_of
from huiyin_kernel.kafka.record import Record
from huiyin_kernel.kafka.topic_names import TIMELINE, log_topic
from huiyin_kernel.kafka.wire import event_record
from huiyin_kernel.kafka.wire_entries import entry_record
from huiyin_kernel.store.port import RecordedEvent
from huiyin_kernel.timeline_rows import COLUMNS, case_event

_EVENTS: LiteralString = (
    "SELECT position, stream, version, event_id, type, recorded, occurred, meta, data, previous_hash, hash"
    " FROM {}.event WHERE position = ANY(%s)"
)
_END: LiteralString = "SELECT coalesce(max(position), 0) FROM {}.event"
_ENTRIES: LiteralString = (
    "SELECT "  # noqa: S608 - our own constant texts
    + COLUMNS
    + " FROM streams.timeline_entry WHERE sequence = ANY(%s)"
)
_TIMELINE_END: LiteralString = "SELECT coalesce(max(sequence), 0) FROM streams.timeline_entry"


class Rows(Protocol):
    """What one topic is made of: rows with dense positions, in a snapshot."""

    source: str
    topic: str

    async def end(self) -> int:
        """The last position; 0 when there is none."""
        ...

    async def records(self, positions: Sequence[int]) -> Mapping[int, Record]:
        """The records of rows by position; positions without a row are left out."""
        ...


class LogRows:
    """The events of a service's log."""

    def __init__(self, connection: AsyncConnection[Any], log: str, topic: str = "") -> None:
        self._connection, self.source, self.topic = connection, log, topic or log_topic(log)
        self._schema = sql.Identifier(context_of(log))

    async def end(self) -> int:
        """The log's last position."""
        return await _number(self._connection, sql.SQL(_END).format(self._schema))

    async def records(self, positions: Sequence[int]) -> Mapping[int, Record]:
        """The records of events."""
        query = sql.SQL(_EVENTS).format(self._schema)
        cursor = await self._connection.execute(query, (list(positions),), prepare=True, binary=True)
        events = map(RecordedEvent._make, await cursor.fetchall())
        return {event.position: event_record(self.topic, self.source, event) for event in events}


class TimelineRows:
    """The entries of the case timeline."""

    def __init__(self, connection: AsyncConnection[Any], source: str, topic: str = TIMELINE) -> None:
        self._connection, self.source, self.topic = connection, source, topic

    async def end(self) -> int:
        """The last sequence."""
        return await _number(self._connection, sql.SQL(_TIMELINE_END))

    async def records(self, positions: Sequence[int]) -> Mapping[int, Record]:
        """The records of entries."""
        cursor = await self._connection.execute(_ENTRIES, (list(positions),), prepare=True, binary=True)
        entries = [case_event(row) for row in await cursor.fetchall()]
        return {entry.sequence: entry_record(self.topic, self.source, entry) for entry in entries}


async def _number(connection: AsyncConnection[Any], query: sql.SQL | sql.Composed) -> int:
    row = await (await connection.execute(query)).fetchone()
    return int(row[0]) if row else 0


async def relay_cursors(dsn: str) -> dict[str, int]:
    """How far the relay says that it has published each source: read before the topics' ends are."""
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
        cursor = await connection.execute("SELECT source, position FROM relay.cursor")
        return {source: int(position) for source, position in await cursor.fetchall()}
