"""No reader ever passes over an event that becomes visible late; a store that numbers rows by sequence does.

The interleaving: A appends and stays open, B appends, the reader looks, A commits, the reader looks again.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from psycopg import AsyncConnection, sql

from huiyin_store.batch import register
from huiyin_store.session import Session
from tests.contract.store_making import append_unflushed, one, stream_name
from tests.support.databases import LogPlace

Connection = AsyncConnection[tuple[object, ...]]


class LateLog(Protocol):
    """What the interleaving needs of a log."""

    async def append(self, connection: Connection) -> None:
        """Appends one event in the connection's transaction."""
        ...

    async def read(self, after: int) -> list[int]:
        """Positions above `after`, as a reader sees them now."""
        ...

    async def stored(self) -> list[int]:
        """All positions in the end."""
        ...


@asynccontextmanager
async def open_transaction(dsn: str, schema: str) -> AsyncIterator[Connection]:
    async with await AsyncConnection.connect(dsn, options=f"-c search_path={schema}") as connection:
        register(connection.adapters)
        yield connection


async def seen_by_a_reader(log: LateLog, place: LogPlace) -> list[int]:
    """Runs the interleaving and gives the positions that a reader got who only ever asks for more."""
    async with (
        open_transaction(place.dsn, place.schema) as a,
        open_transaction(place.dsn, place.schema) as b,
    ):
        await log.append(a)
        second = asyncio.create_task(_append_and_commit(log, b))
        await asyncio.wait({second}, timeout=0.3)  # it may have to wait for the first
        seen = await log.read(0)
        await a.commit()
        await second
    return seen + await log.read(seen[-1] if seen else 0)


async def _append_and_commit(log: LateLog, connection: Connection) -> None:
    await log.append(connection)
    await connection.commit()


class OurLog:
    """The event store's own append and read."""

    def __init__(self, place: LogPlace) -> None:
        self._place = place

    async def append(self, connection: Connection) -> None:
        await append_unflushed(Session(connection), one(stream_name()))

    async def read(self, after: int) -> list[int]:
        store = await self._place.open()
        try:
            return [event.position for event in await store.read(after)]
        finally:
            await store.aclose()

    async def stored(self) -> list[int]:
        return await self.read(0)


class NaiveLog:
    """What is usually written: a sequence gives the position, a reader asks for what is above its last."""

    def __init__(self, place: LogPlace) -> None:
        self._place = place

    async def make(self) -> None:
        async with await self._place.admin() as admin:
            await admin.execute("CREATE TABLE naive (position bigserial PRIMARY KEY, data text)")
            role = sql.Identifier(f"huiyin_{self._place.schema}")
            await admin.execute(sql.SQL("GRANT ALL ON naive, naive_position_seq TO {}").format(role))

    async def append(self, connection: Connection) -> None:
        await connection.execute("INSERT INTO naive (data) VALUES ('event')")

    async def read(self, after: int) -> list[int]:
        async with await self._place.service() as service:
            query = "SELECT position FROM naive WHERE position > %s ORDER BY position"
            cursor = await service.execute(query, (after,))
            return [int(str(position)) for (position,) in await cursor.fetchall()]

    async def stored(self) -> list[int]:
        return await self.read(0)


async def test_a_reader_loses_nothing_when_an_append_commits_late(log_place: LogPlace) -> None:
    log = OurLog(log_place)
    assert await seen_by_a_reader(log, log_place) == await log.stored() == [1, 2]


async def test_the_same_reader_loses_an_event_of_a_naive_log(log_place: LogPlace) -> None:
    log = NaiveLog(log_place)
    await log.make()
    seen = await seen_by_a_reader(log, log_place)
    assert (seen, await log.stored()) == ([2], [1, 2])


async def test_a_transaction_that_began_earlier_appends_later(log_place: LogPlace) -> None:
    """Its transaction id is older; its position is not."""
    log = OurLog(log_place)
    async with (
        open_transaction(log_place.dsn, log_place.schema) as older,
        open_transaction(log_place.dsn, log_place.schema) as younger,
    ):
        await older.execute("SELECT pg_current_xact_id()")
        await _append_and_commit(log, younger)
        assert await log.read(0) == [1]
        await _append_and_commit(log, older)
    assert await log.read(1) == [2]


async def test_a_long_transaction_elsewhere_hides_nothing_and_stops_nobody(log_place: LogPlace) -> None:
    store = await log_place.open()
    async with open_transaction(log_place.admin_dsn, log_place.schema) as elsewhere:
        await elsewhere.execute("CREATE TABLE elsewhere ()")
        await asyncio.wait_for(store.append(one(stream_name())), 1)
        assert [event.position for event in await store.read(0)] == [1]
    await store.aclose()


async def test_an_append_that_is_rolled_back_leaves_no_gap(log_place: LogPlace) -> None:
    log = OurLog(log_place)
    async with open_transaction(log_place.dsn, log_place.schema) as connection:
        await log.append(connection)
        await log.append(connection)
        await connection.rollback()
        await _append_and_commit(log, connection)
    assert await log.read(0) == [1]
