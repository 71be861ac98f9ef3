"""Reads compacted topics, every partition from an offset of the reader's own on, batch by batch.

Offsets of compacted topics have holes, and a value may come that a newer one has replaced already; whoever
writes values by key takes them in order and ends with the newest.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, UnknownTopicOrPartitionError

from huiyin_kernel.arrived import Place, Record

log = logging.getLogger(__name__)

POLL_RECORDS_MAX = 500
POLL_MS = 500
FETCH_MS = 1_000
RETRY_SECONDS = 1.0
CLOSE_MS = 2_000

Offsets = Mapping[tuple[str, int], int]
"""The next offset by topic and partition."""


class TablesBatch(NamedTuple):
    """Records in the order of each partition, and where reading goes on after them."""

    records: Sequence[tuple[Place, Record]]
    next_offsets: Offsets
    unread: int


class TablesReader:
    """Reads for one process; `options` are what every client takes."""

    def __init__(self, options: Mapping[str, Any], topics: Sequence[str]) -> None:
        self._options, self._topics = options, tuple(topics)

    async def batches(self, after: Offsets) -> AsyncGenerator[TablesBatch, None]:
        """Batches that are not empty, for ever, over outages of the brokers."""
        following = dict(after)
        with ThreadPoolExecutor(1, thread_name_prefix="tables-reader") as thread:
            while True:
                try:
                    async with aclosing(self._read(thread, following)) as batches:
                        async for batch in batches:
                            following |= batch.next_offsets
                            yield batch
                except KafkaError as error:
                    log.warning("reading tables waits for Kafka: %s: %s", type(error).__name__, error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _read(self, thread: ThreadPoolExecutor, after: Offsets) -> AsyncGenerator[TablesBatch, None]:
        async def blocking(work: Callable[..., Any], *values: Any) -> Any:
            return await asyncio.get_running_loop().run_in_executor(thread, work, *values)

        opening = asyncio.get_running_loop().run_in_executor(thread, self._opened, after)
        try:
            consumer = await asyncio.shield(opening)
            while True:
                found = await blocking(consumer.poll, POLL_MS, POLL_RECORDS_MAX)
                if found:
                    yield _batch(found, consumer)
        finally:
            with suppress(KafkaError):  # nothing was committed that matters
                opened = await opening  # also one that was still on its way
                await asyncio.shield(blocking(lambda: opened.close(timeout_ms=CLOSE_MS)))

    def _opened(self, after: Offsets) -> Any:
        consumer = KafkaConsumer(**{**self._options, **_SETTINGS})
        try:
            parts = [part for topic in self._topics for part in _partitions(consumer, topic)]
            consumer.assign(parts)
            begins, ends = consumer.beginning_offsets(parts), consumer.end_offsets(parts)
            for part in parts:
                wanted = after.get((part.topic, part.partition), begins[part])
                consumer.seek(part, _start(part, wanted, begins[part], ends[part]))
        except BaseException:
            consumer.close(timeout_ms=CLOSE_MS)
            raise
        return consumer


def _partitions(consumer: Any, topic: str) -> list[TopicPartition]:
    numbers = consumer.partitions_for_topic(topic)
    if not numbers:  # Kafka itself would just stay silent
        raise UnknownTopicOrPartitionError(f"{topic} is missing, or may not be read")
    return [TopicPartition(topic, number) for number in sorted(numbers)]


def _start(part: TopicPartition, wanted: int, begin: int, end: int) -> int:
    if begin <= wanted <= end:
        return wanted
    log.error("%s/%s holds %d to %d, not %d: read anew", part.topic, part.partition, begin, end, wanted)
    return begin


def _batch(found: Mapping[Any, Sequence[Any]], consumer: Any) -> TablesBatch:
    records, following, unread = [], {}, 0
    for part, read in found.items():
        following[part.topic, part.partition] = read[-1].offset + 1
        unread += max(0, (consumer.highwater(part) or 0) - read[-1].offset - 1)
        for one in read:
            headers = tuple((name, value or b"") for name, value in one.headers)
            place = Place(part.topic, part.partition, one.offset)
            records.append((place, Record(part.topic, one.key, one.value, headers, one.timestamp)))
    return TablesBatch(records, following, unread)


_SETTINGS = {
    "group_id": None,
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",
    "fetch_max_wait_ms": FETCH_MS,
    "max_poll_records": POLL_RECORDS_MAX,
    "metrics_enabled": False,
}
