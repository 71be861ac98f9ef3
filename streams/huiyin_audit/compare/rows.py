"""The rows that topics are made of, in the audit's snapshot, read beside the judging as records."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, LiteralString, Protocol, Self

from psycopg import AsyncConnection, sql

from huiyin.exchange.v1.types_pb2 import AgencyReceipt
from huiyin_kafka.topics.names import TIMELINE, log_topic, receipts_topic
from huiyin_kafka.whole import Page, WholeTopic, WholeTopics
from huiyin_kafka.wire import entry_record, event_record, receipt_record
from huiyin_kernel.arrived import Record
from huiyin_kernel.codec import context_of, timestamp
from huiyin_kernel.timeline_rows import ENTRIES, case_event
from huiyin_store.port import RecordedEvent


class BrokerTopics:
    """Topics as they stand at a moment. The client blocks, so it has a thread of its own."""

    def __init__(self, options: Mapping[str, Any], topics: Sequence[str]) -> None:
        self._options, self._names = options, topics
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="topics")
        self._whole: WholeTopics | None = None

    async def __aenter__(self) -> Self:
        """Raises KafkaSetupError."""
        self._whole = await self._run(WholeTopics, self._options, self._names)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._whole is not None:
            await self._run(self._whole.close)
        self._thread.shutdown(wait=False)

    def topic(self, name: str) -> WholeTopic:
        """One of the topics."""
        assert self._whole is not None, "entered first"
        return self._whole.topics[name]

    async def pages(self, topic: str, partition: int) -> AsyncIterator[Page]:
        """The records of a partition, page by page in order."""
        async for page in self._pages(self.topic(topic).pages(partition)):
            yield page

    async def mixed(self, topic: str, held_back: Callable[[], Collection[int]]) -> AsyncIterator[Page]:
        """The records of all partitions but those held back, page by page, each in its order.

        `held_back` is asked from another thread.
        """
        async for page in self._pages(self.topic(topic).mixed(held_back)):
            yield page

    async def _pages(self, pages: Iterator[Page]) -> AsyncIterator[Page]:
        coming = self._run(next, pages, None)
        while (page := await coming) is not None:
            coming = self._run(next, pages, None)
            yield page

    def _run(self, work: Any, *arguments: Any) -> "asyncio.Future[Any]":
        return asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)


_EVENTS: LiteralString = (
    "SELECT position, stream, version, event_id, type, recorded, occurred, meta, data, previous_hash, hash"
    " FROM {}.event WHERE position = ANY(%s)"
)
_END: LiteralString = "SELECT coalesce(max(position), 0) FROM {}.event"
_ENTRIES = ENTRIES + "WHERE e.sequence = ANY(%s)"
_TIMELINE_END: LiteralString = "SELECT coalesce(max(sequence), 0) FROM streams.timeline_entry"

_RECEIPTS: LiteralString = (
    "SELECT number, answered, receipt FROM exchange.receipt WHERE agency = %s AND number = ANY(%s)"
)
_RECEIPTS_END: LiteralString = "SELECT coalesce(max(number), 0) FROM exchange.receipt WHERE agency = %s"


class Rows(Protocol):
    """What one topic is made of: rows with dense positions, in a snapshot.

    `once`: a record may not stand on the topic again, and whoever publishes goes on behind the last one
    there: so nothing is marked elsewhere, and everything before the last one has to be there.
    """

    source: str
    topic: str
    once: bool

    async def end(self) -> int:
        """The last position; 0 when there is none."""
        ...

    async def records(self, positions: Sequence[int]) -> Mapping[int, Record]:
        """The records of rows by position; positions without a row are left out."""
        ...


class LogRows:
    """The events of a service's log."""

    once = False

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


class TimelineTable:
    """The entries of the case timeline."""

    once = False

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


class ReceiptRows:
    """The receipts of an agency's messages: exactly one for each message, on the topic too."""

    once = True

    def __init__(self, connection: AsyncConnection[Any], agency: str, topic: str = "") -> None:
        self._connection, self._agency = connection, agency
        self.source, self.topic = receipts_source(agency), topic or receipts_topic(agency)

    async def end(self) -> int:
        """The number of the latest receipt."""
        return await _number(self._connection, sql.SQL(_RECEIPTS_END), self._agency)

    async def records(self, positions: Sequence[int]) -> Mapping[int, Record]:
        """The records of receipts by their numbers."""
        values = (self._agency, list(positions))
        cursor = await self._connection.execute(_RECEIPTS, values, prepare=True, binary=True)
        return {row[0]: receipt_record(self.topic, self._receipt(row)) for row in await cursor.fetchall()}

    def _receipt(self, row: Sequence[Any]) -> AgencyReceipt:
        """A row keeps the receipt without what stands beside it."""
        number, answered, stored = row
        receipt = AgencyReceipt.FromString(stored)
        receipt.agency, receipt.number = self._agency, number
        receipt.answered_time.CopyFrom(timestamp(answered))
        return receipt


def receipts_source(agency: str) -> str:
    """How the receipts of an agency are named."""
    return f"receipts@{agency}"


async def _number(connection: AsyncConnection[Any], query: sql.SQL | sql.Composed, *values: Any) -> int:
    row = await (await connection.execute(query, values)).fetchone()
    return int(row[0]) if row else 0


async def cursors_of(dsn: str) -> dict[str, int]:
    """How far the relay has marked every source as published: read before the ends of the topics are."""
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
        cursor = await connection.execute("SELECT source, position FROM relay.cursor")
        return {source: int(position) for source, position in await cursor.fetchall()}
