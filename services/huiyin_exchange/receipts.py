"""The receipts of all agencies in the exchange's schema: given once, numbered densely, never changed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from huiyin.exchange.v1.types_pb2 import AgencyReceipt
from huiyin_exchange.letters import Buried, TopicCursor, letter_of
from huiyin_kernel.codec import timestamp
from huiyin_kernel.ids import uuid7
from huiyin_store.lease import Lease, LeaseLimits
from huiyin_store.letters import bury
from huiyin_store.port import WorldClock

Connection = AsyncConnection[tuple[Any, ...]]

_FIND = "SELECT mark, receipt FROM exchange.receipt WHERE agency = %s AND message_id = %s"
_AFTER = (
    "SELECT mark, receipt FROM exchange.receipt WHERE agency = %s AND number > %s ORDER BY number LIMIT %s"
)
_LAST = "SELECT number FROM exchange.agency WHERE agency = %s"
_NUMBER = """
INSERT INTO exchange.agency (agency, number) VALUES (%s, 1)
ON CONFLICT (agency) DO UPDATE SET number = agency.number + 1 RETURNING number
"""
_GIVE = """
INSERT INTO exchange.receipt (agency, number, message_id, mark, answered, receipt)
VALUES (%s, %s, %s, %s, %s, %b)
"""
_MOVE = """
INSERT INTO exchange.topic_cursor (topic, partition, position) VALUES (%s, %s, %s)
ON CONFLICT (topic, partition) DO UPDATE SET position = excluded.position
"""
_TRY = """
WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
  earlier AS MATERIALIZED (
    SELECT until FROM exchange.attempt WHERE agency = %(agency)s AND message_id = %(message)s)
INSERT INTO exchange.attempt (agency, message_id, until)
SELECT %(agency)s, %(message)s, now() + make_interval(secs => %(seconds)s) FROM quick
ON CONFLICT (agency) DO UPDATE SET message_id = excluded.message_id, until = excluded.until
RETURNING (SELECT extract(epoch FROM until - now())::float8 FROM earlier)
"""

LEASE_LIMITS = LeaseLimits(lease_seconds=10.0)
"""A try of a command ends before the lease does: it needs more time than a relay."""


def lease_of(dsn: str, limits: LeaseLimits = LEASE_LIMITS) -> Lease:
    """The right of one process to give receipts; another waits, and takes over when this one is gone."""
    return Lease(dsn, "exchange", f"exchange {uuid7()}", "exchange", limits)


@dataclass(frozen=True, slots=True)
class Given:
    """A receipt as it is on the record, and the mark of the message it answers."""

    receipt: AgencyReceipt
    mark: bytes


class Receipts:
    """Reads and writes receipts. Writing takes the lease."""

    def __init__(self, pool: AsyncConnectionPool[Connection], lease: Lease, clock: WorldClock) -> None:
        self._pool, self._lease, self._clock = pool, lease, clock

    async def find(self, agency: str, message_id: str) -> Given | None:
        """The receipt of a message id, if it has one."""
        found = await self._read(_FIND, agency, UUID(message_id))
        return found[0] if found else None

    async def after(self, agency: str, number: int, limit: int) -> list[AgencyReceipt]:
        """An agency's receipts with higher numbers, in order."""
        return [given.receipt for given in await self._read(_AFTER, agency, number, limit)]

    async def last(self, agency: str) -> int:
        """The number of an agency's latest receipt; 0 when it has none."""
        async with self._pool.connection() as connection:
            row = await (await connection.execute(_LAST, (agency,))).fetchone()
        return int(row[0]) if row else 0

    async def give(
        self,
        agency: str,
        receipt: AgencyReceipt,
        mark: bytes,
        cursor: TopicCursor | None,
        buried: Buried | None,
    ) -> Given:
        """Writes the answer to a message, the letter beside it and the cursor past it, in one transaction."""
        message_id = UUID(receipt.message_id) if receipt.message_id else None
        receipt.agency, now = agency, self._clock.now()
        receipt.answered_time.CopyFrom(timestamp(now))
        async with self._writing() as connection:
            ((receipt.number,),) = await (await connection.execute(_NUMBER, (agency,))).fetchall()
            stored = receipt.SerializeToString(deterministic=True)
            await connection.execute(_GIVE, (agency, receipt.number, message_id, mark, now, stored))
            await self._set_aside(connection, cursor, buried, now)
        return Given(receipt, mark)

    async def pass_over(self, cursor: TopicCursor | None, buried: Buried | None) -> None:
        """Moves the cursor past a message that was answered before; puts it aside where it is another one."""
        if cursor is None and buried is None:
            return
        async with self._writing() as connection:
            await self._set_aside(connection, cursor, buried, self._clock.now())

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[Connection]:
        """A transaction under the lease; what needs no answer goes to the server together with its end."""
        async with self._pool.connection() as connection, connection.pipeline(), connection.transaction():
            await self._lease.fence(connection)
            yield connection

    async def _set_aside(
        self, connection: Connection, cursor: TopicCursor | None, buried: Buried | None, now: datetime
    ) -> None:
        if cursor is not None:
            await connection.execute(_MOVE, (cursor.topic, cursor.partition, cursor.position))
        if buried is not None:
            await bury(connection, "exchange", letter_of(buried, now))

    async def attempt(self, agency: str, message_id: str, seconds: float) -> float:
        """Notes a try that can take effect for so long; for how long an earlier one of this message can.

        The note need not outlast the database server's own crash, for no try that is under way does either.
        """
        values = {"agency": agency, "message": UUID(message_id), "seconds": seconds}
        async with self._pool.connection() as connection:
            ((left,),) = await (await connection.execute(_TRY, values)).fetchall()
        return max(float(left or 0.0), 0.0)

    async def cursor(self, topic: str, partition: int) -> int | None:
        """The next offset to read of a partition; None when nothing of it was ever read."""
        query = "SELECT position FROM exchange.topic_cursor WHERE topic = %s AND partition = %s"
        async with self._pool.connection() as connection:
            row = await (await connection.execute(query, (topic, partition))).fetchone()
        return int(row[0]) if row else None

    async def cursors(self) -> dict[str, int]:
        """The next offset to read of each topic that anything was read of."""
        query = "SELECT topic, position FROM exchange.topic_cursor WHERE partition = 0"
        async with self._pool.connection() as connection:
            return dict(await (await connection.execute(query)).fetchall())

    async def _read(self, query: str, *values: object) -> list[Given]:
        async with self._pool.connection() as connection:
            cursor = connection.cursor(binary=True)
            await cursor.execute(query, values)
            return [Given(AgencyReceipt.FromString(stored), mark) for mark, stored in await cursor.fetchall()]
