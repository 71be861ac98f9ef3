"""What the relay keeps in PostgreSQL: leases with epochs, cursors, and records that were rejected."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from huiyin_kernel.telemetry import metrics
from huiyin_store.limits import StoreLimits
from huiyin_store.reading import Readers
from huiyin_store.session import Link, Session

SCHEMA = "relay"

# A lease that nobody took meanwhile is renewed even when its time has passed.
_RENEW = (
    b"UPDATE lease SET lease_until = clock_timestamp() + make_interval(secs => %b)"
    b" FROM unnest(%b::text[], %b::bigint[]) AS held (source, epoch)"
    b" WHERE lease.source = held.source AND lease.epoch = held.epoch RETURNING lease.source"
)
_TAKE = (
    b"INSERT INTO lease (source, owner, epoch, lease_until)"
    b" SELECT source, %b, 1, clock_timestamp() + make_interval(secs => %b) FROM unnest(%b::text[]) AS source"
    b" ON CONFLICT (source) DO UPDATE"
    b" SET owner = EXCLUDED.owner, epoch = lease.epoch + 1, lease_until = EXCLUDED.lease_until"
    b" WHERE lease.lease_until < clock_timestamp() RETURNING source, epoch"
)
_RELEASE = (
    b"UPDATE lease SET lease_until = '-infinity'"
    b" FROM unnest(%b::text[], %b::bigint[]) AS held (source, epoch)"
    b" WHERE lease.source = held.source AND lease.epoch = held.epoch RETURNING lease.source"
)
_CURSOR = b"SELECT position FROM cursor WHERE source = %b"
_ADVANCE = b"SELECT advance(%b, %b, %b)"
_REJECT = b"SELECT reject(%b, %b, %b, %b, %b)"

CONNECTIONS = 3


class LeaseLostError(Exception):
    """Another relay has taken the source over: this one must step down."""

    def __init__(self, source: str) -> None:
        super().__init__(f"another relay publishes {source} now: stepping down")


class Ledger:
    """The relay's schema. Everything raises StoreUnavailableError when the database is away for long."""

    def __init__(self, dsn: str, limits: StoreLimits | None = None) -> None:
        limits = limits or StoreLimits(attempts=4)
        self._links = Readers(
            [Link(dsn, SCHEMA, limits, metrics.STORE_RETRIES.labels(SCHEMA).inc) for _ in range(CONNECTIONS)]
        )

    async def renew(self, held: Mapping[str, int], seconds: float) -> set[str]:
        """Renews leases, given as epochs by source; the sources that are still held."""
        if not held:
            return set()
        rows = await self._rows(_RENEW, seconds, list(held), list(held.values()))
        return {source for (source,) in rows}

    async def take(self, owner: str, sources: Sequence[str], seconds: float) -> dict[str, int]:
        """Takes those of the leases that are free or have run out; their new epochs."""
        rows = await self._rows(_TAKE, owner, seconds, list(sources)) if sources else []
        return {source: int(epoch) for source, epoch in rows}

    async def release(self, held: Mapping[str, int]) -> None:
        """Gives leases back, so that another relay need not wait."""
        if held:
            await self._rows(_RELEASE, list(held), list(held.values()))

    async def cursor(self, source: str) -> int:
        """How far a source is published; 0 at first."""
        rows = await self._rows(_CURSOR, source)
        return int(rows[0][0]) if rows else 0

    async def advance(self, source: str, epoch: int, position: int) -> None:
        """Notes that everything up to here is published. Raises LeaseLostError."""
        ((holds,),) = await self._rows(_ADVANCE, source, epoch, position)
        if not holds:
            raise LeaseLostError(source)

    async def reject(self, source: str, epoch: int, position: int, letter_id: UUID, letter: bytes) -> None:
        """Keeps the dead letter of a record that the brokers would not take. Raises LeaseLostError."""
        ((holds,),) = await self._rows(_REJECT, source, epoch, position, letter_id, letter)
        if not holds:
            raise LeaseLostError(source)

    async def aclose(self) -> None:
        """Gives up the connections."""
        await self._links.aclose()

    async def _rows(self, query: bytes, *values: object) -> list[tuple[Any, ...]]:
        async def use(session: Session) -> list[tuple[Any, ...]]:
            return await session.rows(query, values)

        return await self._links.run(use)
