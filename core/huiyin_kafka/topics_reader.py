"""Reads topics of one partition each, from given places on: a bounded queue for each, none waits for another.

Offsets are the reader's own (in its database); none is committed to Kafka.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from huiyin_kafka.holding import read_from
from huiyin_kernel.arrived import Place, Record

log = logging.getLogger(__name__)

QUEUE_MAX = 200
"""Records of one topic that wait to be handled; at more its partition is held back."""
POLL_RECORDS_MAX = 100
POLL_MS = 200
RETRY_SECONDS = 1.0
CLOSE_MS = 2_000


class Read(NamedTuple):
    """A record and where it stood."""

    place: Place
    record: Record


class TopicsReader:
    """Fills the queues. `starts` are the next offsets to read by topic; None is the beginning."""

    def __init__(
        self,
        options: Mapping[str, Any],
        starts: Mapping[str, int | None],
        waiting: Callable[[str, int], None] = lambda _topic, _count: None,
    ) -> None:
        """`waiting` is told how many records of a topic are not read yet."""
        self._options, self._next = options, dict(starts)
        self._waiting = waiting
        self._held: set[str] = set()
        self.queues = {topic: asyncio.Queue[Read]() for topic in starts}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="topics-reader")

    async def run(self) -> None:
        """Reads for ever, over outages of the brokers."""
        try:
            while True:
                try:
                    await self._read_on()
                except KafkaError as error:
                    log.warning("reading waits for Kafka: %s: %s", type(error).__name__, error)
                await asyncio.sleep(RETRY_SECONDS)
        finally:
            self._thread.shutdown(wait=False)

    async def _read_on(self) -> None:
        consumer = await self._in_thread(self._opened)
        try:
            while True:
                found = await self._in_thread(self._poll, consumer)
                for records in found.values():
                    self._take(records)
                self._tell(consumer, found)
        finally:
            with suppress(KafkaError):
                await asyncio.shield(self._in_thread(lambda: consumer.close(timeout_ms=CLOSE_MS)))

    def _take(self, records: list[Any]) -> None:
        for found in records:
            headers = tuple((name, value or b"") for name, value in found.headers)
            record = Record(found.topic, found.key, found.value, headers, found.timestamp)
            place = Place(found.topic, found.partition, found.offset)
            self.queues[found.topic].put_nowait(Read(place, record))
            self._next[found.topic] = found.offset + 1

    def _poll(self, consumer: Any) -> Mapping[Any, list[Any]]:
        """What came. Topics whose queue is full are left alone until it is half empty."""
        sizes = {topic: queue.qsize() for topic, queue in self.queues.items()}
        half_full = {topic for topic, size in sizes.items() if size > QUEUE_MAX // 2}
        self._held = {topic for topic in half_full if sizes[topic] >= QUEUE_MAX or topic in self._held}
        places = {TopicPartition(topic, 0): offset or 0 for topic, offset in self._next.items()}
        if not read_from(consumer, places, {part for part in places if part.topic in self._held}):
            time.sleep(POLL_MS / 1_000)
            return {}
        found: Mapping[Any, list[Any]] = consumer.poll(POLL_MS, POLL_RECORDS_MAX)
        return found

    def _tell(self, consumer: Any, found: Mapping[Any, list[Any]]) -> None:
        for partition in found:
            end = consumer.highwater(partition)
            if end is not None:
                unread = end - (self._next[partition.topic] or 0)
                self._waiting(partition.topic, unread + self.queues[partition.topic].qsize())

    def _opened(self) -> Any:
        consumer = KafkaConsumer(**{**self._options, **_SETTINGS})
        try:
            partitions = [TopicPartition(topic, 0) for topic in self._next]
            consumer.assign(partitions)
            begins, ends = consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
            for partition in partitions:
                start = self._start(partition.topic, begins[partition], ends[partition])
                self._next[partition.topic] = start
                consumer.seek(partition, start)
        except BaseException:
            consumer.close(timeout_ms=CLOSE_MS)
            raise
        return consumer

    def _start(self, topic: str, begin: int, end: int) -> int:
        wanted = self._next[topic]
        if wanted is None or begin <= wanted <= end:
            return begin if wanted is None else wanted
        if wanted < begin:
            log.error("%s: records %d to %d are gone, and were never read", topic, wanted, begin - 1)
        else:
            log.error("%s ends at %d, before %d: it was made anew, and is read anew", topic, end, wanted)
        return begin

    async def _in_thread(self, work: Callable[..., Any], *values: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *values)


_SETTINGS = {
    "group_id": None,
    "enable_auto_commit": False,
    "isolation_level": "read_committed",
    "auto_offset_reset": "earliest",
    "fetch_max_wait_ms": 200,
    "max_poll_records": POLL_RECORDS_MAX,
}
