"""One exchange process is at work at a time; another waits, and takes over at once when the first is gone.

A process holds a session lock of the database and a row that says until when it may act. The lock ends with
the process, however that ends. A process that stands still keeps its lock, but not its time: when that has
passed, the one that waits ends its session. What the first does when it wakes up fails at the row's epoch.
"""

import asyncio
import logging
import time
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, OperationalError

from huiyin_kernel.ids import uuid7

log = logging.getLogger(__name__)

LEASE_SECONDS = 10.0
RENEW_SECONDS = 2.0
RETRY_SECONDS = 0.2
_LOCK = 1_163_412_807
_NAME = "exchange"

_TAKE = """
INSERT INTO exchange.lease (name, owner, epoch, until)
VALUES (%(name)s, %(owner)s, 1, now() + make_interval(secs => %(seconds)s))
ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, epoch = lease.epoch + 1, until = excluded.until
RETURNING epoch
"""
_RENEW = """
UPDATE exchange.lease SET until = now() + make_interval(secs => %(seconds)s)
WHERE name = %(name)s AND owner = %(owner)s AND epoch = %(epoch)s RETURNING 1
"""
_END_THE_LATE = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objid = %(lock)s
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND EXISTS (SELECT FROM exchange.lease WHERE name = %(name)s AND until < now())
"""
FENCE = "SELECT FROM exchange.lease WHERE name = 'exchange' AND owner = %s AND epoch = %s FOR KEY SHARE"
"""One row while this process holds the lease; nobody takes it over before the transaction has ended."""


class LeaseLostError(Exception):
    """Another process has taken over: this one may not write any more."""


class Lease:
    """The right to give receipts."""

    def __init__(self, dsn: str) -> None:
        self._dsn, self.owner = dsn, uuid7()
        self.epoch = 0
        self._until = 0.0
        self._held = asyncio.Event()
        self._connection: AsyncConnection[Any] | None = None
        self._has_lock = False

    @property
    def claim(self) -> tuple[UUID, int]:
        """What FENCE is asked with."""
        return self.owner, self.epoch

    @property
    def seconds_left(self) -> float:
        """How long this process may still act without asking again; not positive when it may not."""
        return self._until - time.monotonic()

    @property
    def is_held(self) -> bool:
        """Whether this process is at work."""
        return self._held.is_set()

    async def until_held(self) -> None:
        """Waits for its turn."""
        await self._held.wait()

    async def run(self) -> None:
        """Takes the lease when it can be had and keeps it. Raises LeaseLostError when it was taken over."""
        try:
            while not await self._over_outages(self._take):
                await asyncio.sleep(RETRY_SECONDS)
            self._held.set()
            log.info("exchange: at work, epoch %d", self.epoch)
            while True:
                await asyncio.sleep(RENEW_SECONDS)
                await self._over_outages(self._renew)
        finally:
            self._held.clear()
            await self._close()

    async def _over_outages(self, step: Any) -> Any:
        while True:
            try:
                return await step(await self._connected())
            except OperationalError as error:
                log.warning("exchange: the lease waits for the database: %s", error)
            await self._close()
            await asyncio.sleep(RETRY_SECONDS)

    async def _take(self, connection: AsyncConnection[Any]) -> bool:
        if not await self._locked(connection):
            await connection.execute(_END_THE_LATE, {"lock": _LOCK, "name": _NAME})
            return False
        async with connection.transaction():
            # Waits for those who asked FENCE under the last epoch.
            await connection.execute("SELECT FROM exchange.lease WHERE name = %s FOR UPDATE", (_NAME,))
            asked = time.monotonic()
            ((self.epoch,),) = await (await connection.execute(_TAKE, self._values())).fetchall()
        self._until = asked + LEASE_SECONDS
        return True

    async def _renew(self, connection: AsyncConnection[Any]) -> None:
        asked = time.monotonic()
        renewed = await self._locked(connection) and (
            await (await connection.execute(_RENEW, self._values())).fetchone()
        )
        if not renewed:
            raise LeaseLostError(f"another exchange process has taken over from epoch {self.epoch}")
        self._until = asked + LEASE_SECONDS

    async def _locked(self, connection: AsyncConnection[Any]) -> bool:
        """Whether this session has the lock; taken once, it stays with the session."""
        if not self._has_lock:
            cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,))
            ((self._has_lock,),) = await cursor.fetchall()
        return self._has_lock

    def _values(self) -> dict[str, object]:
        return {"name": _NAME, "owner": self.owner, "epoch": self.epoch, "seconds": LEASE_SECONDS}

    async def _connected(self) -> AsyncConnection[Any]:
        if self._connection is None:
            self._connection = await AsyncConnection.connect(
                self._dsn, autocommit=True, connect_timeout=5, application_name="huiyin exchange lease"
            )
        return self._connection

    async def _close(self) -> None:
        connection, self._connection, self._has_lock = self._connection, None, False
        if connection is not None:
            await connection.close()
