"""Writes what the workers put out into the tables for display: the PostgreSQL end of their topics.

Offsets and rows move in one transaction. A value that comes again writes the same row again. What the tables
held before their first offset, such as rows of the local runner, is forgotten.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any, Protocol

from psycopg import AsyncConnection, OperationalError

from huiyin_domain.streams.output import Output
from huiyin_kernel.kafka.record import Place, Record, UnreadableRecordError
from huiyin_kernel.kafka.wire_outputs import read_output
from huiyin_kernel.telemetry import metrics
from huiyin_streams.sink_rows import forget_rows, write_outputs

RETRY_SECONDS = 1.0
NAME = "display"
"""What the metrics call it."""

_OFFSETS = 'SELECT topic, "partition", next_offset FROM streams.stream_offset'
_SAVE = """
INSERT INTO streams.stream_offset (topic, "partition", next_offset) VALUES (%s, %s, %s)
ON CONFLICT (topic, "partition") DO UPDATE SET next_offset = EXCLUDED.next_offset
"""
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

    def __init__(self, dsn: str, batches: Batches) -> None:
        self._dsn, self._batches = dsn, batches
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
        outputs = list(_outputs(batch.records))
        connection = await self._connected()
        async with connection.transaction():
            await connection.execute(_ONE_AT_A_TIME)
            if await self._saved() != offsets:
                return False
            if not offsets:
                await forget_rows(connection)
            count = await write_outputs(connection, outputs)
            moved = [(topic, number, offset) for (topic, number), offset in batch.next_offsets.items()]
            await connection.cursor().executemany(_SAVE, moved)
        self._outputs.inc(count)
        return True

    async def _connected(self) -> AsyncConnection[Any]:
        if self._connection is None or self._connection.closed or self._connection.broken:
            options = "-c synchronous_commit=off"  # what a crash takes back is noticed and read again
            self._connection = await AsyncConnection.connect(self._dsn, autocommit=True, options=options)
        return self._connection


def _outputs(records: Sequence[tuple[Place, Record]]) -> Sequence[Output]:
    found = []
    for place, record in records:
        try:
            found.append(read_output(record))
        except UnreadableRecordError:
            log.exception("%s is no output of a worker and is not shown", place)
    return found
