"""Event messages to stored bytes and back, by their full protobuf names; and the envelope on the wire."""

from datetime import datetime
from functools import lru_cache
from types import ModuleType
from uuid import UUID

from google.protobuf.message import Message

from huiyin.event.v1.event_pb2 import Event, EventMetadata
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.supervision.v1 import events_pb2 as supervision
from huiyin.vault.v1 import events_pb2 as vault
from huiyin_domain.dates import instant, stamp
from huiyin_domain.decider import UnfoldableError
from huiyin_store.chain import chain_hash
from huiyin_store.port import NewEvent, RecordedEvent

__all__ = [
    "EVENT_TYPES",
    "UnknownTypeError",
    "decode",
    "decode_metadata",
    "decode_payload",
    "encode",
    "from_envelope",
    "instant",
    "payload_of",
    "timestamp",
    "to_envelope",
]

_MODULES: tuple[ModuleType, ...] = (intake, judicial, reception, supervision, vault)
_ANY_PREFIX = "type.googleapis.com/"


class UnknownTypeError(UnfoldableError):
    """A stored event's type has no message: this build is older than the log."""


def _registry() -> dict[str, type[Message]]:
    classes = [
        getattr(module, name) for module in _MODULES for name in module.DESCRIPTOR.message_types_by_name
    ]
    return {cls.DESCRIPTOR.full_name: cls for cls in classes}


EVENT_TYPES: dict[str, type[Message]] = _registry()
"""Every event message by its stored name."""


def decode(event: RecordedEvent) -> Message:
    """The event message. Raises UnknownTypeError."""
    return decode_payload(event.type, event.data)


def decode_payload(type_name: str, data: bytes) -> Message:
    """The message of a stored type and its bytes. Raises UnknownTypeError."""
    cls = EVENT_TYPES.get(type_name)
    if cls is None:
        raise UnknownTypeError(
            f"event type {type_name} is not known to this build: upgrade before reading on"
        )
    return cls.FromString(data)


def decode_metadata(event: RecordedEvent) -> EventMetadata:
    """Who, why and for which cases."""
    return EventMetadata.FromString(event.meta)


def encode(event_id: UUID, message: Message, metadata: EventMetadata, occurred: datetime) -> NewEvent:
    """A new event. The bytes made here are the ones stored, hashed and published."""
    name = message.DESCRIPTOR.full_name
    return NewEvent(event_id, name, occurred, metadata.SerializeToString(), message.SerializeToString())


@lru_cache(maxsize=256)
def _type_url(type_name: str) -> str:
    return _ANY_PREFIX + type_name


timestamp = stamp
"""A protobuf timestamp of an aware instant."""


def to_envelope(log: str, event: RecordedEvent) -> Event:
    """The event as it goes over the wire."""
    envelope = Event(
        event_id=str(event.event_id),
        log=log,
        position=event.position,
        stream=event.stream,
        version=event.version,
        type=event.type,
        recorded_time=timestamp(event.recorded),
        occurred_time=timestamp(event.occurred),
        metadata=EventMetadata.FromString(event.meta),
        previous_hash=event.previous_hash,
        hash=event.hash,
    )
    envelope.payload.type_url = _type_url(event.type)
    envelope.payload.value = event.data
    return envelope


def from_envelope(envelope: Event) -> RecordedEvent:
    """The event as its log holds it. Raises ValueError when its hash tells that it is not."""
    event = RecordedEvent(
        position=envelope.position,
        stream=envelope.stream,
        version=envelope.version,
        event_id=UUID(envelope.event_id),
        type=envelope.type,
        recorded=instant(envelope.recorded_time),
        occurred=instant(envelope.occurred_time),
        meta=envelope.metadata.SerializeToString(),
        data=envelope.payload.value,
        previous_hash=envelope.previous_hash,
        hash=envelope.hash,
    )
    if chain_hash(event.previous_hash, event) != event.hash:
        raise ValueError(f"{envelope.log} {envelope.position} does not come back as it was stored")
    return event


def payload_of(envelope: Event) -> Message:
    """The event message inside an envelope. Raises UnknownTypeError."""
    return decode_payload(envelope.type, envelope.payload.value)
