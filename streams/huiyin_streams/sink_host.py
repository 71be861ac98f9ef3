"""Writes what the workers put out into the tables for display: the PostgreSQL end of their topics.

Its source is the reader of the topics, its lease their offsets, and its loop that of every fold (fold_loop).
Offsets and rows move in one transaction. A value that comes again writes the same row again. What the tables
held before their first offset, such as rows of the local runner, is forgotten. A record that is no output, or
cannot be shown, becomes a dead letter, and the others go on.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin_kafka.wire import read_output
from huiyin_kernel.arrived import Arrived, Place, Record, record_of
from huiyin_kernel.cases_aside import asked_again, failure
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.dead_letters import cause_of, letter_of_record
from huiyin_kernel.fold_loop import Connection, OwnConnection, Source, run_fold
from huiyin_kernel.telemetry import metrics
from huiyin_store.letters import LetterState, bury, mark, redriving
from huiyin_store.port import WorldClock
from huiyin_streams.sink_rows import forget_rows, write_outputs

NAME = "display"
"""What metrics and letters call it."""
LETTERS_MAX = 100
"""Letters that are driven again with one batch."""

_OFFSETS = 'SELECT topic, "partition", next_offset FROM streams.stream_offset'
_SAVE = """
INSERT INTO streams.stream_offset (topic, "partition", next_offset) VALUES (%s, %s, %s)
ON CONFLICT (topic, "partition") DO UPDATE SET next_offset = EXCLUDED.next_offset
"""
_ONE_AT_A_TIME = "LOCK TABLE streams.stream_offset IN SHARE ROW EXCLUSIVE MODE"

Offsets = Mapping[tuple[str, int], int]
"""Next offsets by topic and partition."""

log = logging.getLogger(__name__)


class Batch(Protocol):
    """What is read at once."""

    @property
    def records(self) -> Sequence[tuple[Place, Record]]: ...

    @property
    def next_offsets(self) -> Offsets: ...

    @property
    def unread(self) -> int: ...


@dataclass(frozen=True, slots=True)
class _NothingNew:
    """Letters are to be driven again."""

    records: Sequence[tuple[Place, Record]] = ()
    next_offsets: Offsets = field(default_factory=dict)
    unread: int = 0


class SinkHost:
    """Follows the topics for ever. `source` reads them, over outages of the brokers."""

    name = NAME

    def __init__(self, dsn: str, source: Source[Offsets, Any], clock: WorldClock | None = None) -> None:
        self._dsn, self._source, self._clock = dsn, source, clock or SystemClock()
        self._outputs = metrics.WORKER_OUTPUTS.labels(NAME)
        self._unread = metrics.WORKER_LAG.labels(NAME, "outputs")
        self._place: Offsets = {}
        self._count = 0

    async def run(self) -> None:
        """Over outages of the database."""
        await run_fold(self._source, self, OwnConnection(self._dsn), self)

    async def place(self, connection: Connection) -> Offsets:
        """The offsets, as the tables have them; other hosts wait until the transaction ends."""
        await connection.execute(_ONE_AT_A_TIME)
        rows = await (await connection.execute(_OFFSETS)).fetchall()
        return {(topic, number): offset for topic, number, offset in rows}

    async def move(self, connection: Connection, place: Offsets, batch: Batch) -> Offsets:
        """The offsets after a batch."""
        moved = [(topic, number, offset) for (topic, number), offset in batch.next_offsets.items()]
        if moved:
            await connection.cursor().executemany(_SAVE, moved)
        return {**place, **batch.next_offsets}

    async def begin(self, connection: Connection, place: Offsets) -> None:
        """Goes on from here."""
        self._place = place

    async def take(self, connection: Connection, batch: Batch) -> None:
        """Shows a batch; first what somebody wants shown after all, before anything newer is."""
        if not self._place:
            await forget_rows(connection)
        self._count = 0
        await self._redrive(connection)
        await self._show(connection, batch.records)

    async def look(self, connection: Connection) -> Batch | None:
        """Whether somebody wants a record shown after all."""
        return _NothingNew() if await asked_again(connection, "streams", NAME, 1) else None

    def done(self, batch: Batch, place: Offsets) -> None:
        """Committed."""
        self._place = place
        self._outputs.inc(self._count)
        if batch.records:
            self._unread.set(batch.unread)

    async def _show(self, connection: Connection, records: Sequence[tuple[Place, Record]]) -> None:
        """Writes what records carry, together or, where one stands against that, one by one."""
        if not await self._failed(connection, [record for _, record in records]):
            return
        for place, record in records:
            if error := await self._failed(connection, [record]):
                await self._bury(connection, place, record, error)

    async def _failed(self, connection: Connection, records: Sequence[Record]) -> Exception | None:
        """Writes records, all or none; what stands against it."""

        async def write() -> None:
            self._count += await write_outputs(connection, [read_output(record) for record in records])

        return await failure(connection, write)

    async def _bury(self, connection: Connection, place: Place, record: Record, error: Exception) -> None:
        log.error("%s cannot be shown: %s", place, type(error).__name__)
        arrived: Arrived[Any] = Arrived(place, record, None, cause_of(error))
        letter = letter_of_record(NAME, "", arrived, self._clock.now())
        await bury(connection, "streams", letter)
        metrics.DEAD_LETTERS.labels(NAME, "").inc()

    async def _redrive(self, connection: Connection) -> None:
        for letter_id, data in await redriving(connection, "streams", NAME, LETTERS_MAX):
            letter = DeadLetter.FromString(data)
            place = Place(letter.place.topic, letter.place.partition, letter.place.offset)
            error = await self._failed(connection, [record_of(place, letter.record)])
            after = LetterState.BURIED if error else LetterState.HANDLED
            cause = cause_of(error) if error else ""
            await mark(connection, "streams", letter_id, LetterState.REDRIVING, after, cause)
