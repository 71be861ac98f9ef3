"""Processes that have leases, as far as tests need them."""

import asyncio
from collections.abc import Mapping

from psycopg import AsyncConnection, sql

from huiyin_store.lease import LeaseLimits, Leases

_TAKE_OVER = sql.SQL(
    "INSERT INTO {}.lease AS known (name, owner, epoch, until)"
    " VALUES (%s, 'another', 1, now() + interval '1 hour')"
    " ON CONFLICT (name) DO UPDATE SET owner = 'another', epoch = known.epoch + 1, until = excluded.until"
    " RETURNING epoch"
)


async def taken_over(dsn: str, schema: str, name: str) -> int:
    """Takes a lease from whoever has it; the new epoch."""
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
        rows = await connection.execute(_TAKE_OVER.format(sql.Identifier(schema)), (name,))
        ((epoch,),) = await rows.fetchall()
    return int(epoch)


class Holder:
    """A process, as far as its leases go."""

    def __init__(self, dsn: str, schema: str, owner: str, *names: str, limits: LeaseLimits) -> None:
        self.leases = Leases(dsn, schema, owner, names, limits)
        self.told: list[Mapping[str, int]] = []
        self._changed = asyncio.Event()
        self.running = asyncio.ensure_future(self.leases.keep(self._follow))

    def _follow(self, held: Mapping[str, int]) -> None:
        self.told.append(held)
        self._changed.set()

    async def until_told(self, held: Mapping[str, int], seconds: float = 10.0) -> None:
        """Waits until exactly this is held."""
        async with asyncio.timeout(seconds):
            while not self.told or self.told[-1] != held:
                self._changed.clear()
                await self._changed.wait()

    async def stand_still(self) -> None:
        """Does nothing more, and keeps its connection."""
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)

    async def end(self) -> None:
        """An orderly end."""
        await self.stand_still()
        await self.leases.release()
