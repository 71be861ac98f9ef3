"""Reading topics of real brokers in tests, as an outside client does: a plain consumer, nothing of ours."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from huiyin_kernel.kafka.record import Record

READ_SECONDS_MAX = 30.0


def read_topic(options: Mapping[str, Any], topic: str) -> list[list[Record]]:
    """Everything in a topic up to now, by partition."""
    with closing(KafkaConsumer(**options)) as consumer:
        parts = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic))]
        consumer.assign(parts)
        consumer.seek_to_beginning(*parts)
        ends, found = consumer.end_offsets(parts), {part: list[Record]() for part in parts}
        deadline = time.monotonic() + READ_SECONDS_MAX
        while any(consumer.position(part) < ends[part] for part in parts):
            assert time.monotonic() < deadline, f"{topic} was not read to its end"
            for part, read in consumer.poll(timeout_ms=200).items():
                found[part] += [_record(each) for each in read]
        return [found[part] for part in parts]


async def read_topic_aside(options: Mapping[str, Any], topic: str) -> list[list[Record]]:
    """The same from an event loop."""
    return await asyncio.to_thread(read_topic, options, topic)


def _record(read: Any) -> Record:
    return Record(read.topic, read.key, read.value, tuple(read.headers), read.timestamp)
