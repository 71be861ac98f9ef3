"""Reads all partitions of a topic in a thread of its own and hands the records over, in batches."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from huiyin_kafka.bridge import Bridge
from huiyin_kafka.holding import read_from
from huiyin_kafka.merge import Hint, usable
from huiyin_kafka.wire import arrived
from huiyin_kernel.arrived import Arrived, Parse, Place, Record

log = logging.getLogger(__name__)

ItemT = TypeVar("ItemT")

POLL_MS = 500
FETCH_MS = 1_000
"""How long a broker keeps a question that it has nothing to answer; a record answers it at once. Kafka's own
500 ms would have idle readers ask twice as often."""
POLL_RECORDS = 500
LOOK_SECONDS = 20.0
"""How often it is looked whether the topic has more partitions by now, and whether what it holds arrives."""
LOOK_MS = 5_000
"""How long brokers may take to say where partitions end."""
HINT_MS = 5_000
CLOSE_MS = 2_000
RETRY_SECONDS_FIRST, RETRY_SECONDS_MAX = 0.2, 5.0


class Batch(NamedTuple, Generic[ItemT]):
    """What one look at the brokers gave, maybe nothing; and where the reading is.

    `next_offsets` are where each partition is read on; `at_end` has those in which nothing more was by then.
    """

    records: list[Arrived[ItemT]]
    next_offsets: Mapping[int, int]
    at_end: frozenset[int]


class TopicMissingError(Exception):
    """The topic is missing, or may not be read."""


class StalledError(Exception):
    """The brokers hold records that the consumer does not give, however long it is asked."""


class Stall:
    """Tells a consumer that has nothing to give from one that does not give what is there.

    After brokers went and came, kafka-python may wait for an answer that never comes. A partition is stalled
    that ended beyond where it was read to already at the look before, and was not read on since.
    """

    def __init__(self) -> None:
        self._due: dict[Any, int] = {}

    def partitions(self, places: Mapping[Any, int], ends: Mapping[Any, int]) -> list[Any]:
        """The partitions that are stalled, by where each is read on, and ends, now."""
        stalled = [part for part, place in places.items() if self._due.get(part) == place]
        self._due = {part: place for part, place in places.items() if place < ends.get(part, 0)}
        return stalled


@dataclass(frozen=True, slots=True)
class Reading(Generic[ItemT]):
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
        reading: Reading[ItemT],
        bridge: Bridge[Batch[ItemT] | BaseException],
        failed: Callable[[], object],
    ) -> None:
        """`failed` is told of each failure."""
        self._reading, self._bridge, self._failed = reading, bridge, failed
        self.wishes = Wishes()
        self._next: dict[int, int] = {}
        self._ends: dict[int, int] = {}
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
        consumer = KafkaConsumer(**{**self._reading.options, **self._settings()})
        stall = Stall()
        try:
            parts = self._assign(consumer)
            looked = time.monotonic()
            while not self._bridge.closed.is_set():
                self._grant(consumer, parts)
                self._hand_over(consumer, consumer.poll(timeout_ms=POLL_MS, max_records=POLL_RECORDS), parts)
                if time.monotonic() - looked > LOOK_SECONDS:
                    self._look(consumer, stall)
                    if len(self._partitions(consumer)) > len(parts):
                        parts = self._assign(consumer)
                    looked = time.monotonic()
        finally:
            with suppress(KafkaError):  # nothing was committed that matters
                consumer.close(autocommit=False, timeout_ms=CLOSE_MS)

    def _look(self, consumer: Any, stall: Stall) -> None:
        """Looks whether what the brokers hold arrives. Raises StalledError, KafkaError."""
        read = list(consumer.assignment())
        ends = consumer.end_offsets(read, timeout_ms=LOOK_MS)
        if stalled := stall.partitions({part: consumer.position(part) for part in read}, ends):
            raise StalledError(f"what stands there does not arrive: {', '.join(map(str, stalled))}")

    def _settings(self) -> dict[str, Any]:
        return {
            "group_id": self._reading.group,
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "isolation_level": "read_uncommitted",
            "fetch_max_wait_ms": FETCH_MS,
            "max_poll_records": POLL_RECORDS,
            "metrics_enabled": False,
        }

    def _partitions(self, consumer: Any) -> list[TopicPartition]:
        numbers = consumer.partitions_for_topic(self._reading.topic)
        if not numbers:
            raise TopicMissingError(f"topic {self._reading.topic} is missing, or may not be read")
        return [TopicPartition(self._reading.topic, number) for number in sorted(numbers)]

    def _assign(self, consumer: Any) -> list[TopicPartition]:
        """Takes all partitions, each where it was read on, or where a hint says, or at its beginning."""
        parts = self._partitions(consumer)
        consumer.assign(parts)
        fresh = [part for part in parts if part.partition not in self._next]
        if fresh:
            begin = {part.partition: offset for part, offset in consumer.beginning_offsets(fresh).items()}
            hinted = self._hinted(consumer, fresh)
            self.wishes.begun_with_hint |= bool(hinted)
            self._next |= {number: max(hinted.get(number, 0), offset) for number, offset in begin.items()}
        for part in parts:
            consumer.seek(part, self._next[part.partition])
        return parts

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

    def _grant(self, consumer: Any, parts: list[TopicPartition]) -> None:
        """Does what the loop wishes."""
        if self.wishes.rewind:
            self.wishes.rewind = self.wishes.begun_with_hint = False
            for part, offset in consumer.beginning_offsets(parts).items():
                self._next[part.partition] = offset
            for part in consumer.assignment():
                consumer.seek(part, self._next[part.partition])
        held = {part for part in parts if part.partition in self.wishes.held_back}
        read_from(consumer, {part: self._next[part.partition] for part in parts}, held)
        hint, self.wishes.hint = self.wishes.hint, None
        if hint is not None:
            offsets = {
                TopicPartition(self._reading.topic, number): OffsetAndMetadata(offset, hint.note, -1)
                for number, offset in hint.offsets.items()
            }
            consumer.commit_async(offsets)

    def _hand_over(self, consumer: Any, polled: Mapping[Any, list[Any]], parts: list[TopicPartition]) -> None:
        records: list[Arrived[ItemT]] = []
        for part, read in polled.items():
            for each in read:
                record = Record(each.topic, each.key, each.value, _headers(each.headers), each.timestamp)
                place = Place(each.topic, each.partition, each.offset)
                records.append(arrived(place, record, self._reading.parse))
            self._next[part.partition] = read[-1].offset + 1
        ends = {part.partition: consumer.highwater(part) for part in consumer.assignment()}
        self._ends |= {number: end for number, end in ends.items() if end is not None}
        at_end = frozenset(part.partition for part in parts if self._is_at_end(part.partition))
        batch = Batch(records, dict(self._next), at_end)
        if records:
            self._bridge.put(batch)
        else:
            self._bridge.offer(batch)

    def _is_at_end(self, number: int) -> bool:
        return number in self._ends and self._next[number] >= self._ends[number]


def _headers(headers: Any) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, value or b"") for name, value in headers)
