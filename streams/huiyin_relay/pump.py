"""The relay of one process: a pump for each source it holds the lease of, in order, never skipping."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from huiyin_kafka.publish import Publisher, PublishError
from huiyin_kafka.wire import parked_record
from huiyin_kernel.telemetry import metrics
from huiyin_relay.batches import Backoff, Narrowing, Polling, RelayLimits, cut, rows_to_read
from huiyin_relay.counts import SourceCounts, traced
from huiyin_relay.ledger import RelayLedger, letter_of
from huiyin_relay.sources import RelaySource, SourceRow
from huiyin_store.lease import LeaseLostError, Leases
from huiyin_store.port import StoreUnavailableError, WorldClock

log = logging.getLogger(__name__)


class Pump:
    """One source under one lease. `wake` is set by whoever knows that the source has grown."""

    def __init__(
        self,
        source: RelaySource,
        publisher: Publisher,
        ledger: RelayLedger,
        epoch: int,
        clock: WorldClock,
        wake: asyncio.Event | None = None,
        limits: RelayLimits | None = None,
    ) -> None:
        self._source, self._publisher, self._ledger, self._epoch = source, publisher, ledger, epoch
        self._clock, self._limits = clock, limits or RelayLimits()
        self._wake = wake or asyncio.Event()
        self._pages: asyncio.Queue[Sequence[SourceRow]] = asyncio.Queue(self._limits.pages_ahead)
        self._narrowing = Narrowing(self._limits)
        self._backoff = Backoff(self._limits.retry_seconds_first, self._limits.retry_seconds_max)
        self._saving: asyncio.Task[None] | None = None
        self.counts = SourceCounts(source.name)

    async def run(self) -> None:
        """Publishes from the cursor on, for ever. Raises LeaseLostError when another relay has taken over."""
        position = await self._ledger.cursor(self._source.name)
        self.counts.begins(position)
        reading = asyncio.ensure_future(self._read(position))
        try:
            await self._connect()
            while True:
                await self._publish(await self._next(reading))
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await self._end_saving()

    async def _connect(self) -> None:
        """Connects before somebody waits for the first record; letters are rare, and may wait."""
        if not self._source.is_log:
            return
        try:
            await self._publisher.publish([])
        except PublishError as error:
            log.warning("relay %s: %s", self._source.name, error)

    async def _next(self, reading: asyncio.Future[None]) -> Sequence[SourceRow]:
        """The next page; what ended the reading, if that came first."""
        getting = asyncio.ensure_future(self._pages.get())
        try:
            both: set[asyncio.Future[Any]] = {getting, reading}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not getting.done():
                await reading
            return await getting
        finally:
            getting.cancel()

    async def _read(self, after: int) -> None:
        """Reads ahead of what is published, a bounded number of pages."""
        polling = Polling(self._limits, self._source.lively_seconds_max, self._source.poll_seconds_max)
        limit = self._limits.batch_records
        while True:
            self._wake.clear()
            rows = await self._patiently_read(after, limit)
            if rows:
                after, limit = rows[-1].position, rows_to_read(rows, self._limits)
                self.counts.read(after, rows[0].record.timestamp_ms / 1000)
                polling.stirred()
                await self._pages.put(rows)
            else:
                self.counts.quiet()
                if await _set_within(self._wake, polling.next()):
                    polling.stirred()

    async def _patiently_read(self, after: int, limit: int) -> Sequence[SourceRow]:
        """Reads when the database is there, however long that takes."""
        backoff = Backoff(self._limits.retry_seconds_first, self._limits.retry_seconds_max)
        while True:
            try:
                return await self._source.read(after, limit)
            except StoreUnavailableError as error:
                log.warning("relay %s cannot read: %s", self._source.name, error)
            await asyncio.sleep(backoff.next())

    async def _publish(self, rows: Sequence[SourceRow]) -> None:
        while rows:
            batch = cut(rows, self._narrowing.records_max, self._limits.batch_bytes)
            done = await self._try(batch)
            if done:
                last = batch[done - 1]
                self.counts.done(last.position, last.record.timestamp_ms / 1000)
                await self._save(last.position)
            rows = rows[done:]
        self._narrowing.found()

    async def _try(self, batch: Sequence[SourceRow]) -> int:
        """Sends a batch; how many of its first records are done with."""
        began = time.monotonic()
        try:
            with self.counts.in_flight(len(batch)), traced(self._source.name, batch) as records:
                await self._publisher.publish(records)
        except PublishError as error:
            return await self._failed(batch, error)
        self.counts.published(len(batch), time.monotonic() - began)
        self._narrowing.passed()
        self._backoff.reset()
        return len(batch)

    async def _failed(self, batch: Sequence[SourceRow], error: PublishError) -> int:
        name, where = self._source.name, batch[error.acknowledged].position
        log.warning("relay %s: position %d was not acknowledged: %s", name, where, error)
        self.counts.repeats(len(batch) - error.acknowledged)
        if self._narrowing.failed(error, len(batch)):
            await self._park(batch[0], error)
            self._narrowing.found()
            return 1
        await asyncio.sleep(self._backoff.next())
        return error.acknowledged

    async def _park(self, row: SourceRow, error: PublishError) -> None:
        """Puts aside what the brokers will not take: noted first, then its placeholder, then the next."""
        name, reason = self._source.name, str(error)
        log.error("relay %s: position %d is rejected and parked: %s", name, row.position, reason)
        letter = letter_of(name, row, reason, self._limits.attempts, self._clock.now())
        await self._finish_saving()
        await self._ledger.reject(name, self._epoch, row.position, letter)
        self.counts.rejected()
        if self._source.is_log:
            await self._publish_placeholder(row, reason)

    async def _publish_placeholder(self, row: SourceRow, reason: str) -> None:
        backoff = Backoff(self._limits.retry_seconds_first, self._limits.retry_seconds_max)
        rejections = 0
        while rejections < self._limits.attempts:
            try:
                await self._publisher.publish([parked_record(row.record, reason)])
                return
            except PublishError as error:
                log.warning("relay %s: no placeholder for %d: %s", self._source.name, row.position, error)
                rejections += error.rejected
            await asyncio.sleep(backoff.next())
        # Readers find the gap by themselves, later, and ask the service's feed.
        log.error("relay %s: the placeholder of %d is rejected too", self._source.name, row.position)

    async def _save(self, position: int) -> None:
        """Moves the cursor while the next batch is published already. Raises LeaseLostError."""
        await self._finish_saving()
        self._saving = asyncio.ensure_future(self._patiently_save(position))

    async def _finish_saving(self) -> None:
        saving, self._saving = self._saving, None
        if saving is not None:
            await saving

    async def _end_saving(self) -> None:
        """At the end a cursor that cannot be saved at once is left: what it lacks is published again."""
        saving, self._saving = self._saving, None
        if saving is not None:
            await asyncio.wait({saving}, timeout=self._limits.end_seconds)
            saving.cancel()
            await asyncio.gather(saving, return_exceptions=True)

    async def _patiently_save(self, position: int) -> None:
        while True:
            try:
                await self._ledger.advance(self._source.name, self._epoch, position)
                return
            except StoreUnavailableError as error:
                log.warning("relay %s cannot save its cursor: %s", self._source.name, error)
            await asyncio.sleep(self._limits.retry_seconds_max)


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


MakePublisher = Callable[[RelaySource, Callable[[], object]], Publisher]
"""Makes a publisher for a source; it is to tell of producers that it gives up."""


class Relay:
    """Publishes what it may; stands by for the rest."""

    def __init__(
        self,
        sources: Sequence[RelaySource],
        ledger: RelayLedger,
        leases: Leases,
        make_publisher: MakePublisher,
        clock: WorldClock,
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

    async def _hold(self, source: RelaySource, epoch: int) -> None:
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
