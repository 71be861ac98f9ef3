"""Batches in transactions on a real broker: whole or not at all, never by two; the end of a topic tells."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from kafka.errors import KafkaError

from huiyin_kafka.publish import PublishError, TransactionalPublisher
from huiyin_kafka.whole import last_records
from huiyin_kernel.arrived import Record
from tests.support.agency_topics import read_records
from tests.support.kafka import Brokers

ABORTED = 60
"""More than are looked at first: their marks stand between the last record and the end."""


def record(topic: str, number: int) -> Record:
    return Record(topic, b"k", b"%d" % number, (("n", b"%d" % number),), int(time.time() * 1000))


@pytest.fixture
def options(kafka_broker: Brokers) -> dict[str, Any]:
    return kafka_broker.options("service@cli")


Make = Callable[[str], TransactionalPublisher]


@pytest.fixture
async def make(options: dict[str, Any]) -> AsyncIterator[Make]:
    """Makes publishers, and closes them afterwards."""
    made: list[TransactionalPublisher] = []

    def publisher(name: str) -> TransactionalPublisher:
        made.append(TransactionalPublisher(options, name))
        return made[-1]

    yield publisher
    for one in made:
        await one.aclose()


def read(options: dict[str, Any], topic: str, count: int) -> list[bytes | None]:
    return [one.value for one in read_records(options, topic, lambda found: len(found) >= count)]


def last(options: dict[str, Any], topic: str) -> bytes | None:
    found = last_records(options, [topic])[topic]
    return found.value if found else None


async def test_the_end_of_a_topic_is_its_last_committed_record(
    kafka_broker: Brokers, options: dict[str, Any], make: Make
) -> None:
    topic, empty, publisher = kafka_broker.topic(), kafka_broker.topic(), make("tests-end")
    await publisher.open()
    for first in (1, 4):
        await publisher.publish([record(topic, number) for number in range(first, first + 3)])
    found = await asyncio.to_thread(last_records, options, [topic, empty])
    (end, nothing) = (found[topic], found[empty])
    assert nothing is None
    assert end is not None
    assert end == record(topic, 6)._replace(timestamp_ms=end.timestamp_ms)
    assert await asyncio.to_thread(read, options, topic, 6) == [b"%d" % number for number in range(1, 7)]


async def test_the_end_is_found_behind_many_transactions_that_came_to_nothing(
    kafka_broker: Brokers, options: dict[str, Any], make: Make
) -> None:
    topic, publisher = kafka_broker.topic(), make("tests-aborted")
    await publisher.open()
    await publisher.publish([record(topic, 1)])

    def abort_many() -> None:
        producer = publisher._producer
        for number in range(ABORTED):
            producer.begin_transaction()
            producer.send(topic, b"aborted %d" % number, b"k")
            producer.flush(timeout=10)
            producer.abort_transaction()

    await asyncio.to_thread(abort_many)
    assert await asyncio.to_thread(last, options, topic) == b"1"


async def test_a_newer_publisher_ends_what_an_older_one_left_open_and_fences_it(
    kafka_broker: Brokers, options: dict[str, Any], make: Make
) -> None:
    topic, older, newer = kafka_broker.topic(), make("tests-fence"), make("tests-fence")
    await older.open()
    await older.publish([record(topic, 1)])

    def leave_open() -> None:
        older._producer.begin_transaction()
        older._producer.send(topic, b"left open", b"k").get(10)

    await asyncio.to_thread(leave_open)
    await newer.open()
    assert await asyncio.to_thread(last, options, topic) == b"1"
    with pytest.raises(KafkaError):  # it wakes up and goes on with what it had begun
        await asyncio.to_thread(older._commit)
    await newer.publish([record(topic, 2)])
    assert await asyncio.to_thread(read, options, topic, 2) == [b"1", b"2"]


async def test_one_that_was_fenced_can_begin_again_and_fences_in_turn(
    kafka_broker: Brokers, options: dict[str, Any], make: Make
) -> None:
    topic, one, other = kafka_broker.topic(), make("tests-turns"), make("tests-turns")
    for number, publisher in enumerate((one, other, one, other)):
        await publisher.open()
        await publisher.publish([record(topic, number)])
    await one.open()
    with pytest.raises(PublishError):
        await other.publish([record(topic, 9)])
    assert await asyncio.to_thread(read, options, topic, 4) == [b"0", b"1", b"2", b"3"]


async def test_a_batch_with_a_record_that_cannot_be_published_is_not_there_at_all(
    kafka_broker: Brokers, options: dict[str, Any], make: Make
) -> None:
    topic, publisher = kafka_broker.topic(max_message_bytes="1000"), make("tests-whole")
    await publisher.open()
    large = record(topic, 2)._replace(value=bytes(5_000))
    with pytest.raises(PublishError):
        await publisher.publish([record(topic, 1), large, record(topic, 3)])
    await publisher.open()
    await publisher.publish([record(topic, 4)])
    assert await asyncio.to_thread(read, options, topic, 1) == [b"4"]
