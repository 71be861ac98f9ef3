"""The relay of one process: for each source that it holds the lease of, a pump with a producer of its own."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from huiyin_kafka.publish import Publisher
from huiyin_kernel.clock import Clock
from huiyin_kernel.telemetry import metrics
from huiyin_relay.batches import Backoff, RelayLimits
from huiyin_relay.counts import SourceCounts
from huiyin_relay.ledger import Ledger
from huiyin_relay.pump import Pump
from huiyin_relay.sources import Source
from huiyin_store.lease import LeaseLostError, Leases

log = logging.getLogger(__name__)

MakePublisher = Callable[[Source, Callable[[], object]], Publisher]
"""Makes a publisher for a source; it is to tell of producers that it gives up."""


class Relay:
    """Publishes what it may; stands by for the rest."""

    def __init__(
        self,
        sources: Sequence[Source],
        ledger: Ledger,
        leases: Leases,
        make_publisher: MakePublisher,
        clock: Clock,
        limits: RelayLimits | None = None,
    ) -> None:
        self._sources = {source.name: source for source in sources}
        self._ledger, self._leases = ledger, leases
        self._make_publisher, self._clock = make_publisher, clock
        self._limits = limits or RelayLimits()
        self._pumps: dict[str, tuple[int, asyncio.Task[None]]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self.wakes = {name: asyncio.Event() for name in self._sources}

    async def run(self) -> None:
        """Publishes until cancelled; then gives its leases back."""
        try:
            await self._leases.keep(self._follow)
        finally:
            self._follow({})
            await asyncio.gather(*list(self._running), return_exceptions=True)
            await self._leases.release()
            self._count()
            await asyncio.gather(*(source.aclose() for source in self._sources.values()))
            await self._ledger.aclose()

    def _follow(self, held: Mapping[str, int]) -> None:
        """Pumps exactly what is held, each under its epoch."""
        self._count()
        for name, (epoch, task) in list(self._pumps.items()):
            if held.get(name) != epoch:
                log.warning("relay %s: no longer publishes here, epoch %d has ended", name, epoch)
                task.cancel()
                del self._pumps[name]
        for name, epoch in held.items():
            if name not in self._pumps:
                log.info("relay %s: publishes here now, epoch %d", name, epoch)
                task = asyncio.ensure_future(self._hold(self._sources[name], epoch))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
                self._pumps[name] = (epoch, task)

    async def _hold(self, source: Source, epoch: int) -> None:
        """Pumps a source while its lease is held; what fails for another reason is tried again."""
        backoff = Backoff(self._limits.retry_seconds_first, self._limits.retry_seconds_max)
        counts = SourceCounts(source.name)
        while True:
            publisher = self._make_publisher(source, counts.rebuilt)
            wake = self.wakes[source.name]
            pump = Pump(source, publisher, self._ledger, epoch, self._clock, wake, self._limits)
            try:
                await pump.run()
            except LeaseLostError as error:
                log.warning("relay %s: %s", source.name, error)
                self._leases.lost(source.name)
                self._count()
                return
            except Exception:  # one source must not stop the others: said aloud, and tried again
                log.exception("relay %s: fails", source.name)
            finally:
                await publisher.aclose()
            await asyncio.sleep(backoff.next())

    def _count(self) -> None:
        held = self._leases.held
        for source in self._sources:
            metrics.RELAY_ACTIVE.labels(source).set(source in held)
            metrics.RELAY_LEASE_EPOCH.labels(source).set(held.get(source, 0))
