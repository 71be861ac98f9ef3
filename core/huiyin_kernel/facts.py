"""Facts for folds, from the store or from the wire: the same event gives the same fact."""

from typing import Any

from google.protobuf.message import Message

from huiyin.event.v1.event_pb2 import Event, EventMetadata
from huiyin_domain.decider import Fact
from huiyin_kernel.codec import decode, decode_metadata, instant, payload_of
from huiyin_store.port import RecordedEvent


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
