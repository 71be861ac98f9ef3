"""The one loop of every fold that is kept in PostgreSQL: batches of a source, folded in under a lease.

What a batch changes and where the fold stands move in one transaction, so a restart repeats the reading and
never the effect. Each such transaction asks the lease whether the fold still stands where this host left it.
It does not when a crash of the server took back what was not yet on disk, when a commit took effect though
its answer was lost, or when a second host is at work; the host then reads on from where the database says.
So nothing that a fold remembers of the database outlives that question.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, Protocol, TypeVar

from psycopg import AsyncConnection, IntegrityError, InterfaceError, OperationalError, sql

from huiyin_kernel.telemetry import metrics
from huiyin_store.durable_reads import LOOK, set_within

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
LOOK_SECONDS = 1.0
"""Between looks for what is to be done though no batch brings it, such as cases to be folded again."""
QUIET_SECONDS = 10.0
"""The same while nothing comes at all: whoever leaves something to be done says so (`LOOK`)."""

Connection = AsyncConnection[Any]
PlaceT = TypeVar("PlaceT")
BatchT = TypeVar("BatchT")
PlaceT_contra = TypeVar("PlaceT_contra", contravariant=True)
BatchT_contra = TypeVar("BatchT_contra", contravariant=True)
BatchT_co = TypeVar("BatchT_co", covariant=True)


class Source(Protocol[PlaceT_contra, BatchT_co]):
    """Where batches come from."""

    def batches(self, place: PlaceT_contra) -> AsyncGenerator[BatchT_co, None]:
        """What comes after a place, for ever, over outages of whatever it is read from."""
        ...


class FoldLease(Protocol[PlaceT, BatchT_contra]):
    """Where a fold stands, as the database has it; whoever asks holds it until the transaction ends."""

    async def place(self, connection: Connection) -> PlaceT: ...

    async def move(self, connection: Connection, place: PlaceT, batch: BatchT_contra) -> PlaceT:
        """Where it stands after a batch, which was folded at that place."""
        ...


class Fold(Protocol[PlaceT_contra, BatchT]):
    """What becomes of batches; `name` is what logs and metrics call it."""

    name: str

    async def begin(self, connection: Connection, place: PlaceT_contra) -> None:
        """It goes on from here, in the caller's transaction: what it knew of the database is forgotten."""
        ...

    async def take(self, connection: Connection, batch: BatchT) -> None:
        """Folds a batch in, in the caller's transaction."""
        ...

    async def look(self, connection: Connection) -> BatchT | None:
        """What is to be done though nothing came; None: nothing."""
        ...

    def done(self, batch: BatchT, place: PlaceT_contra) -> None:
        """The batch is committed, and this is where the fold stands."""
        ...


class OwnConnection:
    """A connection of one's own, such as a fold's; `durable`: what is committed is on disk first."""

    def __init__(self, dsn: str, *, durable: bool = False, listens: str = LOOK) -> None:
        self._dsn, self._listen = dsn, sql.SQL("LISTEN {}").format(sql.Identifier(listens))
        # Without: what a crash takes back is noticed by the lease, and folded again.
        self._options = f"-c synchronous_commit={'on' if durable else 'off'}"
        self._connection: Connection | None = None

    async def connected(self) -> Connection:
        """The connection, opened again if need be."""
        if self._connection is None or self._connection.closed or self._connection.broken:
            self._connection = await AsyncConnection.connect(
                self._dsn, autocommit=True, options=self._options
            )
            await self._connection.execute(self._listen)
        return self._connection

    async def told(self, seconds: float) -> list[str]:
        """What the database told since it was last asked, as soon as there is any, or after that time."""
        connection = await self.connected()
        if notices := await _notices(connection):
            return notices
        await _readable(connection.fileno(), seconds)
        return await _notices(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A transaction on it."""
        connection = await self.connected()
        async with connection.transaction():
            yield connection

    async def aclose(self) -> None:
        """Closes it; the next use opens another."""
        if self._connection is not None:
            await self._connection.close()


async def _notices(connection: Connection) -> list[str]:
    return [notice.payload async for notice in connection.notifies(timeout=0)]


async def _readable(socket: int, seconds: float) -> None:
    """Returns when something can be read, or after that time; psycopg itself wakes ten times a second."""
    readable, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(socket, readable.set)
    try:
        await set_within(readable, seconds)
    finally:
        loop.remove_reader(socket)


async def run_fold(
    source: Source[PlaceT, BatchT],
    fold: Fold[PlaceT, BatchT],
    sink: OwnConnection,
    lease: FoldLease[PlaceT, BatchT],
) -> None:
    """Folds for ever, over outages of source and database. What comes of neither is raised."""
    retries = metrics.FOLD_RETRIES.labels(fold.name)
    restarts = metrics.FOLD_RESTARTS.labels(fold.name)
    try:
        while True:
            try:
                await _read_on(source, fold, sink, lease)
                log.warning("%s is not where it was left: reading on from there", fold.name)
                restarts.inc()
                continue
            except (OperationalError, InterfaceError) as error:
                log.warning("%s waits for the database: %s", fold.name, error)
            except IntegrityError:
                log.exception("%s cannot go on from where it stands", fold.name)
            retries.inc()
            await asyncio.sleep(RETRY_SECONDS)
    finally:
        await sink.aclose()


async def _read_on(
    source: Source[PlaceT, BatchT],
    fold: Fold[PlaceT, BatchT],
    sink: OwnConnection,
    lease: FoldLease[PlaceT, BatchT],
) -> None:
    """Folds batch after batch; returns when the fold was moved by another hand."""
    async with sink.transaction() as connection:
        place = await lease.place(connection)
        await fold.begin(connection, place)
    async with aclosing(_with_looks(source.batches(place), sink)) as batches:
        async for found in batches:
            batch = found or await fold.look(await sink.connected())
            if batch is None:
                continue
            async with sink.transaction() as connection:
                if await lease.place(connection) != place:
                    return
                await fold.take(connection, batch)
                place = await lease.move(connection, place, batch)
            fold.done(batch, place)


async def _with_looks(
    batches: AsyncGenerator[BatchT, None], sink: OwnConnection
) -> AsyncGenerator[BatchT | None, None]:
    """The batches, and None when it is time to look; while nothing comes, that is when the sink is told."""
    pending, look_at, came, quiet = None, time.monotonic(), True, False
    try:
        while True:
            pending = pending or asyncio.ensure_future(anext(batches))
            if time.monotonic() >= look_at:
                yield None
                quiet, came, look_at = not came, False, time.monotonic() + LOOK_SECONDS
            if quiet:
                await _until_told(pending, sink)
                look_at = time.monotonic()
            else:
                await asyncio.wait({pending}, timeout=look_at - time.monotonic())
            if pending.done():
                found, pending, came, quiet = pending.result(), None, True, False
                yield found
    finally:
        if pending is not None:
            pending.cancel()
            await asyncio.gather(pending, return_exceptions=True)
        await batches.aclose()


async def _until_told(pending: "asyncio.Future[BatchT]", sink: OwnConnection) -> None:
    """Returns when a batch comes, when the sink is told of something, or after a while."""
    told = asyncio.ensure_future(sink.told(QUIET_SECONDS))
    either: set[asyncio.Future[Any]] = {pending, told}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if told.done():
            told.result()
    finally:
        told.cancel()
        await asyncio.gather(told, return_exceptions=True)
