"""Fenced publishing on a real broker: never by two, and the end of a topic tells what is there."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from typing import Any

import pytest
from kafka import KafkaProducer
from kafka.errors import KafkaError

from huiyin_kafka.publish import FencedPublisher, PublishError
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


Make = Callable[[str], FencedPublisher]


@pytest.fixture
async def make(options: dict[str, Any]) -> AsyncIterator[Make]:
    """Makes publishers, and closes them afterwards."""
    made: list[FencedPublisher] = []

    def publisher(name: str) -> FencedPublisher:
        made.append(FencedPublisher(options, name))
        return made[-1]

    yield publisher
    for one in made:
        await one.aclose()


def transacting(options: dict[str, Any], name: str) -> Any:
    """A plain producer of transactions."""
    producer = KafkaProducer(**options, transactional_id=name)
    producer.init_transactions()
    return producer


def read(options: dict[str, Any], topic: str, count: int) -> list[bytes | None]:
    return [one.value for one in read_records(options, topic, lambda found: len(found) >= count)]


def last(options: dict[str, Any], topic: str) -> bytes | None:
    found = last_records(options, [topic])[topic]
    return found.value if found else None


async def test_the_end_of_a_topic_is_its_last_record(
    kafka_broker: Brokers, options: dict[str, Any], make: Make
) -> None:
    topic, empty, publisher = kafka_broker.topic(), kafka_broker.topic(), make("tests-end")
    await publisher.open([topic, empty])
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
    await publisher.open([topic])
    await publisher.publish([record(topic, 1)])

    def abort_many() -> None:
        with closing(transacting(options, "tests-other")) as producer:
            for number in range(ABORTED):
                producer.begin_transaction()
                producer.send(topic, b"aborted %d" % number, b"k")
                producer.flush(timeout=10)
                producer.abort_transaction()

    await asyncio.to_thread(abort_many)
    assert await asyncio.to_thread(last, options, topic) == b"1"


async def test_whoever_opens_ends_a_transaction_that_was_left_open(
    kafka_broker: Brokers, options: dict[str, Any], make: Make
) -> None:
    topic, newer = kafka_broker.topic(), make("tests-left")
    older = await asyncio.to_thread(transacting, options, "tests-left")
    older.begin_transaction()
    await asyncio.to_thread(older.send(topic, b"left open", b"k").get, 10)
    await newer.open([topic])
    assert await asyncio.to_thread(last, options, topic) is None
    await newer.publish([record(topic, 2)])
    assert await asyncio.to_thread(read, options, topic, 1) == [b"2"]
    older._sender.force_close()
    older.close(timeout=1)


async def test_a_newer_one_that_has_written_nothing_yet_fences_an_older_one_on_every_topic(
    kafka_broker: Brokers, options: dict[str, Any], make: Make
) -> None:
    topics, older, newer = [kafka_broker.topic() for _ in range(3)], make("tests-fence"), make("tests-fence")
    await older.open(topics)
    await older.publish([record(topics[0], 1)])
    await newer.open(topics)
    with pytest.raises(PublishError):  # it wakes up and goes on with what it had begun
        await older.publish([record(topic, 9) for topic in topics])
    assert await asyncio.to_thread(last, options, topics[0]) == b"1"
    for topic in topics[1:]:
        assert await asyncio.to_thread(last, options, topic) is None
    await newer.publish([record(topics[0], 2)])
    assert await asyncio.to_thread(read, options, topics[0], 2) == [b"1", b"2"]


async def test_one_that_was_fenced_never_gets_itself_an_epoch_that_nobody_fences(
    kafka_broker: Brokers, make: Make
) -> None:
    topic, older, newer = kafka_broker.topic(), make("tests-epoch"), make("tests-epoch")
    await older.open([topic])
    producer = older._producer
    await newer.open([topic])
    with pytest.raises(PublishError):
        await older.publish([record(topic, 1)])
    assert producer._transaction_manager.has_fatal_error()
    with pytest.raises(KafkaError):
        producer.send(topic, b"1", b"k").get(1)


async def test_one_that_was_fenced_can_begin_again_and_fences_in_turn(
    kafka_broker: Brokers, options: dict[str, Any], make: Make
) -> None:
    topic, one, other = kafka_broker.topic(), make("tests-turns"), make("tests-turns")
    for number, publisher in enumerate((one, other, one, other)):
        await publisher.open([topic])
        await publisher.publish([record(topic, number)])
    await one.open([topic])
    with pytest.raises(PublishError):
        await other.publish([record(topic, 9)])
    assert await asyncio.to_thread(read, options, topic, 4) == [b"0", b"1", b"2", b"3"]


async def test_after_a_record_that_cannot_be_published_it_goes_on_once_it_is_open_again(
    kafka_broker: Brokers, options: dict[str, Any], make: Make
) -> None:
    topic, publisher = kafka_broker.topic(max_message_bytes="1000"), make("tests-large")
    await publisher.open([topic])
    with pytest.raises(PublishError):
        await publisher.publish([record(topic, 2)._replace(value=bytes(5_000))])
    await publisher.open([topic])
    assert await asyncio.to_thread(last, options, topic) is None
    await publisher.publish([record(topic, 4)])
    assert await asyncio.to_thread(read, options, topic, 1) == [b"4"]
