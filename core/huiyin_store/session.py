"""A connection to one log: what is said on it, and how a lost one is replaced."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Self, TypeVar

import psycopg
from psycopg import AsyncConnection

from huiyin_store.batch import PARAMETERS, AnswerRow, EncodedAppend, parameters, register
from huiyin_store.limits import StoreLimits
from huiyin_store.port import StoreUnavailableError

log = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")

_APPEND = (
    b"CALL append_durably(" + b",".join([b"%b"] * PARAMETERS + [b"NULL"] * len(AnswerRow._fields)) + b")"
)
_FLUSH = b"SELECT pg_logical_emit_message(false, 'huiyin.flush', '', true)"

PASSING = (psycopg.OperationalError, psycopg.InterfaceError)
"""The database is away or too busy: the same call may succeed later."""


class Session:
    """One connection, on which every statement is a transaction of its own."""

    def __init__(self, connection: AsyncConnection[tuple[Any, ...]]) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, dsn: str, schema: str, limits: StoreLimits) -> Self:
        """Connects. Raises psycopg.OperationalError."""
        connection = await AsyncConnection.connect(
            dsn,
            autocommit=True,
            connect_timeout=limits.connect_seconds,
            keepalives_idle=limits.silence_seconds // 2,
            tcp_user_timeout=limits.silence_seconds * 1000,
            application_name=f"huiyin store {schema}",
            options=f"-c search_path={schema} -c timezone=UTC",
        )
        register(connection.adapters)
        return cls(connection)

    async def rows(self, query: bytes, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        cursor = self._connection.cursor(binary=True)
        await cursor.execute(query, values, prepare=True, binary=True)
        return await cursor.fetchall()

    async def append(self, batch: Sequence[EncodedAppend]) -> list[AnswerRow]:
        """Appends and returns when durable.

        Commit and flush are one call on one connection: had the server gone down in between, its successor
        would flush what is left in good faith and not know what was lost.
        """
        ((*columns,),) = await self.rows(_APPEND, parameters(batch))
        return list(map(AnswerRow, *columns))

    async def flush(self) -> None:
        """Returns when everything that this session has seen is on disk."""
        await self.rows(_FLUSH)

    async def aclose(self) -> None:
        """Ends the connection, whatever state it is in."""
        with suppress(psycopg.Error):  # a broken one is as good as closed
            await self._connection.close()


class LogLink:
    """A session that is opened when it is needed, and again after it was lost. For one task at a time."""

    def __init__(
        self, dsn: str, schema: str, limits: StoreLimits, retried: Callable[[], None] | None = None
    ) -> None:
        self._dsn, self._schema, self._limits, self._retried = dsn, schema, limits, retried
        self._session: Session | None = None

    async def run(self, use: Callable[[Session], Awaitable[ResultT]]) -> ResultT:
        """Lets it use the session; all over again, on a new one, if the database went away in between.

        Raises StoreUnavailableError after the last attempt.
        """
        for attempt in range(1, self._limits.attempts + 1):
            try:
                return await use(await self._opened())
            except PASSING as error:
                log.warning("the store did not answer at attempt %d: %s", attempt, error)
                if self._retried:
                    self._retried()
                failure = error
            await self.aclose()
            await asyncio.sleep(self._limits.retry_delay(attempt))
        raise StoreUnavailableError(f"no answer after {attempt} attempts: {failure}") from failure

    async def _opened(self) -> Session:
        if self._session is None:
            self._session = await Session.open(self._dsn, self._schema, self._limits)
        return self._session

    async def aclose(self) -> None:
        """Gives up the session."""
        session, self._session = self._session, None
        if session is not None:
            await session.aclose()
