"""Follows a log on Kafka exactly as its feed is followed: every event once, in order, from one position on.

What the topic does not have, because the brokers would not take it or because it was made anew, is asked of
the log's origin: the feed of the service that it belongs to.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from huiyin_kafka.merge import DenseMerge, Hint, Hints, WaitingRecord, to_hold_back
from huiyin_kafka.partitions import Bridge, Look, PartitionReader, PartitionsRead
from huiyin_kernel.arrived import Arrived, Parse, Place, Record
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.traces import HEADER, arriving

log = logging.getLogger(__name__)

ItemT = TypeVar("ItemT")


class ReaderCounts:
    """The metrics of one reader; the consumer's group is its name."""

    def __init__(self, consumer: str, log: str, waiting: Callable[[], int]) -> None:
        self.records = metrics.READER_RECORDS.labels(consumer, log)
        self.repeats = metrics.READER_REPEATS.labels(consumer, log)
        self.gaps = metrics.READER_GAPS.labels(consumer, log)
        self.rewinds = metrics.READER_REWINDS.labels(consumer, log)
        self.retries = metrics.READER_RETRIES.labels(consumer, log)
        self.unreadable = metrics.READER_UNREADABLE.labels(consumer, log)
        self.from_origin = metrics.READER_FROM_ORIGIN.labels(consumer, log)
        metrics.READER_BUFFERED.labels(consumer, log).set_function(waiting)


ReadsFrom = Callable[[int], AsyncGenerator[tuple[ItemT | None, int], None]]
"""Follows the log after a position, elsewhere than on Kafka."""
OnUnreadable = Callable[[Arrived[Any]], Awaitable[None]]
"""Takes a record that is none of the log's; returns when that is noted for good."""


@dataclass(frozen=True, slots=True)
class ReaderLimits:
    """How much, and how long."""

    batches_ahead: int = 8
    """Batches read and not yet merged; each has up to 500 records."""
    partition_ahead: int = 5_000
    """Records of one partition that wait for an earlier one, until it is held back."""
    waiting_max: int = 50_000
    """Records that wait in all; then what is missing is asked of the origin at once."""
    heartbeat_seconds: float = 1.0
    """Silence until a heartbeat."""
    gap_seconds: float = 10.0
    """How long a gap may last when all was read: longer than a relay takes to publish a batch again."""
    origin_seconds: float = 10.0
    """How long the origin may take for the next event."""
    hint_every: int = 5_000
    hint_margin: int = 10_000
    """Positions between hints; and how far a consumer's saved cursor can be behind what it was given."""
    places: int = 10_000
    """Of how many positions it is known where they stood."""
    close_seconds: float = 10.0


class LogGapError(Exception):
    """The topic lacks a position, and nobody is there to ask for it."""


