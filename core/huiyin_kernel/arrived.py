"""What arrived, and from where: a record of a topic as plain data, whoever carried it."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from huiyin.dead.v1.types_pb2 import RawHeader, RawRecord, RecordPlace

ItemT = TypeVar("ItemT")

Headers = tuple[tuple[str, bytes], ...]


class Record(NamedTuple):
    """What is sent to a topic, or was read from it. `timestamp_ms` counts from 1970."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp_ms: int


class Place(NamedTuple):
    """Where a record stands."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}@{self.offset}"


class Parsed(NamedTuple, Generic[ItemT]):
    """An item of a log. `item` is None where the log has one that its topic has not."""

    log: str
    position: int
    item: ItemT | None


class Arrived(NamedTuple, Generic[ItemT]):
    """A record that was read. `parsed` is None when it could not be made sense of; `fault` says why."""

    place: Place
    record: Record
    parsed: Parsed[ItemT] | None
    fault: str = ""


Parse = Callable[[Record], Parsed[ItemT]]
"""Makes sense of a record. Raises an error that says which part of it is wrong."""


def raw_record(record: Record) -> RawRecord:
    """A record exactly as it stood, to be kept."""
    headers = [RawHeader(name=name, value=value) for name, value in record.headers]
    return RawRecord(
        key=record.key, value=record.value, headers=headers, timestamp_ms=max(0, record.timestamp_ms)
    )


def record_of(place: Place, raw: RawRecord) -> Record:
    """The record that was kept."""
    headers = tuple((header.name, header.value) for header in raw.headers)
    key = raw.key if raw.HasField("key") else None
    value = raw.value if raw.HasField("value") else None
    return Record(place.topic, key, value, headers, raw.timestamp_ms)


def record_place(place: Place) -> RecordPlace:
    """A place, for a letter."""
    return RecordPlace(topic=place.topic, partition=place.partition, offset=place.offset)
