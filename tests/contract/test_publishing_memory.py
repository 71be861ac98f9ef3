"""Brokers in memory keep the contract of publishing."""

import pytest

from huiyin_kafka.publish import Publisher, PublishError
from huiyin_kernel.arrived import Record
from tests.contract.publishing import LARGEST, Brokers, PublishContract, records
from tests.support.memory_broker import MemoryBroker, MemoryPublisher, MemoryTopic


class InMemory(Brokers):
    """Brokers in memory."""

    def __init__(self) -> None:
        self.broker = MemoryBroker()

    def topic(self, partitions: int) -> str:
        name = f"test.{len(self.broker.topics)}"
        self.broker.topics[name] = MemoryTopic(partitions, LARGEST)
        return name

    def publisher(self, *topics: str) -> Publisher:
        return MemoryPublisher(self.broker)

    async def read(self, topic: str) -> list[list[Record]]:
        return self.broker.topics[topic].records


@pytest.fixture
def brokers() -> Brokers:
    return InMemory()


class TestMemoryPublishing(PublishContract):
    """Publishing."""


async def test_brokers_that_are_away_take_nothing() -> None:
    memory = InMemory()
    topic = memory.topic(1)
    memory.broker.is_away = True
    with pytest.raises(PublishError, match="no broker") as caught:
        await memory.publisher(topic).publish(records(topic, 3))
    assert not caught.value.rejected
    assert await memory.read(topic) == [[]]
