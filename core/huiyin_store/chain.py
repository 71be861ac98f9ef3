"""The hash chain of a stream: how an event's hash is made, and who breaks it first (docs/event-log.md)."""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from huiyin_store.port import GENESIS, RecordedEvent

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Instants are hashed as microseconds since here, as PostgreSQL stores them."""

_FIXED = struct.Struct(">qq16sqq")
_LENGTH = struct.Struct(">i")


class ChainedEvent(Protocol):
    """What the hash covers, by the names that a recorded event gives it."""

    @property
    def position(self) -> int: ...
    @property
    def stream(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def event_id(self) -> UUID: ...
    @property
    def type(self) -> str: ...
    @property
    def recorded(self) -> datetime: ...
    @property
    def occurred(self) -> datetime: ...
    @property
    def meta(self) -> bytes: ...
    @property
    def data(self) -> bytes: ...


def microseconds(instant: datetime) -> int:
    """Microseconds from the epoch to an aware instant. Raises TypeError for a naive one."""
    span = instant - EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _LENGTH.pack(len(encoded)) + encoded


_type = lru_cache(maxsize=1024)(_text)  # there are few types, and many events of each


def chain_hash(previous: bytes, event: ChainedEvent) -> bytes:
    """The hash that the event must have after the previous one; its own hash fields are not looked at."""
    return hash_of(previous, fixed_part(event), event.meta, event.data, event.stream, event.type)


def fixed_part(event: ChainedEvent) -> bytes:
    """The columns of fixed width as they are hashed: what PostgreSQL sends for them in binary, in this order.

    Position, version, event_id, recorded, occurred.
    """
    recorded, occurred = microseconds(event.recorded), microseconds(event.occurred)
    return _FIXED.pack(event.position, event.version, event.event_id.bytes, recorded, occurred)


def hash_of(previous: bytes, fixed: bytes, meta: bytes, data: bytes, stream: str, type_name: str) -> bytes:
    """The same from the parts that are hashed."""
    digests, named = sha256(meta).digest() + sha256(data).digest(), stream.encode()
    return sha256(previous + fixed + digests + _LENGTH.pack(len(named)) + named + _type(type_name)).digest()


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first place where a log is not what was appended."""

    position: int
    stream: str
    reason: str


class LogVerifier:
    """Follows a log from its first event and stops at the first fault.

    It finds every change of a field, and every event that was dropped, inserted or moved. An end that was
    cut off is found only against something kept elsewhere: `finish` compares with the streams' heads.
    """

    def __init__(self) -> None:
        self.position = 0
        self._recorded: datetime | None = None
        self._heads: dict[str, tuple[int, bytes]] = {}

    def check(self, event: RecordedEvent) -> ChainFault | None:
        """Takes the next event of the log; None if it fits."""
        version, head = self._heads.get(event.stream, (0, GENESIS))
        reason = self._misfit(event, version, head)
        if reason is not None:
            return ChainFault(min(event.position, self.position + 1), event.stream, reason)
        self.position, self._recorded = event.position, event.recorded
        self._heads[event.stream] = (event.version, event.hash)
        return None

    def _misfit(self, event: RecordedEvent, version: int, head: bytes) -> str | None:
        if event.position != self.position + 1:
            return f"position {event.position} follows {self.position}"
        if event.version != version + 1:
            return f"version {event.version} follows {version} of its stream"
        if event.previous_hash != head:
            return "the previous hash is not that of the stream's previous event"
        if event.hash != chain_hash(head, event):
            return "the hash does not fit the event"
        if self._recorded is not None and event.recorded < self._recorded:
            return "it was recorded before the event before it"
        return None

    def finish(self, heads: Mapping[str, tuple[int, bytes]]) -> ChainFault | None:
        """Compares the end of each stream with its head (version, hash) as kept elsewhere."""
        for stream in sorted(heads.keys() | self._heads.keys()):
            if heads.get(stream) != self._heads.get(stream):
                return ChainFault(self.position + 1, stream, "the stream does not end at its head")
        return None


def verify_log(events: Iterable[RecordedEvent]) -> ChainFault | None:
    """The first fault of a whole log, read from its first event; None if there is none."""
    verifier = LogVerifier()
    return next((fault for event in events if (fault := verifier.check(event)) is not None), None)


def verify_stream(events: Iterable[RecordedEvent]) -> ChainFault | None:
    """The first fault of one stream, read from its first event; None if there is none."""
    version, head, position = 0, GENESIS, 0
    for event in events:
        in_order = event.version == version + 1 and event.position > position
        if not in_order or event.previous_hash != head or event.hash != chain_hash(head, event):
            return ChainFault(event.position, event.stream, f"the chain breaks after version {version}")
        version, head, position = event.version, event.hash, event.position
    return None
