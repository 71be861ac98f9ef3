"""Reads all partitions of a log's topic in a thread of its own and hands the records over, in batches.

The hand-over is bounded: the thread waits while too much is not yet taken.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from kafka import OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from huiyin_kafka.consumer import (
    PlacedConsumer,
    Places,
    Read,
    ReadSettings,
    StalledError,
    TopicMissingError,
)
from huiyin_kafka.merge import Hint, usable
from huiyin_kafka.wire import arrived
from huiyin_kernel.arrived import Arrived, Parse

log = logging.getLogger(__name__)

ItemT = TypeVar("ItemT")

POLL_MS = 500
POLL_RECORDS = 500
FETCH_MS = 2_000
"""Kafka's own 500 ms would have idle readers ask four times as often."""
HINT_MS = 5_000
RETRY_SECONDS_FIRST, RETRY_SECONDS_MAX = 0.2, 5.0
_ROOM_SECONDS = 0.2


class Bridge(Generic[ItemT]):
    """Made in the loop that takes; one thread gives."""

    def __init__(self, capacity: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._items: deque[ItemT] = deque()
        self._room = threading.Semaphore(capacity)
        self._arrived = asyncio.Event()
        self.closed = threading.Event()

    def put(self, item: ItemT) -> bool:
        """Gives an item, waiting for room; False when the bridge was closed meanwhile."""
        while not self._room.acquire(timeout=_ROOM_SECONDS):
            if self.closed.is_set():
                return False
        return self._give(item)

    def offer(self, item: ItemT) -> bool:
        """Gives an item if there is room at once."""
        return self._room.acquire(blocking=False) and self._give(item)

    def _give(self, item: ItemT) -> bool:
        self._items.append(item)
        with suppress(RuntimeError):  # the loop has ended: nobody takes any more
            self._loop.call_soon_threadsafe(self._arrived.set)
            return True
        return False

    async def get(self, seconds: float) -> ItemT | None:
        """Takes the next item; None when none came in time."""
        while not self._items:
            self._arrived.clear()
            if self._items:
                break
            try:
                async with asyncio.timeout(seconds):
                    await self._arrived.wait()
            except TimeoutError:
                return None
        item = self._items.popleft()
        self._room.release()
        return item


class Look(NamedTuple, Generic[ItemT]):
    """What one look at the brokers gave, maybe nothing; and where the reading is.

    `next_offsets` are where each partition is read on; `at_end` has those in which nothing more was by then.
    """

    records: list[Arrived[ItemT]]
    next_offsets: Mapping[int, int]
    at_end: frozenset[int]


@dataclass(frozen=True, slots=True)
class PartitionsRead(Generic[ItemT]):
    """What is read, and as whom. `options` are what every client takes (connection.py)."""

    options: Mapping[str, Any]
    topic: str
    group: str
    parse: Parse[ItemT]
    after: int
    """Hints are believed if they are safe for whoever has come to this position."""


@dataclass
class Wishes:
    """What the loop wants of the thread; each is one assignment."""

    held_back: frozenset[int] = frozenset()
    rewind: bool = False
    hint: Hint | None = None
    begun_with_hint: bool = field(default=False)


class PartitionReader(Generic[ItemT]):
    """The thread. What fails on the way to the brokers is tried again for ever, with bounded waits."""

    def __init__(
        self,
        reading: PartitionsRead[ItemT],
        bridge: Bridge[Look[ItemT] | BaseException],
        failed: Callable[[], object],
    ) -> None:
        """`failed` is told of each failure."""
        self._reading, self._bridge, self._failed = reading, bridge, failed
        self.wishes = Wishes()
        self._places: Places = {}
        self._ends: Places = {}
        self._thread = threading.Thread(target=self._run, name=f"read {reading.topic}", daemon=True)

    def start(self) -> None:
        """Begins to read."""
        self._thread.start()

    def join(self, seconds: float) -> bool:
        """Waits for the end, after the bridge was closed; whether it has come."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        wait = RETRY_SECONDS_FIRST
        while not self._bridge.closed.is_set():
            began = time.monotonic()
            try:
                self._read()
                return
            except (KafkaError, OSError, TopicMissingError, StalledError) as error:
                log.warning("reading %s: %s: %s", self._reading.topic, type(error).__name__, error)
                self._failed()
            except BaseException as error:
                self._bridge.put(error)
                return
            wait = RETRY_SECONDS_FIRST if time.monotonic() - began > RETRY_SECONDS_MAX else wait
            self._bridge.closed.wait(wait)
            wait = min(2 * wait, RETRY_SECONDS_MAX)

    def _read(self) -> None:
        """Reads until the bridge is closed. Raises KafkaError, OSError, TopicMissingError, StalledError."""
        settings = ReadSettings(
            "read_uncommitted", "earliest", POLL_MS, POLL_RECORDS, FETCH_MS, self._reading.group
        )
        with closing(PlacedConsumer(self._reading.options, settings, self._places)) as consumer:
            self._find_partitions(consumer)
            while not self._bridge.closed.is_set():
                self._grant(consumer)
                held = {part for part in self._places if part.partition in self.wishes.held_back}
                self._hand_over(consumer, consumer.poll(held))
                if consumer.look():
                    self._find_partitions(consumer)

    def _find_partitions(self, consumer: PlacedConsumer) -> None:
        """Takes partitions that are new, each from where a hint says, or from its beginning."""
        parts = consumer.partitions(self._reading.topic)
        if fresh := [part for part in parts if part not in self._places]:
            hinted = self._hinted(consumer.kafka, fresh)
            self.wishes.begun_with_hint |= bool(hinted)
            for part, begin in consumer.kafka.beginning_offsets(fresh).items():
                self._places[part] = max(hinted.get(part.partition, 0), begin)

    def _hinted(self, consumer: Any, parts: list[TopicPartition]) -> dict[int, int]:
        """Committed offsets that are safe; none when they cannot be had."""
        try:
            found = {part: consumer.committed(part, metadata=True, timeout_ms=HINT_MS) for part in parts}
        except KafkaError as error:
            log.info("reading %s without hints: %s", self._reading.topic, error)
            return {}
        committed = {
            part.partition: (hint.offset, hint.metadata or "") for part, hint in found.items() if hint
        }
        return usable(committed, self._reading.after)

    def _grant(self, consumer: PlacedConsumer) -> None:
        """Does what the loop wishes."""
        if self.wishes.rewind:
            self.wishes.rewind = self.wishes.begun_with_hint = False
            consumer.rewind(consumer.kafka.beginning_offsets(list(self._places)))
        hint, self.wishes.hint = self.wishes.hint, None
        if hint is not None:
            offsets = {
                TopicPartition(self._reading.topic, number): OffsetAndMetadata(offset, hint.note, -1)
                for number, offset in hint.offsets.items()
            }
            consumer.kafka.commit_async(offsets)

    def _hand_over(self, consumer: PlacedConsumer, found: Mapping[TopicPartition, list[Read]]) -> None:
        records = [arrived(*read, self._reading.parse) for reads in found.values() for read in reads]
        ends = {part: consumer.kafka.highwater(part) for part in consumer.kafka.assignment()}
        self._ends |= {part: end for part, end in ends.items() if end is not None}
        at_end = {part for part, end in self._ends.items() if self._places[part] >= end}
        places = {part.partition: place for part, place in self._places.items()}
        batch = Look(records, places, frozenset(part.partition for part in at_end))
        if records:
            self._bridge.put(batch)
        else:
            self._bridge.offer(batch)
