"""Writes what the workers put out into the tables for display: the PostgreSQL end of their topics.

Offsets and rows move in one transaction. A value that comes again writes the same row again. What the tables
held before their first offset, such as rows of the local runner, is forgotten. A record that is no output, or
cannot be shown, becomes a dead letter, and the others go on.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any, Protocol

from psycopg import AsyncConnection, OperationalError

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin_kafka.wire import read_output
from huiyin_kernel.arrived import Arrived, Place, Record, record_of
from huiyin_kernel.cases_aside import is_of_the_event
from huiyin_kernel.clock import Clock, SystemClock
from huiyin_kernel.dead_letters import cause_of, letter_of_record
from huiyin_kernel.telemetry import metrics
from huiyin_store.letters import LetterState
from huiyin_streams.sink_rows import forget_rows, write_outputs

RETRY_SECONDS = 1.0
NAME = "display"
"""What metrics and letters call it."""
LETTERS_MAX = 100
"""Letters that are driven again with one batch."""

_OFFSETS = 'SELECT topic, "partition", next_offset FROM streams.stream_offset'
_SAVE = """
INSERT INTO streams.stream_offset (topic, "partition", next_offset) VALUES (%s, %s, %s)
ON CONFLICT (topic, "partition") DO UPDATE SET next_offset = EXCLUDED.next_offset
"""
_BURY = "SELECT streams.bury(%s, %s, %b, '', 0)"
_REDRIVING = """
SELECT letter_id, letter FROM streams.dead_letter WHERE state = 2 AND consumer = %s ORDER BY sequence LIMIT %s
"""
_MARK = "SELECT streams.mark_letter(%s, %s, %s, %s)"
_ONE_AT_A_TIME = "LOCK TABLE streams.stream_offset IN SHARE ROW EXCLUSIVE MODE"

Offsets = dict[tuple[str, int], int]

log = logging.getLogger(__name__)


class Batch(Protocol):
    """What is read at once."""

    @property
    def records(self) -> Sequence[tuple[Place, Record]]: ...

    @property
    def next_offsets(self) -> Any: ...

    @property
    def unread(self) -> int: ...


Batches = Callable[[Offsets], AsyncGenerator[Any, None]]


class SinkHost:
    """Follows the topics for ever."""

    def __init__(self, dsn: str, batches: Batches, clock: Clock | None = None) -> None:
        self._dsn, self._batches, self._clock = dsn, batches, clock or SystemClock()
        self._connection: AsyncConnection[Any] | None = None
        self._outputs = metrics.WORKER_OUTPUTS.labels(NAME)
        self._unread = metrics.WORKER_LAG.labels(NAME, "outputs")

    async def run(self) -> None:
        """Over outages of the database; the reader goes over those of the brokers."""
        try:
            while True:
                try:
                    await self._follow(await self._saved())
                except OperationalError as error:
                    log.warning("the tables for display wait for the database: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
        finally:
            if self._connection is not None:
                await self._connection.close()

    async def _follow(self, offsets: Offsets) -> None:
        """Writes batch after batch; returns when the offsets were moved by another hand."""
        async with aclosing(self._batches(dict(offsets))) as batches:
            async for batch in batches:
                if not await self._write(batch, offsets):
                    log.warning("the tables for display are not where they were left: reading on from there")
                    return
                offsets |= batch.next_offsets
                self._unread.set(batch.unread)

    async def _saved(self) -> Offsets:
        connection = await self._connected()
        rows = await (await connection.execute(_OFFSETS)).fetchall()
        return {(topic, number): offset for topic, number, offset in rows}

    async def _write(self, batch: Batch, offsets: Offsets) -> bool:
        connection = await self._connected()
        async with connection.transaction():
            await connection.execute(_ONE_AT_A_TIME)
            if await self._saved() != offsets:
                return False
            if not offsets:
                await forget_rows(connection)
            await self._redrive(connection)
            count = await self._show(connection, batch.records)
            moved = [(topic, number, offset) for (topic, number), offset in batch.next_offsets.items()]
            await connection.cursor().executemany(_SAVE, moved)
        self._outputs.inc(count)
        return True

    async def _show(self, connection: AsyncConnection[Any], records: Sequence[tuple[Place, Record]]) -> int:
        """Writes what records carry, together or, where one stands against that, one by one."""
        written = await self._written(connection, [record for _, record in records])
        if not isinstance(written, Exception):
            return written
        count = 0
        for place, record in records:
            one = await self._written(connection, [record])
            if isinstance(one, Exception):
                await self._bury(connection, place, record, one)
            else:
                count += one
        return count

    async def _written(self, connection: AsyncConnection[Any], records: Sequence[Record]) -> int | Exception:
        """How many rows were written; or what stands against it, and then nothing is done."""
        try:
            async with connection.transaction():
                return await write_outputs(connection, [read_output(record) for record in records])
        except Exception as error:  # every failure is the caller's to say, but for those of no record
            if not is_of_the_event(error):
                raise
            return error

    async def _bury(
        self, connection: AsyncConnection[Any], place: Place, record: Record, error: Exception
    ) -> None:
        log.error("%s cannot be shown: %s", place, type(error).__name__)
        arrived: Arrived[Any] = Arrived(place, record, None, cause_of(error))
        letter = letter_of_record(NAME, "", arrived, self._clock.now())
        await connection.execute(_BURY, (letter.letter_id, letter.consumer, letter.letter))
        metrics.DEAD_LETTERS.labels(NAME, "").inc()

    async def _redrive(self, connection: AsyncConnection[Any]) -> None:
        """Shows what somebody wants shown after all; before anything newer is."""
        rows = await connection.execute(_REDRIVING, (NAME, LETTERS_MAX), binary=True)
        for letter_id, data in await rows.fetchall():
            letter = DeadLetter.FromString(data)
            place = Place(letter.place.topic, letter.place.partition, letter.place.offset)
            written = await self._written(connection, [record_of(place, letter.record)])
            failed = isinstance(written, Exception)
            after = LetterState.BURIED if failed else LetterState.HANDLED
            cause = cause_of(written) if isinstance(written, Exception) else ""
            await connection.execute(_MARK, (letter_id, int(LetterState.REDRIVING), int(after), cause))

    async def _connected(self) -> AsyncConnection[Any]:
        if self._connection is None or self._connection.closed or self._connection.broken:
            options = "-c synchronous_commit=off"  # what a crash takes back is noticed and read again
            self._connection = await AsyncConnection.connect(self._dsn, autocommit=True, options=options)
        return self._connection
