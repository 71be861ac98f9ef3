"""Events between the log and the domain: encoded, decoded, as facts with their place in the record."""

from datetime import datetime
from functools import lru_cache
from types import ModuleType
from typing import Any
from uuid import UUID

from google.protobuf.message import Message

from huiyin.event.v1.event_pb2 import Event, EventMetadata
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.supervision.v1 import events_pb2 as supervision
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin.vault.v1 import events_pb2 as vault
from huiyin_domain.dates import instant, stamp
from huiyin_domain.decider import Fact, UnfoldableError
from huiyin_domain.streams.entry import Entry
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


def context_of(log: str) -> str:
    """The service that a log belongs to: intake@990000 is intake's."""
    return log.partition("@")[0]


def fact_of(log: str, event: RecordedEvent) -> Fact:
    """A fact from a stored event."""
    metadata = decode_metadata(event)
    return Fact(
        context=context_of(log),
        log=log,
        position=event.position,
        stream=event.stream,
        version=event.version,
        event_id=str(event.event_id),
        recorded=event.recorded,
        occurred=event.occurred,
        case_ids=tuple(metadata.case_ids),
        causes=tuple(metadata.causes),
        event=decode(event),
        **_entered(metadata),
    )


def opaque_fact(envelope: Event) -> Fact:
    """The fact of an event whose message this build cannot read: no fold takes it, and it has its place."""
    return _fact(envelope, envelope.payload)


def fact_of_envelope(envelope: Event) -> Fact:
    """A fact from an event on the wire. Raises UnknownTypeError."""
    return _fact(envelope, payload_of(envelope))


def _fact(envelope: Event, event: Message) -> Fact:
    return Fact(
        context=context_of(envelope.log),
        log=envelope.log,
        position=envelope.position,
        stream=envelope.stream,
        version=envelope.version,
        event_id=envelope.event_id,
        recorded=instant(envelope.recorded_time),
        occurred=instant(envelope.occurred_time),
        case_ids=tuple(envelope.metadata.case_ids),
        causes=tuple(envelope.metadata.causes),
        event=event,
        **_entered(envelope.metadata),
    )


def _entered(metadata: EventMetadata) -> dict[str, Any]:
    """Whose act it is, and how it came into the record."""
    actor, entry = metadata.actor, metadata.entry
    known = instant(entry.known_time) if entry.HasField("known_time") else None
    return {"agency": actor.on_behalf_of or actor.agency, "entry": entry.kind, "known": known}


def entry_of(record: CaseEvent) -> Entry:
    """The entry of a record. Raises UnknownTypeError for an event that this build does not know."""
    return Entry(record, fact_of_envelope(record.event))
