"""Brokers in memory: for tests and rehearsals, held to the same contract as Kafka."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from zlib import crc32

from huiyin_kafka.publish import PublishError
from huiyin_kafka.record import milliseconds
from huiyin_kernel.arrived import Place, Record
from huiyin_kernel.clock import SystemClock
from huiyin_store.port import WorldClock


@dataclass
class MemoryTopic:
    """A topic: its partitions, and the largest record that it takes."""

    partitions: int = 1
    record_bytes_max: int = 1_048_576
    records: list[list[Record]] = field(init=False)

    def __post_init__(self) -> None:
        self.records = [[] for _ in range(self.partitions)]


class MemoryBroker:
    """Topics by name. While it is away nothing can be published."""

    def __init__(self, clock: WorldClock | None = None) -> None:
        self.topics: dict[str, MemoryTopic] = {}
        self.is_away = False
        self.clock = clock or SystemClock()

    def append(self, record: Record) -> Place:
        """Puts a record at the end of its key's partition. Raises PublishError as if it were alone."""
        topic = self.topics.get(record.topic)
        if self.is_away or topic is None:
            cause = f"topic {record.topic} is unknown" if topic is None else "no broker answers"
            raise PublishError(0, ConnectionError(cause), rejected=False)
        size = sum(len(part) for part in (record.key or b"", record.value or b""))
        if size > topic.record_bytes_max or not record.key:
            cause = "the record has no key" if not record.key else f"the record has {size} bytes"
            raise PublishError(0, ValueError(cause), rejected=True)
        number = crc32(record.key) % topic.partitions
        now = milliseconds(self.clock.now())
        topic.records[number].append(record._replace(timestamp_ms=min(record.timestamp_ms, now)))
        return Place(record.topic, number, len(topic.records[number]) - 1)


class MemoryPublisher:
    """Publishes to brokers in memory."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker

    async def publish(self, records: Sequence[Record]) -> None:
        """Returns when every record is there. Raises PublishError."""
        for number, record in enumerate(records):
            try:
                self._broker.append(record)
            except PublishError as error:
                raise PublishError(number, error.cause, rejected=error.rejected) from error.cause

    async def aclose(self) -> None:
        """Nothing to give up."""
