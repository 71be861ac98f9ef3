"""A topic read as a whole, up to the ends that it had when asked: for audits. Everything here blocks."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, OffsetOutOfRangeError
from kafka.partitioner.default import murmur2

from huiyin_kafka.connection import KafkaSetupError
from huiyin_kafka.holding import read_from
from huiyin_kernel.arrived import Place, Record

PAGE_MAX = 2_000
POLL_MS = 500
SILENT_SECONDS_MAX = 60.0
"""How long brokers may bring nothing although there is more: longer than a change of leaders takes."""
KEYS_KEPT = 100_000

Page = list[tuple[Place, Record]]


@lru_cache(maxsize=KEYS_KEPT)
def partition_of(key: bytes, count: int) -> int:
    """In which of `count` partitions every Kafka client puts a key by default."""
    return int(murmur2(key) & 0x7FFFFFFF) % count


class WholeTopic:
    """The committed records of a topic between its first and its last offset at a moment."""

    def __init__(self, consumer: Any, topic: str, spans: Mapping[int, tuple[int, int]]) -> None:
        self._consumer, self.topic, self._spans = consumer, topic, spans

    @property
    def partitions(self) -> Sequence[int]:
        """The numbers of its partitions."""
        return sorted(self._spans)

    @property
    def size(self) -> int:
        """How many offsets lie between; with transactions more than there are records."""
        return sum(end - begin for begin, end in self._spans.values())

    def pages(self, partition: int) -> Iterator[Page]:
        """The records of a partition in order. Raises KafkaSetupError when brokers fall silent."""
        yield from self._read([partition])

    def mixed(self, held_back: Callable[[], Collection[int]]) -> Iterator[Page]:
        """The records of all partitions, each in its order, mixed as brokers bring them.

        Partitions that `held_back` names at the time are not read on for now, while there are others.
        """
        yield from self._read(self.partitions, held_back)

    def _read(
        self, partitions: Sequence[int], held_back: Callable[[], Collection[int]] = tuple
    ) -> Iterator[Page]:
        spans = {TopicPartition(self.topic, number): self._spans[number] for number in partitions}
        places = {one: begin for one, (begin, _) in spans.items()}
        for one in self._consumer.assignment() & places.keys():
            self._consumer.seek(one, places[one])
        silent_until = time.monotonic() + SILENT_SECONDS_MAX
        while open_ones := {one: place for one, place in places.items() if place < spans[one][1]}:
            self._hold_back(open_ones, held_back())
            found = _polled(self._consumer, self.topic)
            places |= {one: self._consumer.position(one) for one in self._consumer.assignment()}
            page = [_read_record(one) for records in found.values() for one in records]
            if page := [each for each in page if each[0].offset < spans[_partition(each[0])][1]]:
                yield page
            if found:
                silent_until = time.monotonic() + SILENT_SECONDS_MAX
            elif time.monotonic() > silent_until:
                raise KafkaSetupError(_silence(self.topic, list(open_ones)))

    def _hold_back(self, places: Mapping[Any, int], numbers: Collection[int]) -> None:
        held = {TopicPartition(self.topic, number) for number in numbers}
        if not read_from(self._consumer, places, held):
            read_from(self._consumer, places, ())


class WholeTopics:
    """These topics as they stand now. Raises KafkaSetupError, which names a topic that cannot be read."""

    def __init__(self, options: Mapping[str, Any], topics: Sequence[str]) -> None:
        self._consumer = _opened(options)
        try:
            self.topics = _wholes(self._consumer, topics)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Gives up the connections."""
        self._consumer.close(timeout_ms=2_000)


def _opened(options: Mapping[str, Any]) -> Any:
    settings = {
        "group_id": None,
        "enable_auto_commit": False,
        "isolation_level": "read_committed",
        "auto_offset_reset": "none",
    }
    try:
        return KafkaConsumer(**{**options, **settings})
    except KafkaError as error:
        raise KafkaSetupError(f"Kafka 没有应答 · no broker answers: {error}") from error


def _wholes(consumer: Any, topics: Sequence[str]) -> dict[str, WholeTopic]:
    """All topics with their spans, asked for at once."""
    partitions = [one for topic in topics for one in _partitions(consumer, topic)]
    try:
        begins, ends = consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
    except KafkaError as error:
        raise KafkaSetupError(f"主题读不到 · topics cannot be read: {error}") from error
    spans: dict[str, dict[int, tuple[int, int]]] = {topic: {} for topic in topics}
    for one in partitions:
        spans[one.topic][one.partition] = (begins[one], ends[one])
    return {topic: WholeTopic(consumer, topic, found) for topic, found in spans.items()}


def _partitions(consumer: Any, topic: str) -> list[Any]:
    numbers = consumer.partitions_for_topic(topic)
    if not numbers:
        raise KafkaSetupError(
            f"主题 {topic} 不存在或无权读取 · topic {topic} is missing, or may not be read:"
            " run `huiyin topics diff`"
        )
    return [TopicPartition(topic, number) for number in sorted(numbers)]


def _polled(consumer: Any, topic: str) -> Mapping[Any, Any]:
    try:
        found: Mapping[Any, Any] = consumer.poll(timeout_ms=POLL_MS, max_records=PAGE_MAX)
    except OffsetOutOfRangeError as error:
        if _is_gone(consumer):
            raise KafkaSetupError(f"主题 {topic} 读不到 · topic {topic} cannot be read: {error}") from error
        return {}
    except KafkaError as error:
        raise KafkaSetupError(f"主题 {topic} 读不到 · topic {topic} cannot be read: {error}") from error
    return found


def _is_gone(consumer: Any) -> bool:
    """Whether a record to be read is kept no more. A leader that is new says so also of what it has."""
    read = list(consumer.assignment())
    try:
        begins = consumer.beginning_offsets(read)
    except KafkaError:
        return True
    return any(consumer.position(one) < begins[one] for one in read)


def _read_record(found: Any) -> tuple[Place, Record]:
    place = Place(found.topic, found.partition, found.offset)
    headers = tuple((name, value or b"") for name, value in found.headers)
    return place, Record(found.topic, found.key, found.value, headers, found.timestamp)


def _partition(place: Place) -> Any:
    return TopicPartition(place.topic, place.partition)


def _silence(topic: str, open_ones: Sequence[Any]) -> str:
    numbers = ", ".join(str(one.partition) for one in open_ones)
    return (
        f"主题 {topic} 的分区 {numbers} 在 {SILENT_SECONDS_MAX:g} 秒内没有应答"
        f" · partitions {numbers} of {topic} were silent for {SILENT_SECONDS_MAX:g} s: look at the brokers"
    )
