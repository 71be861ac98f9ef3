"""Reads topics from offsets of the reader's own on, over outages: in batches, or with a queue for each topic.

Nothing is committed to Kafka. Offsets have holes where a topic is compacted, and a value may come that a
newer one has replaced already: whoever writes values by key takes them in order and ends with the newest.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from typing import Any, NamedTuple

from kafka import TopicPartition
from kafka.errors import KafkaError

from huiyin_kafka.consumer import (
    OffsetSpan,
    PlacedConsumer,
    Places,
    Read,
    ReadSettings,
    StalledError,
    TopicMissingError,
)

log = logging.getLogger(__name__)

TABLES = ReadSettings("read_uncommitted", "earliest", poll_ms=500, poll_records=500, fetch_ms=2_000)
"""For compacted topics."""
MESSAGES = ReadSettings("read_committed", "earliest", poll_ms=500, poll_records=100, fetch_ms=1_000)
"""For topics whose writers may use transactions, and wait for answers."""

QUEUE_MAX = 200
"""Records of one topic that wait to be handled; at more its partition is held back."""
RETRY_SECONDS = 1.0

Offsets = Mapping[tuple[str, int], int]
"""Offsets by topic and partition."""


class ReadBatch(NamedTuple):
    """Records in the order of each partition; where each is read on, and how much of it is not read yet."""

    records: Sequence[Read]
    next_offsets: Offsets
    behind: Offsets

    @property
    def unread(self) -> int:
        """How many offsets of these partitions are not read yet."""
        return sum(self.behind.values())


class TopicsReader:
    """Reads topics for one process; `options` are what every client takes."""

    def __init__(
        self, options: Mapping[str, Any], topics: Sequence[str], settings: ReadSettings = TABLES
    ) -> None:
        self._options, self._topics, self._settings = options, tuple(topics), settings

    async def batches(
        self, after: Offsets, held: Callable[[], Collection[str]] = tuple
    ) -> AsyncGenerator[ReadBatch, None]:
        """Batches that are not empty, for ever, over outages of the brokers.

        `after` has the next offsets, as far as there are any. Topics that `held` names at the time, asked in
        another thread, are not read on for now.
        """
        places: Places = {TopicPartition(*part): offset for part, offset in after.items()}
        thread = ThreadPoolExecutor(1, thread_name_prefix="topics-reader")
        try:
            while True:
                try:
                    async with aclosing(self._read(thread, places, held)) as batches:
                        async for batch in batches:
                            yield batch
                except (KafkaError, TopicMissingError, StalledError) as error:
                    log.warning("reading waits for Kafka: %s: %s", type(error).__name__, error)
                await asyncio.sleep(RETRY_SECONDS)
        finally:
            thread.shutdown(wait=False)

    async def _read(
        self, thread: ThreadPoolExecutor, places: Places, held: Callable[[], Collection[str]]
    ) -> AsyncGenerator[ReadBatch, None]:
        def blocking(work: Callable[..., Any], *values: Any) -> "asyncio.Future[Any]":
            return asyncio.get_running_loop().run_in_executor(thread, work, *values)

        opening = blocking(self._opened, places)
        try:
            consumer = await asyncio.shield(opening)
            while True:
                batch = await blocking(_polled, consumer, held)
                if batch.records:
                    yield batch
        finally:
            with suppress(KafkaError, TopicMissingError):  # said already
                opened = await opening  # also one that was still on its way
                await asyncio.shield(blocking(opened.close))

    def _opened(self, places: Places) -> PlacedConsumer:
        consumer = PlacedConsumer(self._options, self._settings, places)
        try:
            parts = [part for topic in self._topics for part in consumer.partitions(topic)]
            starts = {
                part: _start(part, places.get(part), span) for part, span in consumer.spans(parts).items()
            }
        except BaseException:
            consumer.close()
            raise
        places.clear()
        places.update(starts)
        return consumer


def _start(part: TopicPartition, wanted: int | None, held: OffsetSpan) -> int:
    """Where a partition is read from."""
    if wanted is None or held.begin <= wanted <= held.end:
        return held.begin if wanted is None else wanted
    name = f"{part.topic}/{part.partition}"
    if wanted < held.begin:
        log.error("%s: records %d to %d are gone, and were never read", name, wanted, held.begin - 1)
    else:
        log.error("%s ends at %d, before %d: it was made anew, and is read anew", name, held.end, wanted)
    return held.begin


def _polled(consumer: PlacedConsumer, held: Callable[[], Collection[str]]) -> ReadBatch:
    topics = held()
    found = consumer.poll([part for part in consumer.places if part.topic in topics] if topics else ())
    consumer.look()
    return ReadBatch(
        [read for records in found.values() for read in records],
        {(part.topic, part.partition): consumer.places[part] for part in found},
        {(part.topic, part.partition): consumer.behind(part) for part in found},
    )


class QueuedTopics:
    """Topics of one partition each: a bounded queue for each, so that none waits for another.

    `starts` are the next offsets to read by topic; None is the beginning.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        starts: Mapping[str, int | None],
        waiting: Callable[[str, int], None] = lambda _topic, _count: None,
    ) -> None:
        """`waiting` is told how many records of a topic are not handled yet."""
        self._reader = TopicsReader(options, list(starts), MESSAGES)
        self._after = {(topic, 0): start for topic, start in starts.items() if start is not None}
        self._waiting = waiting
        self._held: set[str] = set()
        self.queues = {topic: asyncio.Queue[Read]() for topic in starts}

    async def run(self) -> None:
        """Reads for ever, over outages of the brokers."""
        async with aclosing(self._reader.batches(self._after, self._full)) as batches:
            async for batch in batches:
                for read in batch.records:
                    self.queues[read.place.topic].put_nowait(read)
                for (topic, _), behind in batch.behind.items():
                    self._waiting(topic, behind + self.queues[topic].qsize())

    def _full(self) -> Collection[str]:
        """Topics whose queue was full and is not half empty yet."""
        sizes = {topic: queue.qsize() for topic, queue in self.queues.items()}
        half_full = {topic for topic, size in sizes.items() if size > QUEUE_MAX // 2}
        self._held = {topic for topic in half_full if sizes[topic] >= QUEUE_MAX or topic in self._held}
        return self._held
