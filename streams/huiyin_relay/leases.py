"""Keeps leases: takes those that are free, renews those held, and tells when one is lost."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence

from huiyin_kernel.telemetry import metrics
from huiyin_relay.ledger import Ledger
from huiyin_relay.limits import RelayLimits
from huiyin_store.port import StoreUnavailableError

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
