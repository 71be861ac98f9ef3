"""An agency's system on Kafka: what it publishes, and the receipts that it reads."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from huiyin.exchange.v1.types_pb2 import AgencyMessage, AgencyReceipt
from huiyin_kafka.topics.names import inbox_topic, receipts_topic
from huiyin_kafka.wire import read_receipt
from huiyin_kernel.arrived import Record

SECONDS_MAX = 60.0


def send(options: Mapping[str, Any], agency: str, *messages: AgencyMessage | bytes | None) -> None:
    """Publishes messages, or bytes that are none, in their order."""
    with closing(KafkaProducer(**options)) as producer:
        sent = [producer.send(inbox_topic(agency), value=_value(message), key=b"k") for message in messages]
        for each in sent:
            each.get(timeout=SECONDS_MAX)


def _value(message: AgencyMessage | bytes | None) -> bytes | None:
    return message.SerializeToString() if isinstance(message, AgencyMessage) else message


def read_records(
    options: Mapping[str, Any], topic: str, enough: Callable[[list[Record]], bool]
) -> list[Record]:
    """All committed records of a topic of one partition, once they are enough; an error when not in time."""
    settings = {"auto_offset_reset": "earliest", "isolation_level": "read_committed"}
    found: list[Record] = []
    until = time.monotonic() + SECONDS_MAX
    with closing(KafkaConsumer(**options, **settings)) as consumer:
        consumer.assign([TopicPartition(topic, 0)])
        while not enough(found):
            assert time.monotonic() < until, f"{topic} has {len(found)} records only"
            for records in consumer.poll(timeout_ms=200).values():
                found += [
                    Record(one.topic, one.key, one.value, tuple(one.headers), one.timestamp)
                    for one in records
                ]
    return found


async def receipts_on_topic(options: Mapping[str, Any], agency: str, count: int) -> list[AgencyReceipt]:
    """The receipts on an agency's topic once there are so many; no more may be there a moment later."""
    topic = receipts_topic(agency)
    await asyncio.to_thread(read_records, options, topic, lambda found: len(found) >= count)
    await asyncio.sleep(0.5)
    records = await asyncio.to_thread(read_records, options, topic, lambda found: len(found) >= count)
    return [read_receipt(record) for record in records]
