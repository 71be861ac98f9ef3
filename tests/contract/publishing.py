"""What every publisher promises."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import count
from random import Random

import pytest

from huiyin_kafka.publish import Publisher, PublishError
from huiyin_kernel.arrived import Record

_numbers = count(1)
LARGEST = 2_000
FAR_AHEAD_MS = 32_503_680_000_000


class Brokers(ABC):
    """Brokers under test."""

    @abstractmethod
    def topic(self, partitions: int) -> str:
        """A new topic that takes records of about two thousand bytes."""

    @abstractmethod
    def publisher(self, *topics: str) -> Publisher:
        """A publisher to these topics."""

    @abstractmethod
    async def read(self, topic: str) -> list[list[Record]]:
        """Everything in a topic, by partition."""


def records(topic: str, number: int, keys: int = 7) -> list[Record]:
    """Some records, each unlike any other."""
    made = [next(_numbers) for _ in range(number)]
    return [
        Record(
            topic, f"case-{each % keys}".encode(), b"%d" % each, (("ce_id", b"%d" % each), ("x", b"")), 1000
        )
        for each in made
    ]


def oversized(topic: str) -> Record:
    """More than the topic takes, also when it is compressed."""
    return Record(topic, b"case-1", Random(7).randbytes(10 * LARGEST), (), 1000)


def of_key(found: Sequence[Sequence[Record]], key: bytes | None) -> list[Record]:
    """The records of a key, in their order; all in one partition."""
    (partition,) = [each for each in found if any(record.key == key for record in each)]
    return [record for record in partition if record.key == key]


class PublishContract:
    """Publishing. Subclasses give `brokers`."""

    async def test_what_is_published_stands_there_in_the_order_of_each_key(self, brokers: Brokers) -> None:
        topic = brokers.topic(3)
        publisher, sent = brokers.publisher(topic), records(topic, 100)
        await publisher.publish(sent[:60])
        await publisher.publish(sent[60:])
        await publisher.aclose()
        found = await brokers.read(topic)
        assert sum(map(len, found)) == 100
        for key in {record.key for record in sent}:
            assert of_key(found, key) == [record for record in sent if record.key == key]

    async def test_an_empty_batch_is_published_at_once(self, brokers: Brokers) -> None:
        topic = brokers.topic(1)
        publisher = brokers.publisher(topic)
        await publisher.publish([])
        await publisher.aclose()
        assert await brokers.read(topic) == [[]]

    async def test_a_rejected_record_is_told_and_those_before_it_are_there(self, brokers: Brokers) -> None:
        topic = brokers.topic(1)
        publisher, sent = brokers.publisher(topic), records(topic, 3)
        await publisher.publish(sent[:2])
        with pytest.raises(PublishError) as caught:
            await publisher.publish([oversized(topic)])
        assert (caught.value.rejected, caught.value.acknowledged) == (True, 0)
        await publisher.publish(sent[2:])
        await publisher.aclose()
        assert (await brokers.read(topic)) == [sent]

    async def test_a_batch_with_a_rejected_record_says_how_many_are_there(self, brokers: Brokers) -> None:
        topic = brokers.topic(3)
        publisher, sent = brokers.publisher(topic), records(topic, 20)
        with pytest.raises(PublishError) as caught:
            await publisher.publish([*sent[:10], oversized(topic), *sent[10:]])
        await publisher.aclose()
        assert caught.value.rejected
        assert caught.value.acknowledged <= 10
        found = {record for partition in await brokers.read(topic) for record in partition}
        assert set(sent[: caught.value.acknowledged]) <= found

    async def test_a_record_without_a_key_is_rejected_and_those_before_it_are_there(
        self, brokers: Brokers
    ) -> None:
        topic = brokers.topic(1)
        publisher, sent = brokers.publisher(topic), records(topic, 5)
        with pytest.raises(PublishError, match="no key") as caught:
            await publisher.publish([*sent[:3], sent[3]._replace(key=None), sent[4]])
        await publisher.aclose()
        assert (caught.value.rejected, caught.value.acknowledged) == (True, 3)
        assert await brokers.read(topic) == [sent[:3]]

    async def test_an_unknown_topic_is_no_fault_of_the_record(self, brokers: Brokers) -> None:
        publisher = brokers.publisher("test.never.made")
        with pytest.raises(PublishError) as caught:
            await publisher.publish(records("test.never.made", 2))
        await publisher.aclose()
        assert (caught.value.rejected, caught.value.acknowledged) == (False, 0)

    async def test_a_time_far_ahead_is_written_as_the_present(self, brokers: Brokers) -> None:
        topic = brokers.topic(1)
        publisher, (record,) = brokers.publisher(topic), records(topic, 1)
        await publisher.publish([record._replace(timestamp_ms=FAR_AHEAD_MS)])
        await publisher.aclose()
        ((found,),) = await brokers.read(topic)
        assert 1_700_000_000_000 < found.timestamp_ms < FAR_AHEAD_MS
