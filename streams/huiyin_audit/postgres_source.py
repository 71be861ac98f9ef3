"""Logs read straight from their tables by the auditor's role, all in one snapshot that does not move."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, LiteralString, NamedTuple, TypeVar

import psycopg
from psycopg import AsyncConnection, IsolationLevel, errors, sql

from huiyin_audit.sources import Follower, RequestSpan, StreamHead
from huiyin_audit.verify import HashedEvent
from huiyin_kernel.codec import context_of
from huiyin_store.port import RecordedEvent, StoredKey

_EVENT_PAGE = 1000
_ROW_PAGE = 5000

RowT = TypeVar("RowT", bound=NamedTuple)

_SIZE = "SELECT coalesce(max(position), 0) FROM {}.event"
_EVENTS = (
    "SELECT position, stream, version, event_id, type, recorded, occurred, meta, data, previous_hash, hash"
    " FROM {}.event WHERE position > %s ORDER BY position LIMIT %s"
)
_HASHED = (
    "SELECT position, version, stream, type, uuid_send(event_id), timestamptz_send(recorded),"
    " timestamptz_send(occurred), meta, data, previous_hash, hash"
    " FROM {}.event WHERE position > {} AND position <= {} ORDER BY position"
)
_HEADS = "SELECT stream, version, position, hash FROM {}.stream"
_REQUESTS = (
    "SELECT request_id::text, first_position, last_position FROM {}.request"
    " WHERE first_position > 0 ORDER BY first_position, last_position"
)
_FOLLOWERS: Mapping[str, LiteralString] = {
    "cursor": "SELECT consumer, position FROM {}.cursor WHERE log = %s",
    "projection_cursor": "SELECT model, position FROM {}.projection_cursor WHERE log = %s",
}
_VAULT = "SELECT key_id::text, wrapped IS NOT NULL FROM {}.key"
_KEYS = "SELECT key_id, subject, wrapped, master FROM {}.key"
_OPTIONS = "-c timezone=UTC -c idle_in_transaction_session_timeout=0"
"""One connection waits in its snapshot, however long others read in it."""
_EXISTS = "SELECT to_regclass(%s) IS NOT NULL"


class LogMissingError(Exception):
    """The database has no such log, or the role may not read it."""


def _seeing(snapshot_name: str) -> sql.Composed:
    return sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot_name))


@asynccontextmanager
async def snapshot(dsn: str, shared: str = "") -> AsyncIterator[AsyncConnection[Any]]:
    """A connection that sees the database as it is now, however long it is used; or as another one sees it.

    `shared` names what that other one gave out with `share`: it must be open still.
    """
    async with await AsyncConnection.connect(dsn, options=_OPTIONS) as connection:
        await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
        await connection.set_read_only(True)
        if shared:
            await connection.execute(_seeing(shared))
        yield connection


class SharedSnapshot(NamedTuple):
    """What one connection sees, for others, as long as its transaction is open."""

    dsn: str
    name: str

    def open(self) -> AbstractAsyncContextManager[AsyncConnection[Any]]:
        """Another connection that sees the same."""
        return snapshot(self.dsn, self.name)

    def hashed(self, log: str, after: int, until: int) -> Iterator[Sequence[HashedEvent]]:
        """A log's events from one position to another as they are hashed, page by page."""
        return self._pages(_HASHED, context_of(log), after, until)

    def heads(self, log: str) -> Iterator[Sequence[StreamHead]]:
        """Its table of streams."""
        return self._pages(_HEADS, context_of(log))

    def requests(self, log: str) -> Iterator[Sequence[RequestSpan]]:
        """Its table of requests, by first position."""
        return self._pages(_REQUESTS, context_of(log))

    def vault(self, log: str) -> Iterator[Sequence[tuple[str, bool]]]:
        """The keys of its vault, and whether they are there still."""
        return self._pages(_VAULT, context_of(log))

    def _pages(self, query: LiteralString, schema: str, *bounds: int) -> Iterator[Sequence[Any]]:
        """Read without an event loop, which takes longer than the reading."""
        with psycopg.connect(self.dsn, options=_OPTIONS) as connection:
            connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
            connection.execute(_seeing(self.name))
            with connection.cursor("audit_rows", binary=True) as cursor:
                cursor.execute(sql.SQL(query).format(sql.Identifier(schema), *bounds))
                while page := cursor.fetchmany(_EVENT_PAGE):
                    yield page


async def share(dsn: str, connection: AsyncConnection[Any]) -> SharedSnapshot:
    """Gives out what a connection to this database sees."""
    rows = await (await connection.execute("SELECT pg_export_snapshot()")).fetchall()
    return SharedSnapshot(dsn, str(rows[0][0]))


class PostgresSource:
    """One log in a snapshot. `others` are the schemas in which consumers of it keep their cursors."""

    def __init__(self, connection: AsyncConnection[Any], log: str, others: Sequence[str] = ()) -> None:
        self._connection, self.log = connection, log
        self._schema, self._others = context_of(log), others

    async def check(self) -> None:
        """Raises LogMissingError, with what to do, when the log cannot be read."""
        try:
            await self._connection.execute(self._sql("SELECT FROM {}.event LIMIT 0"))
        except (errors.UndefinedTable, errors.InsufficientPrivilege) as error:
            message = f"log {self.log} cannot be read ({error.diag.message_primary}): check DSN and role"
            raise LogMissingError(message) from error

    async def size(self) -> int:
        row = await (await self._connection.execute(self._sql(_SIZE))).fetchone()
        return int(row[0]) if row else 0

    async def events(self) -> AsyncIterator[Sequence[RecordedEvent]]:
        after, query = 0, self._sql(_EVENTS)
        async with self._connection.cursor(binary=True) as cursor:
            while True:
                await cursor.execute(query, (after, _EVENT_PAGE), prepare=True)
                page = list(map(RecordedEvent._make, await cursor.fetchall()))
                if not page:
                    return
                yield page
                after = page[-1].position

    def heads(self) -> AsyncIterator[Sequence[StreamHead]]:
        return self._rows(_HEADS, StreamHead)

    def requests(self) -> AsyncIterator[Sequence[RequestSpan]]:
        return self._rows(_REQUESTS, RequestSpan)

    def keys(self) -> AsyncIterator[Sequence[StoredKey]]:
        """The vault's rows: wrapped keys, and those that were destroyed."""
        return self._rows(_KEYS, StoredKey)

    async def followers(self) -> Sequence[Follower]:
        found: list[Follower] = []
        for schema in self._others:
            for table, query in _FOLLOWERS.items():
                if await self._exists(f"{schema}.{table}"):
                    cursor = await self._connection.execute(_with_schema(query, schema), (self.log,))
                    found += [Follower(f"{schema}/{name}", position) async for name, position in cursor]
        return found

    async def _exists(self, table: str) -> bool:
        """Not every schema has followers of both kinds: inboxes and read models."""
        row = await (await self._connection.execute(_EXISTS, (table,))).fetchone()
        return bool(row and row[0])

    async def _rows(self, query: LiteralString, row: type[RowT]) -> AsyncIterator[Sequence[RowT]]:
        """Pages through a server-side cursor: the tables may be larger than memory."""
        async with self._connection.cursor("audit_rows", binary=True) as cursor:
            await cursor.execute(self._sql(query))
            while page := await cursor.fetchmany(_ROW_PAGE):
                yield list(map(row._make, page))

    def _sql(self, text: LiteralString) -> sql.Composed:
        return _with_schema(text, self._schema)


def _with_schema(text: LiteralString, schema: str) -> sql.Composed:
    return sql.SQL(text).format(sql.Identifier(schema))
