"""Events as Kafka records and back, exactly: the CloudEvents Kafka binding in binary mode (docs/kafka.md).

The value is the stored payload and `ce_metadata` the stored metadata, byte for byte, so that whoever reads a
record can check the event's hash. Nothing here is serialised a second time.
"""

from base64 import b64decode, b64encode
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from google.protobuf.message import DecodeError

from huiyin.dead.v1.types_pb2 import ParkedPosition
from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin_kafka.record import (
    CONTENT_TYPE,
    PROTOBUF,
    SPEC_VERSION,
    Attributes,
    UnreadableRecordError,
    milliseconds,
    rfc3339,
)
from huiyin_kernel.arrived import Headers, Record
from huiyin_store.chain import chain_hash
from huiyin_store.port import RecordedEvent

PARKED = ParkedPosition.DESCRIPTOR.full_name


class ReadEvent(NamedTuple):
    """An event of a log as a record carried it; its hash was checked."""

    log: str
    event: RecordedEvent


class ReadParked(NamedTuple):
    """A place of a log whose event the brokers would not take."""

    log: str
    position: int


def partition_key(stream: str, metadata: EventMetadata) -> bytes:
    """What keeps a case's events in one partition: the first case, or the stream when there is none."""
    return (metadata.case_ids[0] if metadata.case_ids else stream).encode()


def schema_uri(type_name: str) -> str:
    """Names the contract of a message: its full protobuf name as a URN."""
    return f"urn:huiyin:schema:{type_name}"


def source_uri(log: str) -> str:
    """Names a log."""
    return f"urn:huiyin:log:{log}"


@lru_cache(maxsize=1024)
def fixed_headers(log: str, type_name: str) -> Headers:
    """The headers that are the same for all records of a log and type."""
    return (
        (CONTENT_TYPE, PROTOBUF),
        ("ce_specversion", SPEC_VERSION),
        ("ce_source", source_uri(log).encode()),
        ("ce_type", type_name.encode()),
        ("ce_dataschema", schema_uri(type_name).encode()),
        ("ce_log", log.encode()),
    )


def trace_headers(metadata: EventMetadata) -> Headers:
    """The W3C trace context, for tracers (plain) and for readers of CloudEvents (as extension)."""
    if not metadata.trace_parent:
        return ()
    value = metadata.trace_parent.encode()
    return (("traceparent", value), ("ce_traceparent", value))


def event_record(topic: str, log: str, event: RecordedEvent) -> Record:
    """The record of a stored event."""
    metadata = EventMetadata.FromString(event.meta)
    key = partition_key(event.stream, metadata)
    headers = (
        *fixed_headers(log, event.type),
        ("ce_id", str(event.event_id).encode()),
        ("ce_subject", event.stream.encode()),
        ("ce_time", rfc3339(event.occurred)),
        ("ce_position", b"%d" % event.position),
        ("ce_version", b"%d" % event.version),
        ("ce_recordedtime", rfc3339(event.recorded)),
        ("ce_metadata", b64encode(event.meta)),
        ("ce_previoushash", event.previous_hash.hex().encode()),
        ("ce_hash", event.hash.hex().encode()),
        ("ce_partitionkey", key),
        *trace_headers(metadata),
    )
    return Record(topic, key, event.data, headers, milliseconds(event.recorded))


def parked_record(record: Record, reason: str) -> Record:
    """What stands in for a record that the brokers will not take: its place, and why."""
    known = dict(record.headers)
    log = known["ce_log"].decode()
    parked = ParkedPosition(
        log=log,
        position=int(known["ce_position"]),
        event_id=known["ce_id"].decode(),
        event_type=known["ce_type"].decode(),
        reason=reason,
    )
    same = ("ce_subject", "ce_time", "ce_position", "ce_partitionkey")
    headers = (
        *fixed_headers(log, PARKED),
        ("ce_id", known["ce_id"] + b"/parked"),
        *((name, known[name]) for name in same),
    )
    return record._replace(value=parked.SerializeToString(), headers=headers)


def read_record(record: Record) -> ReadEvent | ReadParked:
    """What a record of an events topic carries. Raises UnreadableRecordError."""
    attributes = Attributes(record.headers)
    log = attributes.text("log")
    if attributes.text("source") != source_uri(log):
        raise UnreadableRecordError(f"header ce_source is not {source_uri(log)}")
    if attributes.text("type") == PARKED:
        return ReadParked(log, attributes.place("position"))
    return ReadEvent(log, _event(attributes, record.value))


def _event(attributes: Attributes, value: bytes | None) -> RecordedEvent:
    if value is None:
        raise UnreadableRecordError("the record has no value")
    event = RecordedEvent(
        position=attributes.place("position"),
        stream=attributes.text("subject"),
        version=attributes.place("version"),
        event_id=_uuid(attributes.text("id")),
        type=attributes.text("type"),
        recorded=attributes.instant("recordedtime"),
        occurred=attributes.instant("time"),
        meta=_metadata(attributes.raw("metadata")),
        data=value,
        previous_hash=attributes.hash("previoushash"),
        hash=attributes.hash("hash"),
    )
    if event.hash != chain_hash(event.previous_hash, event):
        raise UnreadableRecordError("header ce_hash is not the hash of the record: it was changed")
    return event


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UnreadableRecordError("header ce_id is not a UUID") from None


def _metadata(encoded: bytes) -> bytes:
    try:
        meta = b64decode(encoded, validate=True)
        EventMetadata.FromString(meta)
    except (ValueError, DecodeError):
        raise UnreadableRecordError("header ce_metadata is not an EventMetadata in base64") from None
    return meta
