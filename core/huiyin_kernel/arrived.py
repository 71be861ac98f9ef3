"""What arrives from another service's log: a record with its place, and where such a log is read from.

So the kernel knows no Kafka, and the embedded default runs without a client of it.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

from huiyin.dead.v1.types_pb2 import RawHeader, RawRecord, RecordPlace
from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.settings import Settings

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


Follow = Callable[[int], AsyncGenerator[tuple[Event | None, int], None]]
"""Follows a log after a position: its events, and how far it is read with each (or with none)."""


@runtime_checkable
class PlacedLog(Protocol):
    """Follows a log on a topic: it knows where an event stood, and tells of records that are none."""

    unreadable: Callable[[Arrived[Any]], Awaitable[None]] | None

    def place(self, position: int) -> Place | None:
        """Where the event at a position stood, if it came lately."""
        ...


class LogSource(Protocol):
    """The logs of other services, for one process."""

    def follow(self, settings: Settings, reader: str, log_name: str, feed: Follow) -> Follow:
        """A log for the service `reader`; `feed` is the same over gRPC."""
        ...

    def checks(self, settings: Settings, reader: str) -> Sequence[Coroutine[Any, Any, None]]:
        """What ends the process when the topics that are followed are not set up for it."""
        ...

    def read(self, record: Record) -> Parsed[Event]:
        """What a record that was kept carries. Raises an error that says what is wrong with it."""
        ...
