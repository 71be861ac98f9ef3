"""What the relay publishes: each source is a sequence of rows with dense positions, and a topic."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from psycopg import AsyncConnection, OperationalError

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin_kafka.topics.names import DEAD_LETTERS, TIMELINE, log_topic
from huiyin_kafka.wire import entry_record, event_record, letter_record
from huiyin_kernel.arrived import Record
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.timeline_rows import read_timeline
from huiyin_store.durable_reads import Durable, DurableReads, Readers
from huiyin_store.letters import PostgresLetters
from huiyin_store.limits import StoreLimits
from huiyin_store.port import StoreUnavailableError
from huiyin_store.session import LogLink

ONE_ATTEMPT = StoreLimits(attempts=1)
"""Whoever reads a source tries again by itself."""


class SourceRow(NamedTuple):
    """One record to be published, at its position in the source."""

    position: int
    record: Record


class RelaySource(Protocol):
    """A sequence of rows. What it gives is durable; positions are dense from 1."""

    name: str
    topic: str
    is_log: bool
    """Whether readers of its topic wait for every position: what is rejected then leaves a placeholder."""
    poll_seconds_max: float
    """How often its end is looked at when it is quiet."""
    lively_seconds_max: float
    """How often it is while something goes on."""

    async def read(self, after: int, limit: int) -> Sequence[SourceRow]:
        """Rows after a position, in order. Raises StoreUnavailableError, CorruptLogError."""
        ...

    async def aclose(self) -> None: ...


class ServiceLog:
    """The log of a service. Its feed tells of growth (waking.py); looking is for when that is away."""

    is_log = True
    poll_seconds_max = lively_seconds_max = 0.5

    def __init__(self, dsn: str, schema: str, log: str) -> None:
        self.name, self.topic = log, log_topic(log)
        self._links = Readers([LogLink(dsn, schema, ONE_ATTEMPT, metrics.STORE_RETRIES.labels(schema).inc)])
        self._reading = DurableReads(self._links, Durable())

    async def read(self, after: int, limit: int) -> Sequence[SourceRow]:
        """Events after a position."""
        events = await self._reading.log(after, limit)
        return [SourceRow(event.position, event_record(self.topic, self.name, event)) for event in events]

    async def aclose(self) -> None:
        """Gives up the connection."""
        await self._links.aclose()


class TimelineSource:
    """The timeline of cases; its positions are the entries' sequences."""

    is_log = True
    poll_seconds_max, lively_seconds_max = 0.5, 0.02
    topic = TIMELINE

    def __init__(self, dsn: str, name: str) -> None:
        self.name, self._dsn = name, dsn
        self._connection: AsyncConnection[Any] | None = None

    async def read(self, after: int, limit: int) -> Sequence[SourceRow]:
        """Entries after a sequence."""
        try:
            entries = await read_timeline(await self._opened(), after, limit)
        except OperationalError as error:
            await self.aclose()
            raise StoreUnavailableError(str(error)) from error
        return [SourceRow(entry.sequence, entry_record(self.topic, self.name, entry)) for entry in entries]

    async def _opened(self) -> AsyncConnection[Any]:
        if self._connection is None:
            self._connection = await AsyncConnection.connect(
                self._dsn, autocommit=True, connect_timeout=ONE_ATTEMPT.connect_seconds
            )
        return self._connection

    async def aclose(self) -> None:
        """Gives up the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


class LetterSource:
    """The dead letters of a service."""

    is_log = False
    poll_seconds_max = lively_seconds_max = 2.0
    topic = DEAD_LETTERS

    def __init__(self, dsn: str, schema: str) -> None:
        self.name = f"dead-{schema}"
        self._links = Readers([LogLink(dsn, schema, ONE_ATTEMPT, metrics.STORE_RETRIES.labels(schema).inc)])
        self._letters = PostgresLetters(self._links)

    async def read(self, after: int, limit: int) -> Sequence[SourceRow]:
        """Letters after a sequence, whatever became of them."""
        kept = await self._letters.page(after, limit, with_handled=True)
        return [_letter_row(self.topic, letter.sequence, letter.letter) for letter in kept]

    async def aclose(self) -> None:
        """Gives up the connection."""
        await self._links.aclose()


class RejectedSource:
    """The dead letters of the relay itself: what the brokers would not take."""

    is_log = False
    poll_seconds_max = lively_seconds_max = 2.0
    topic = DEAD_LETTERS
    name = "dead-relay"

    def __init__(self, dsn: str) -> None:
        self._links = Readers([LogLink(dsn, "relay", ONE_ATTEMPT, metrics.STORE_RETRIES.labels("relay").inc)])

    async def read(self, after: int, limit: int) -> Sequence[SourceRow]:
        """Letters after a sequence."""
        query = b"SELECT sequence, letter FROM rejected WHERE sequence > %b ORDER BY sequence LIMIT %b"
        rows = await self._links.run(lambda session: session.rows(query, (after, limit)))
        return [_letter_row(self.topic, sequence, letter) for sequence, letter in rows]

    async def aclose(self) -> None:
        """Gives up the connection."""
        await self._links.aclose()


def _letter_row(topic: str, sequence: int, letter: bytes) -> SourceRow:
    return SourceRow(sequence, letter_record(topic, DeadLetter.FromString(letter)))
