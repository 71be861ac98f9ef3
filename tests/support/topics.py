"""Topics of real brokers in tests: read by a plain consumer, as outside clients do; limited for a while."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import AlterConfigOp, ConfigResource, ConfigResourceType

from huiyin_kernel.arrived import Record
from tests.support.kafka import Brokers

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


@contextmanager
def limited(brokers: Brokers, topic: str, size: str) -> Iterator[None]:
    """The topic takes smaller records for a while; afterwards as many bytes as it took before."""
    before = _message_bytes(brokers, topic)
    try:
        _set_message_bytes(brokers, topic, size)
        yield
    finally:
        _set_message_bytes(brokers, topic, before)


def _message_bytes(brokers: Brokers, topic: str) -> str:
    with brokers.admin() as admin:
        described = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        return str(described["topic"][topic]["max.message.bytes"]["value"])


def _set_message_bytes(brokers: Brokers, topic: str, size: str) -> None:
    with brokers.admin() as admin:
        change = {"max.message.bytes": (AlterConfigOp.SET, size)}
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, change)])
        time.sleep(0.5)  # until the broker goes by it
