"""The one consumer behind all readers: its places are the reader's own, and its records are the platform's.

Readers differ in what they do with records and in a few settings. How partitions are found, where each is
read on, what is held back and how a client that gives nothing is told stands here.
"""

import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from kafka import TopicPartition
from kafka.errors import KafkaError

from huiyin_kafka.connection import KafkaSetupError
from huiyin_kafka.mends import BoundedConsumer
from huiyin_kernel.arrived import Place, Record

LOOK_SECONDS = 20.0
"""How often it is looked whether there are more partitions by now, and whether what topics hold arrives."""
LOOK_MS = 5_000
"""How long brokers may take to say where partitions end."""
CLOSE_MS = 2_000


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """In what readers differ. A group keeps hints, and nothing else."""

    isolation: Literal["read_committed", "read_uncommitted"]
    reset: Literal["earliest", "none"]
    """What is read instead of a record that is kept no more."""
    poll_ms: int
    poll_records: int
    fetch_ms: int = 500
    """How long a broker keeps a question that it has nothing to answer; a record answers it at once."""
    group: str | None = None

    def options(self) -> dict[str, Any]:
        """As kafka-python's consumer takes them."""
        return {
            "group_id": self.group,
            "enable_auto_commit": False,
            "isolation_level": self.isolation,
            "auto_offset_reset": self.reset,
            "fetch_max_wait_ms": self.fetch_ms,
            "max_poll_records": self.poll_records,
            "metrics_enabled": False,
        }


class TopicMissingError(KafkaSetupError):
    """A topic is missing, or may not be read: Kafka itself would just stay silent."""

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"主题 {topic} 不存在或无权读取 · topic {topic} is missing, or may not be read:"
            " run `huiyin topics diff`"
        )


class StalledError(Exception):
    """The brokers hold records that the consumer does not give, however long it is asked."""


class Read(NamedTuple):
    """A record and where it stood."""

    place: Place
    record: Record


class OffsetSpan(NamedTuple):
    """The first offset of a partition, and the one after its last."""

    begin: int
    end: int


Places = dict[TopicPartition, int]
"""Where each partition is read on: the next offset."""


class PlacedConsumer:
    """Reads each partition from where its reader says. Blocks; what the brokers refuse is a KafkaError."""

    def __init__(self, options: Mapping[str, Any], settings: ReadSettings, places: Places) -> None:
        """`options` are what every client takes; `places` are the reader's, and are kept up here."""
        self.kafka = BoundedConsumer(**{**options, **settings.options()})
        self._settings, self.places = settings, places
        self._stall, self._looked = Stall(), time.monotonic()
        self._ends: Any = None

    def partitions(self, topic: str) -> list[TopicPartition]:
        """A topic's partitions in order. Raises TopicMissingError, KafkaError."""
        numbers = self.kafka.partitions_for_topic(topic)
        if not numbers:
            raise TopicMissingError(topic)
        return [TopicPartition(topic, number) for number in sorted(numbers)]

    def spans(self, parts: Collection[TopicPartition]) -> dict[TopicPartition, OffsetSpan]:
        """What the brokers hold of partitions now."""
        begins, ends = self.kafka.beginning_offsets(parts), self.kafka.end_offsets(parts)
        return {part: OffsetSpan(begins[part], ends[part]) for part in parts}

    def rewind(self, places: Mapping[TopicPartition, int]) -> None:
        """Reads partitions again from these offsets on."""
        self.places.update(places)
        for part in self.kafka.assignment() & places.keys():
            self.kafka.seek(part, places[part])

    def poll(self, held: Collection[TopicPartition] = ()) -> dict[TopicPartition, list[Read]]:
        """What came, in the order of each partition; nothing of those that are held back."""
        if not read_from(self.kafka, self.places, held):
            time.sleep(self._settings.poll_ms / 1_000)
            return {}
        found = self.kafka.poll(timeout_ms=self._settings.poll_ms, max_records=self._settings.poll_records)
        for part, records in found.items():
            self.places[part] = records[-1].offset + 1
        return {part: [converted(one) for one in records] for part, records in found.items()}

    def pass_over(self, parts: Iterable[TopicPartition]) -> None:
        """Goes past what is no record: the marks of transactions, and what compaction took."""
        for part in parts:
            position = self.kafka.position(part, timeout_ms=LOOK_MS)
            self.places[part] = max(self.places[part], position or 0)

    def behind(self, part: TopicPartition) -> int:
        """How many offsets of a partition are not read yet, as far as the brokers' last answer tells."""
        return max(0, (self.kafka.highwater(part) or 0) - self.places[part])

    def look(self) -> bool:
        """Now and then looks whether what the brokers hold arrives; whether it did. Raises StalledError.

        The brokers are asked at one call and their answer is taken at a later one: it comes only after that
        to a question for records, which they may keep for a while, and no record must wait for it.
        """
        if self._ends is None:
            if time.monotonic() - self._looked >= LOOK_SECONDS:
                self._ends = self.kafka.ask_ends(list(self.kafka.assignment()), LOOK_MS)
            return False
        if not self._ends.is_done:
            return False
        asked, self._ends, self._looked = self._ends, None, time.monotonic()
        if asked.failed():
            raise asked.exception
        self._compare({part: end.offset for part, end in asked.value.items()})
        return True

    def _compare(self, ends: Places) -> None:
        """Raises StalledError when what stood before these ends at the look before is not read yet."""
        read = self.kafka.assignment() & ends.keys()
        self.pass_over(part for part in read if self.places[part] < ends[part])
        if stalled := self._stall.partitions({part: self.places[part] for part in read}, ends):
            raise StalledError(f"what stands there does not arrive: {', '.join(map(str, stalled))}")

    def close(self) -> None:
        """Gives up the connections; nothing was committed that matters."""
        with suppress(KafkaError):
            self.kafka.close(autocommit=False, timeout_ms=CLOSE_MS)


def converted(found: Any) -> Read:
    """A record of kafka-python as the platform's. A header without a value is an empty one."""
    headers = tuple((name, value or b"") for name, value in found.headers)
    place = Place(found.topic, found.partition, found.offset)
    return Read(place, Record(found.topic, found.key, found.value, headers, found.timestamp))


def read_from(consumer: Any, places: Mapping[Any, int], held: Collection[Any]) -> bool:
    """Has a consumer read partitions, each from its next offset, but for those that are held back.

    False when all are held back: then there is nothing to poll for. What is held back is not assigned, rather
    than paused: after a pause with records in hand kafka-python may never read a partition again (0011).
    """
    wanted = [part for part in places if part not in held]
    before = consumer.assignment()
    if wanted and set(wanted) != before:
        consumer.assign(wanted)
        for part in set(wanted) - before:
            consumer.seek(part, places[part])
    return bool(wanted)


class Stall:
    """Tells a consumer that has nothing to give from one that does not give what is there.

    After brokers went and came, kafka-python may wait for an answer that never comes. A partition is stalled
    that ended beyond where it was read to already at the look before, and was not read on since.
    """

    def __init__(self) -> None:
        self._due: dict[Any, int] = {}

    def partitions(self, places: Mapping[Any, int], ends: Mapping[Any, int]) -> list[Any]:
        """The partitions that are stalled, by where each is read on, and ends, now."""
        stalled = [part for part, place in places.items() if self._due.get(part) == place]
        self._due = {part: place for part, place in places.items() if place < ends.get(part, 0)}
        return stalled
