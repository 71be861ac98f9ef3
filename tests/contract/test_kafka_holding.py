"""A partition that is held back with records in hand is read on later, to its end."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from huiyin_kafka.consumer import read_from
from tests.support.kafka import Brokers

COUNT = 60
AT_ONCE = 10
READ_SECONDS = 30.0


class Reader:
    """Two partitions with records, read by hand."""

    def __init__(self, consumer: Any, topic: str) -> None:
        self.consumer = consumer
        self.one, self.other = TopicPartition(topic, 0), TopicPartition(topic, 1)
        self.next = {self.one: 0, self.other: 0}

    def poll(self) -> set[TopicPartition]:
        found = self.consumer.poll(timeout_ms=200, max_records=AT_ONCE)
        for part, records in found.items():
            assert [record.offset for record in records] == [self.next[part] + i for i in range(len(records))]
            self.next[part] += len(records)
        return set(found)

    def poll_until_end_of(self, part: TopicPartition, seconds: float = READ_SECONDS) -> bool:
        """Whether the end was reached in time."""
        deadline = time.monotonic() + seconds
        while self.next[part] < COUNT and time.monotonic() < deadline:
            self.poll()
        return self.next[part] == COUNT

    def poll_until_some_are_in_hand(self) -> tuple[TopicPartition, TopicPartition]:
        """The partition of which some records were given while others wait in the consumer; the other one."""
        deadline = time.monotonic() + READ_SECONDS
        while not (found := self.poll()):
            assert time.monotonic() < deadline
        begun = found.pop()
        return begun, self.other if begun == self.one else self.one


@pytest.fixture
def reader(kafka_broker: Brokers) -> Iterator[Reader]:
    topic, options = kafka_broker.topic(2), kafka_broker.options("service@cli")
    with closing(KafkaProducer(**options)) as producer:
        for number in range(2 * COUNT):
            producer.send(topic, b"record", partition=number % 2)
        producer.flush(timeout=READ_SECONDS)
    with closing(KafkaConsumer(**options, group_id=None, auto_offset_reset="earliest")) as consumer:
        yield Reader(consumer, topic)


def test_what_is_held_back_is_not_read_and_read_on_later(reader: Reader) -> None:
    assert read_from(reader.consumer, reader.next, ())
    begun, other = reader.poll_until_some_are_in_hand()
    assert read_from(reader.consumer, reader.next, {begun})
    kept = reader.next[begun]
    assert reader.poll_until_end_of(other)
    assert reader.poll() == set()
    assert reader.next[begun] == kept
    assert read_from(reader.consumer, reader.next, ())
    assert reader.poll_until_end_of(begun)


def test_when_all_are_held_back_there_is_nothing_to_poll_for(reader: Reader) -> None:
    assert read_from(reader.consumer, reader.next, ())
    assert not read_from(reader.consumer, reader.next, set(reader.next))
    assert reader.poll_until_end_of(reader.one)


def test_pause_and_resume_of_the_library_still_lose_what_was_in_hand(reader: Reader) -> None:
    """Why partitions are not paused: when this fails, they can be again."""
    assert read_from(reader.consumer, reader.next, ())
    begun, other = reader.poll_until_some_are_in_hand()
    reader.consumer.pause(begun)
    assert reader.poll_until_end_of(other)
    reader.consumer.resume(begun)
    assert not reader.poll_until_end_of(begun, seconds=3.0)
