"""The relay's tables: how far each source is published, under whose lease, and what could not be."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from huiyin.dead.v1.types_pb2 import DeadLetter, RecordPlace
from huiyin_kernel.codec import timestamp
from huiyin_kernel.telemetry import metrics
from huiyin_relay.batches import RelayLimits
from huiyin_relay.sources import Row
from huiyin_store.limits import StoreLimits
from huiyin_store.port import StoreUnavailableError
from huiyin_store.reading import Readers
from huiyin_store.session import Link, Session

CONSUMER = "relay"


def letter_of(letter_id: UUID, row: Row, reason: str, attempts: int, now: datetime) -> DeadLetter:
    """The letter of a row. Its place names the topic only: the record has no offset there."""
    known = {name: value.decode(errors="replace") for name, value in row.record.headers}
    return DeadLetter(
        letter_id=str(letter_id),
        consumer=CONSUMER,
        log=known.get("ce_log", ""),
        position=row.position,
        place=RecordPlace(topic=row.record.topic, partition=-1, offset=-1),
        event_id=known.get("ce_id", ""),
        event_type=known.get("ce_type", ""),
        cause=reason,
        attempt_count=attempts,
        buried_time=timestamp(now),
    )


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


log = logging.getLogger(__name__)


class Leases:
    """The leases of one process. The database's clock says when one has run out; until a renewal is answered
    the process trusts its own clock, counted from before it asked."""

    def __init__(self, ledger: Ledger, owner: str, sources: Sequence[str], limits: RelayLimits) -> None:
        self._ledger, self._owner, self._sources, self._limits = ledger, owner, tuple(sources), limits
        self._held: dict[str, int] = {}
        self._until: dict[str, float] = {}

    @property
    def held(self) -> Mapping[str, int]:
        """Epochs of the leases held, by source."""
        return self._held

    async def keep(self, changed: Callable[[Mapping[str, int]], None]) -> None:
        """Round after round, for ever; `changed` is told what is held whenever that has changed."""
        while True:
            before = dict(self._held)
            try:
                await self._round()
            except (StoreUnavailableError, TimeoutError) as error:
                log.warning("relay: leases cannot be renewed: %s", error)
                self._drop_overdue()
            if self._held != before:
                self._count()
                changed(dict(self._held))
            await asyncio.sleep(self._limits.renew_seconds)

    def lost(self, source: str) -> None:
        """The source was found to be another's."""
        self._held.pop(source, None)
        self._count()

    async def release(self) -> None:
        """Gives back what is held, if the database answers in time."""
        held, self._held = self._held, {}
        self._count()
        try:
            async with asyncio.timeout(self._limits.end_seconds):
                await self._ledger.release(held)
        except (TimeoutError, StoreUnavailableError) as error:
            log.warning("relay: leases run out by themselves: %s", error)

    async def _round(self) -> None:
        asked, seconds = time.monotonic(), self._limits.lease_seconds
        async with asyncio.timeout(seconds):
            renewed = await self._ledger.renew(self._held, seconds)
            self._held = {source: epoch for source, epoch in self._held.items() if source in renewed}
            free = [source for source in self._sources if source not in self._held]
            taken = await self._ledger.take(self._owner, free, seconds)
        for source, epoch in taken.items():
            log.info("relay %s: publishes here now, epoch %d", source, epoch)
        self._held |= taken
        self._until = dict.fromkeys(self._held, asked + seconds)

    def _drop_overdue(self) -> None:
        """A lease that was not renewed in time may be another's by now."""
        now = time.monotonic()
        self._held = {source: epoch for source, epoch in self._held.items() if self._until[source] > now}

    def _count(self) -> None:
        for source in self._sources:
            metrics.RELAY_ACTIVE.labels(source).set(source in self._held)
            metrics.RELAY_LEASE_EPOCH.labels(source).set(self._held.get(source, 0))
