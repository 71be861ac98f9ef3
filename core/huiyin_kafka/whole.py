"""Topics as they stand when asked: read as a whole, for audits, or looked at for their last records.

Everything here blocks, and reads what is committed.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from typing import Any

from kafka import TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError, OffsetOutOfRangeError
from kafka.partitioner.default import murmur2

from huiyin_kafka.connection import KafkaSetupError
from huiyin_kafka.consumer import OffsetSpan, PlacedConsumer, Places, Read, ReadSettings
from huiyin_kernel.arrived import Record

WHOLE = ReadSettings("read_committed", "none", poll_ms=500, poll_records=2_000)
ENDS = ReadSettings("read_committed", "none", poll_ms=200, poll_records=500)
SILENT_SECONDS_MAX = 60.0
"""How long brokers may bring nothing although there is more: longer than a change of leaders takes."""
ENDS_SECONDS_MAX = 30.0
KEYS_KEPT = 100_000
_LOOKED_AT_FIRST, _GROWTH = 32, 16
"""Places before the end that are read; more where they hold nothing but the marks of transactions."""

Page = list[Read]


@lru_cache(maxsize=KEYS_KEPT)
def partition_of(key: bytes, count: int) -> int:
    """In which of `count` partitions every Kafka client puts a key by default."""
    return int(murmur2(key) & 0x7FFFFFFF) % count


class WholeTopic:
    """The committed records of a topic between its first and its last offset at a moment."""

    def __init__(self, consumer: PlacedConsumer, topic: str, spans: Mapping[int, OffsetSpan]) -> None:
        self._consumer, self.topic, self._spans = consumer, topic, spans

    @property
    def partitions(self) -> Sequence[int]:
        """The numbers of its partitions."""
        return sorted(self._spans)

    @property
    def size(self) -> int:
        """How many offsets lie between; with transactions more than there are records."""
        return sum(span.end - span.begin for span in self._spans.values())

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
        ends = {TopicPartition(self.topic, number): self._spans[number].end for number in partitions}
        places = self._consumer.places
        places.clear()
        self._consumer.rewind({one: self._spans[one.partition].begin for one in ends})
        silent_until = time.monotonic() + SILENT_SECONDS_MAX
        while _only_open(places, ends):
            found = self._polled(held_back())
            if page := [
                read for one, records in found.items() for read in records if read.place.offset < ends[one]
            ]:
                yield page
            if found:
                silent_until = time.monotonic() + SILENT_SECONDS_MAX
            elif time.monotonic() > silent_until:
                raise KafkaSetupError(_silence(self.topic, list(places)))

    def _polled(self, held_back: Collection[int]) -> Mapping[TopicPartition, Page]:
        held = {one for one in self._consumer.places if one.partition in held_back}
        held = set() if len(held) == len(self._consumer.places) else held
        try:
            found = self._consumer.poll(held)
            self._consumer.pass_over(self._consumer.places.keys() - held)
        except OffsetOutOfRangeError as error:
            if self._is_gone():
                raise _unreadable(self.topic, error) from error
            return {}
        except KafkaError as error:
            raise _unreadable(self.topic, error) from error
        return found

    def _is_gone(self) -> bool:
        """Whether a record to be read is kept no more. A leader that is new says so also of what it has."""
        places = self._consumer.places
        try:
            begins = self._consumer.kafka.beginning_offsets(list(places))
        except KafkaError:
            return True
        return any(place < begins[one] for one, place in places.items())


def _only_open(places: Places, ends: Mapping[TopicPartition, int]) -> bool:
    """Leaves the partitions that are not read to their end; whether there are any."""
    for one in [one for one, place in places.items() if place >= ends[one]]:
        del places[one]
    return bool(places)


class WholeTopics:
    """These topics as they stand now. Raises KafkaSetupError, which names a topic that cannot be read."""

    def __init__(self, options: Mapping[str, Any], topics: Sequence[str]) -> None:
        try:
            self._consumer = PlacedConsumer(options, WHOLE, {})
        except KafkaError as error:
            raise KafkaSetupError(f"Kafka 没有应答 · no broker answers: {error}") from error
        try:
            self.topics = _wholes(self._consumer, topics)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Gives up the connections."""
        self._consumer.close()


def _wholes(consumer: PlacedConsumer, topics: Sequence[str]) -> dict[str, WholeTopic]:
    """All topics with their spans, asked for at once."""
    try:
        found = consumer.spans([one for topic in topics for one in consumer.partitions(topic)])
    except KafkaError as error:
        raise KafkaSetupError(f"主题读不到 · topics cannot be read: {error}") from error
    spans: dict[str, dict[int, OffsetSpan]] = {topic: {} for topic in topics}
    for one, span in found.items():
        spans[one.topic][one.partition] = span
    return {topic: WholeTopic(consumer, topic, of_topic) for topic, of_topic in spans.items()}


def _unreadable(topic: str, error: KafkaError) -> KafkaSetupError:
    return KafkaSetupError(f"主题 {topic} 读不到 · topic {topic} cannot be read: {error}")


def _silence(topic: str, open_ones: Sequence[TopicPartition]) -> str:
    numbers = ", ".join(str(one.partition) for one in open_ones)
    return (
        f"主题 {topic} 的分区 {numbers} 在 {SILENT_SECONDS_MAX:g} 秒内没有应答"
        f" · partitions {numbers} of {topic} were silent for {SILENT_SECONDS_MAX:g} s: look at the brokers"
    )


class UnreadableEndError(Exception):
    """The brokers did not say what stands at the end of a topic; the message says why."""


def last_records(options: Mapping[str, Any], topics: Iterable[str]) -> dict[str, Record | None]:
    """The last committed record of each topic of one partition; None for one that holds none.

    What a transaction that is still open has written is not looked at. Raises UnreadableEndError.
    """
    parts = [TopicPartition(topic, 0) for topic in topics]
    try:
        with closing(PlacedConsumer(options, ENDS, {})) as consumer:
            return _found(consumer, consumer.spans(parts), time.monotonic() + ENDS_SECONDS_MAX)
    except KafkaError as error:
        raise UnreadableEndError(f"{type(error).__name__}: {error}") from error


def _found(
    consumer: PlacedConsumer, spans: Mapping[TopicPartition, OffsetSpan], until: float
) -> dict[str, Record | None]:
    found: dict[str, Record | None] = dict.fromkeys((part.topic for part in spans), None)
    wanted, looked_at = {part for part, span in spans.items() if span.end > span.begin}, _LOOKED_AT_FIRST
    while wanted:
        starts = {part: max(spans[part].begin, spans[part].end - looked_at) for part in wanted}
        found |= _last_after(consumer, starts, spans, until)
        wanted = {part for part in wanted if found[part.topic] is None and starts[part] > spans[part].begin}
        looked_at *= _GROWTH
    return found


def _last_after(
    consumer: PlacedConsumer,
    starts: Mapping[TopicPartition, int],
    spans: Mapping[Any, OffsetSpan],
    until: float,
) -> dict[str, Record]:
    """The last record between start and end of each partition, where there is one."""
    last: dict[str, Record] = {}
    consumer.places.clear()
    consumer.rewind(starts)
    ends = {part: spans[part].end for part in starts}
    while _only_open(consumer.places, ends):
        if time.monotonic() > until:
            raise KafkaTimeoutError(f"the ends of the topics could not be read within {ENDS_SECONDS_MAX:g} s")
        for part, records in consumer.poll().items():
            last[part.topic] = records[-1].record
        consumer.pass_over(list(consumer.places))
    return last
