"""The PostgreSQL fold host: follows logs and keeps what a pure fold makes of them.

Cursor, state and derived rows move in one transaction, so a restart repeats the reading and never the
effect. Folding the logs again gives the same bytes (promise P10).

Each such transaction checks that the cursor stands where this host left it. It does not when a crash of the
server took back what was not yet on disk, when a commit took effect though its answer was lost, or when a
second host is at work; the host then reads on from the cursor.

No event ends it: a case whose fold fails is set aside, and the others go on (folding.py).
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, TypeVar

from psycopg import AsyncConnection, OperationalError, sql

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.cases_aside import CasesAside
from huiyin_kernel.clock import Clock, SystemClock
from huiyin_kernel.folding import Folding, Model
from huiyin_kernel.recounting import Recounting
from huiyin_kernel.telemetry.folds import FoldCounts
from huiyin_kernel.telemetry.following import followed

log = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")

BATCH_MAX = 500
QUEUE_MAX = 2_000
RETRY_SECONDS = 1.0
GATHER_SECONDS = 0.05
"""How long a batch gathers what comes after its first event: a transaction costs more than an event."""

LOOK_SECONDS = 1.0
"""Between looks for cases that are to be folded again."""

Item = tuple[str, Event | None, int]
"""The name of a log, an event of it (or none that concerns the reader), and how far it is read with that."""
_LOOK: Item = ("", None, 0)

_MOVE_CURSORS = (
    "INSERT INTO {}.projection_cursor (model, log, position)"
    " SELECT %s, log, position FROM unnest(%b::text[], %s::bigint[]) AS new (log, position)"
    " ON CONFLICT (model, log) DO UPDATE SET position = EXCLUDED.position, updated = now()"
)


Follow = Callable[[int], AsyncGenerator[tuple[Event | None, int], None]]


class Projection:
    """One model kept in one schema, fed from several logs."""

    def __init__(self, dsn: str, schema: str, model: Model[Any], clock: Clock | None = None) -> None:
        self._dsn, self._schema, self._model = dsn, schema, model
        self._queue: asyncio.Queue[Item] = asyncio.Queue(QUEUE_MAX)
        self.positions: dict[str, int] = {}
        self._connection: AsyncConnection[Any] | None = None
        name = f"{schema}-{model.name}"
        self._counts = FoldCounts(name, lambda: self._queue.qsize())
        aside = CasesAside(schema, model.name, name, clock or SystemClock())
        self._folding = Folding(schema, model, aside, self._counts)
        self._recounting = Recounting(schema, model)

    async def run(self, feeds: Mapping[str, Follow]) -> None:
        """Follows the logs for ever; over outages of feeds and database."""
        try:
            while True:
                self.positions = await self._patiently(partial(self._saved_positions, feeds))
                await self._patiently(self._begin)
                await self._read_on(feeds)
                log.warning("projection %s is not where it was left: reading on from there", self._model.name)
                self._counts.restarts.inc()
        finally:
            if self._connection is not None:
                await self._connection.close()

    async def _read_on(self, feeds: Mapping[str, Follow]) -> None:
        """Reads and folds; returns when the cursor was moved by another hand."""
        self._queue = asyncio.Queue(QUEUE_MAX)
        self._counts.begin(self.positions)
        async with asyncio.TaskGroup() as group:
            readers = [group.create_task(self._read(name, follow)) for name, follow in feeds.items()]
            readers.append(group.create_task(self._look()))
            while await self._patiently(partial(self._apply, await self._batch())):
                pass
            for reader in readers:
                reader.cancel()

    async def _saved_positions(self, logs: Collection[str]) -> dict[str, int]:
        connection = await self._connected()
        query = self._sql("SELECT log, position FROM {}.projection_cursor WHERE model = %s FOR UPDATE")
        rows = await (await connection.execute(query, (self._model.name,))).fetchall()
        return dict.fromkeys(logs, 0) | {name: position for name, position in rows if name in logs}

    async def _begin(self) -> None:
        await self._recounting.begin(await self._connected())

    async def _connected(self) -> AsyncConnection[Any]:
        if self._connection is None or self._connection.closed or self._connection.broken:
            options = "-c synchronous_commit=off"  # what a crash takes back is noticed and folded again
            self._connection = await AsyncConnection.connect(self._dsn, autocommit=True, options=options)
        return self._connection

    async def _read(self, name: str, follow: Follow) -> None:
        source = follow(self.positions[name])
        async with aclosing(followed(self._counts.following[name], source)) as items:
            async for envelope, position in items:
                await self._queue.put((name, envelope, position))

    async def _batch(self) -> list[Item]:
        batch = [await self._queue.get()]
        if self._queue.qsize() < BATCH_MAX:
            await asyncio.sleep(GATHER_SECONDS)
        while len(batch) < BATCH_MAX and not self._queue.empty():
            batch.append(self._queue.get_nowait())
        return batch

    async def _patiently(self, work: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """Does it when the database is there, however long that takes."""
        while True:
            try:
                return await work()
            except OperationalError as error:
                log.warning("projection %s waits for the database: %s", self._model.name, error)
                self._counts.retries.inc()
            await asyncio.sleep(RETRY_SECONDS)

    async def _apply(self, batch: Sequence[Item]) -> bool:
        """Folds the batch in; False, and nothing done, when it does not follow what is saved."""
        events = [envelope for _, envelope, _ in batch if envelope is not None]
        positions = {name: position for name, _, position in batch if name}
        looks = any(not name for name, _, _ in batch)
        connection = await self._connected()
        wanted = looks and await self._folding.has_work(connection)
        if not (positions or wanted):
            return True
        done = self._counts.batch(events)
        async with connection.transaction():
            if await self._saved_positions(self.positions.keys()) != self.positions:
                return False
            await self._folding.take(connection, events)
            await self._recounting.take(connection, events)
            if wanted:
                await self._folding.redrive(connection)
            await self._move(connection, positions)
        self.positions |= positions
        done(positions)
        return True

    async def _move(self, connection: AsyncConnection[Any], positions: Mapping[str, int]) -> None:
        if positions:
            moved = (self._model.name, list(positions), list(positions.values()))
            await connection.execute(self._sql(_MOVE_CURSORS), moved)

    async def _look(self) -> None:
        """Lets the fold look, from time to time, for cases that are to be folded again."""
        while True:
            await self._queue.put(_LOOK)
            await asyncio.sleep(LOOK_SECONDS)

    def _sql(self, text: str) -> sql.Composed:
        return sql.SQL(text).format(sql.Identifier(self._schema))