class Merging(Generic[ItemT]):
    """Reads a topic and gives out one log of it."""

    def __init__(
        self,
        log_name: str,
        reading: PartitionsRead[ItemT],
        origin: ReadsFrom[ItemT] | None,
        unreadable: OnUnreadable | None,
        remember: Callable[[int, Place], None],
        limits: ReaderLimits,
    ) -> None:
        self._log, self._origin, self._unreadable = log_name, origin, unreadable
        self._remember, self._limits = remember, limits
        self._merge: DenseMerge[Arrived[ItemT]] = DenseMerge(reading.after)
        self._hints = Hints(reading.after, limits.hint_every, limits.hint_margin)
        self._counts = ReaderCounts(reading.group, log_name, lambda: self._merge.size)
        self._bridge: Bridge[Look[ItemT] | BaseException] = Bridge(limits.batches_ahead)
        self._reader = PartitionReader(reading, self._bridge, self._counts.retries.inc)
        self._next: Mapping[int, int] = {}
        self._at_end: frozenset[int] = frozenset()
        self._gap_since: float | None = None

    def start(self) -> None:
        """Begins to read."""
        self._reader.start()

    async def stop(self) -> None:
        """Ends the thread; it has a bounded time for that."""
        self._bridge.closed.set()
        ended = await asyncio.to_thread(self._reader.join, self._limits.close_seconds)
        if not ended:
            log.error("reading %s did not end within %g s", self._log, self._limits.close_seconds)

    async def items(self) -> AsyncGenerator[tuple[ItemT | None, int], None]:
        """Items and heartbeats, for ever."""
        said = time.monotonic()
        while True:
            before = self._merge.last
            await self._take_in(await self._bridge.get(self._limits.heartbeat_seconds))
            while (ready := self._ready()) is not None:
                yield ready, self._merge.last
            async with aclosing(self._missing()) as found:
                async for item in found:
                    yield item, self._merge.last
            self._steer()
            if self._merge.last > before:
                said = time.monotonic()
            elif time.monotonic() - said >= self._limits.heartbeat_seconds:
                said = time.monotonic()
                yield None, self._merge.last

    async def _take_in(self, batch: Look[ItemT] | BaseException | None) -> None:
        if isinstance(batch, BaseException):
            raise batch
        if batch is None:
            return
        self._next, self._at_end = batch.next_offsets, batch.at_end
        self._counts.records.inc(len(batch.records))
        for record in batch.records:
            if record.parsed is None:
                await self._put_aside(record)
            elif record.parsed.log == self._log:
                self._offer(record, record.parsed.position, record.parsed.item)

    def _offer(self, record: Arrived[ItemT], position: int, item: ItemT | None) -> None:
        content = None if item is None else record
        waiting = WaitingRecord(record.place.partition, record.place.offset, content)
        if not self._merge.offer(position, waiting):
            self._counts.repeats.inc()

    async def _put_aside(self, record: Arrived[ItemT]) -> None:
        log.error("%s holds a record that is no event: %s", record.place, record.fault)
        self._counts.unreadable.inc()
        if self._unreadable is not None:
            await self._unreadable(record)

    def _ready(self) -> ItemT | None:
        """The next item, if it is there."""
        taken = self._merge.take()
        if taken is None:
            return None
        position, _, record = taken
        assert record.parsed is not None, "only what was parsed is offered"
        self._remember(position, record.place)
        arriving(_trace(record.record))
        return record.parsed.item

    async def _missing(self) -> AsyncGenerator[ItemT, None]:
        """What stands in the way and is not to be had from Kafka."""
        if not self._is_stuck():
            return
        wanted = self._merge.last + 1
        if self._origin is not None:
            log.warning("%s: position %d is asked of its origin", self._log, wanted)
            async with aclosing(self._from_origin(self._origin)) as found:
                async for item in found:
                    yield item
        if self._merge.last < wanted and self._reader.wishes.begun_with_hint and not self._merge.is_parked:
            self._rewind()
        elif self._origin is None:
            raise LogGapError(f"{self._log} on Kafka lacks position {wanted}")

    def _rewind(self) -> None:
        """Reads again from the beginning: the hint where to begin may have been wrong."""
        log.warning("%s: position %d is not where a hint says", self._log, self._merge.last + 1)
        self._counts.rewinds.inc()
        self._reader.wishes.rewind, self._gap_since = True, time.monotonic()

    async def _from_origin(self, origin: ReadsFrom[ItemT]) -> AsyncGenerator[ItemT, None]:
        async with aclosing(origin(self._merge.last)) as items:
            while not self._merge.is_ready:
                try:
                    async with asyncio.timeout(self._limits.origin_seconds):
                        item, position = await anext(items)
                except (TimeoutError, StopAsyncIteration):
                    return
                if item is not None:
                    self._merge.passed(position)
                    self._counts.from_origin.inc()
                    yield item

    def _is_stuck(self) -> bool:
        """Whether the next position will not come from Kafka, as far as can be told."""
        if self._merge.is_parked:
            return True
        now, has_gap = time.monotonic(), self._merge.has_gap
        if has_gap and self._merge.size >= self._limits.waiting_max:
            return True
        if not has_gap or self._at_end != self._next.keys():
            self._gap_since = None
            return False
        if self._gap_since is None:
            self._gap_since = now
            self._counts.gaps.inc()
        return now - self._gap_since >= self._limits.gap_seconds

    def _steer(self) -> None:
        """Holds back partitions that run ahead, and keeps a hint where to begin the next time."""
        ahead = self._merge.ahead()
        crowded = to_hold_back(ahead, self._at_end, self._next.keys(), self._limits.partition_ahead)
        self._reader.wishes.held_back = crowded
        last = self._merge.last
        if self._hints.is_due(last):
            offsets = {number: self._merge.first_offset(number, end) for number, end in self._next.items()}
            self._hints.take(Hint(last, offsets))
        if (hint := self._hints.safe(last)) is not None:
            self._reader.wishes.hint = hint


def _trace(record: Record) -> str:
    """The trace context in a record's headers."""
    return next((value.decode("ascii", "replace") for name, value in record.headers if name == HEADER), "")


class KafkaLog(Generic[ItemT]):
    """A log on Kafka. Calling it follows the log after a position, like following a feed."""

    def __init__(
        self,
        options: Mapping[str, Any],
        topic: str,
        log_name: str,
        group: str,
        parse: Parse[ItemT],
        origin: ReadsFrom[ItemT] | None = None,
        limits: ReaderLimits | None = None,
    ) -> None:
        """`options` are what every client takes; `group` keeps hints where to begin, and nothing else."""
        self._options, self._topic, self._group = options, topic, group
        self.log, self._parse, self._origin = log_name, parse, origin
        self._limits = limits or ReaderLimits()
        self.unreadable: OnUnreadable | None = None
        """Told of records that are none of the log's, before anything after them is given out."""
        self._places: dict[int, Place] = {}
        self._remembered: deque[int] = deque()

    async def __call__(self, after: int) -> AsyncGenerator[tuple[ItemT | None, int], None]:
        """Items after a position, for ever, over outages; (None, position) is a heartbeat."""
        reading = PartitionsRead(self._options, self._topic, self._group, self._parse, after)
        merging = Merging(self.log, reading, self._origin, self.unreadable, self._remember, self._limits)
        merging.start()
        try:
            async with aclosing(merging.items()) as items:
                async for item in items:
                    yield item
        finally:
            await merging.stop()

    def place(self, position: int) -> Place | None:
        """Where the event at a position stood, if it came lately and from Kafka."""
        return self._places.get(position)

    def _remember(self, position: int, place: Place) -> None:
        self._places[position] = place
        self._remembered.append(position)
        if len(self._remembered) > self._limits.places:
            self._places.pop(self._remembered.popleft(), None)
