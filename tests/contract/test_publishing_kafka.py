"""Publishing to a real broker keeps the contract, and outlives what ends a producer of kafka-python."""

import asyncio
import threading

import pytest

from huiyin_kafka.publish import KafkaPublisher, Publisher, PublishError, PublishLimits
from huiyin_kernel.arrived import Record
from tests.contract.publishing import LARGEST, Brokers, PublishContract, oversized, records
from tests.support import kafka, topics

SHORT = PublishLimits(delivery_ms=3_000, request_ms=1_500, block_ms=1_500, linger_ms=1_000)


class OnKafka(Brokers):
    """A real broker."""

    def __init__(self, broker: kafka.Brokers) -> None:
        self.broker, self.rebuilds = broker, 0

    def topic(self, partitions: int) -> str:
        return self.broker.topic(partitions, max_message_bytes=str(LARGEST))

    def publisher(self, *topics: str) -> Publisher:
        return KafkaPublisher(self.broker.options("service@cli"), topics, SHORT, self._count)

    def _count(self) -> None:
        self.rebuilds += 1

    async def read(self, topic: str) -> list[list[Record]]:
        return await topics.read_topic_aside(self.broker.options("service@cli"), topic)


@pytest.fixture
def brokers(kafka_broker: kafka.Brokers) -> OnKafka:
    return OnKafka(kafka_broker)


class TestKafkaPublishing(PublishContract):
    """Publishing."""


async def test_a_rejected_record_costs_a_producer_and_nothing_else(brokers: OnKafka) -> None:
    small, other = brokers.topic(1), brokers.topic(1)
    publisher, sent = brokers.publisher(small, other), records(other, 2)
    with pytest.raises(PublishError):
        await publisher.publish([oversized(small)])
    await publisher.publish(sent)
    await publisher.aclose()
    assert brokers.rebuilds == 1
    assert await brokers.read(other) == [sent]


async def test_a_missing_right_is_no_fault_of_the_record(
    brokers: OnKafka, kafka_broker: kafka.Brokers
) -> None:
    topic = brokers.topic(1)
    publisher = KafkaPublisher(kafka_broker.options("service@relay"), [topic], SHORT)
    with pytest.raises(PublishError, match="Authorization") as caught:
        await publisher.publish(records(topic, 1))
    assert not caught.value.rejected
    kafka_broker.allow("relay", "WRITE", topic)
    await asyncio.sleep(0.5)
    await publisher.publish(records(topic, 1))
    await publisher.aclose()
    assert sum(map(len, await brokers.read(topic))) == 1


async def test_a_broker_that_is_away_is_no_fault_of_the_record_and_closing_does_not_wait(
    kafka_broker: kafka.Brokers,
) -> None:
    options = kafka_broker.options("service@cli") | {
        "bootstrap_servers": ["127.0.0.1:1"],
        "bootstrap_timeout_ms": 500,
    }
    publisher = KafkaPublisher(options, ["t"], SHORT)
    with pytest.raises(PublishError) as caught:
        await publisher.publish(records("t", 1))
    assert not caught.value.rejected
    async with asyncio.timeout(5):
        await publisher.aclose()


async def test_the_event_loop_goes_on_while_a_batch_is_published(brokers: OnKafka) -> None:
    topic = brokers.broker.topic(3)
    publisher = brokers.publisher(topic)
    publishing = asyncio.ensure_future(publisher.publish(records(topic, 5_000)))
    turns = 0
    while not publishing.done():
        await asyncio.sleep(0.001)
        turns += 1
    await publishing
    await publisher.aclose()
    assert turns > 20


async def test_no_thread_is_left_behind(brokers: OnKafka) -> None:
    before = set(threading.enumerate())
    topic = brokers.topic(1)
    publisher = brokers.publisher(topic)
    await publisher.publish(records(topic, 2))
    for _ in range(2):
        with pytest.raises(PublishError):
            await publisher.publish([oversized(topic)])
    await publisher.aclose()
    async with asyncio.timeout(10):
        while set(threading.enumerate()) - before:
            await asyncio.sleep(0.05)
