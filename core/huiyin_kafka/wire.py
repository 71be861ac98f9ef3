"""What the platform puts on Kafka, as CloudEvents in binary mode and back (docs/kafka.md).

Events, timeline entries, dead letters, receipts, and outputs of stream workers; of the last, what is gone has
no value. An event's value is the stored payload and `ce_metadata` the stored metadata, byte for byte, so that
whoever reads a record can check the event's hash. Nothing here is serialised a second time.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from google.protobuf.message import DecodeError

from huiyin.dead.v1.types_pb2 import DeadLetter, ParkedPosition
from huiyin.event.v1.event_pb2 import Event, EventMetadata
from huiyin.exchange.v1.types_pb2 import AgencyReceipt
from huiyin.insight.v1.filings_pb2 import IssueFiling
from huiyin.insight.v1.types_pb2 import ClockWarning, HotIssue
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_domain.streams.output import Output, Sink
from huiyin_kafka.record import (
    CONTENT_TYPE,
    PROTOBUF,
    SPEC_VERSION,
    Attributes,
    UnreadableRecordError,
    milliseconds,
    rfc3339,
)
from huiyin_kafka.topics.names import FILINGS, HOT_ISSUES, WARNINGS
from huiyin_kernel.arrived import Arrived, Headers, ItemT, Parse, Parsed, Place, Record
from huiyin_kernel.codec import instant, to_envelope
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


CASE_EVENT = CaseEvent.DESCRIPTOR.full_name
DEAD_LETTER = DeadLetter.DESCRIPTOR.full_name


class ReadEntry(NamedTuple):
    """A timeline entry as a record carried it."""

    log: str
    entry: CaseEvent


def entry_id(entry: CaseEvent) -> str:
    """The same for the same entry; one sent again to newcomers is another."""
    return f"{entry.case_id}/{entry.number}" + (f"/{entry.sequence}" if entry.catch_up else "")


def entry_record(topic: str, log: str, entry: CaseEvent) -> Record:
    """The record of a timeline entry; the same entry gives the same bytes. `log` names the timeline."""
    event, key, data = entry.event, entry.case_id.encode(), entry.SerializeToString(deterministic=True)
    headers = (
        *fixed_headers(log, CASE_EVENT),
        ("ce_id", entry_id(entry).encode()),
        ("ce_subject", key),
        ("ce_time", rfc3339(instant(event.occurred_time))),
        ("ce_position", b"%d" % entry.sequence),
        ("ce_number", b"%d" % entry.number),
        ("ce_eventtype", event.type.encode()),
        ("ce_partitionkey", key),
        *trace_headers(event.metadata),
    )
    return Record(topic, key, data, headers, milliseconds(instant(event.recorded_time)))


def read_entry(record: Record) -> ReadEntry:
    """What a record of the timeline carries. Raises UnreadableRecordError."""
    attributes = Attributes(record.headers)
    if attributes.text("type") != CASE_EVENT:
        raise UnreadableRecordError(f"header ce_type is not {CASE_EVENT}")
    try:
        entry = CaseEvent.FromString(record.value or b"")
    except DecodeError:
        raise UnreadableRecordError(f"the value is not a {CASE_EVENT}") from None
    for name, value in (("position", str(entry.sequence)), ("id", entry_id(entry))):
        if attributes.text(name) != value:
            raise UnreadableRecordError(f"header ce_{name} is not what the entry says, {value}")
    return ReadEntry(attributes.text("log"), entry)


def letter_record(topic: str, letter: DeadLetter) -> Record:
    """The record of a dead letter, keyed by its id."""
    key, buried = letter.letter_id.encode(), instant(letter.buried_time)
    headers = (
        *fixed_headers(f"dead@{letter.consumer}", DEAD_LETTER),
        ("ce_id", key),
        ("ce_subject", letter.consumer.encode()),
        ("ce_time", rfc3339(buried)),
        ("ce_partitionkey", key),
    )
    return Record(topic, key, letter.SerializeToString(), headers, milliseconds(buried))


RECEIPT = AgencyReceipt.DESCRIPTOR.full_name


def receipt_record(topic: str, receipt: AgencyReceipt) -> Record:
    """The record of a receipt; the same receipt gives the same bytes. `ce_position` is its number."""
    answered = instant(receipt.answered_time)
    subject = (receipt.message_id or f"{receipt.agency}/{receipt.number}").encode()
    headers = (
        *fixed_headers(f"receipts@{receipt.agency}", RECEIPT),
        ("ce_id", f"{receipt.agency}/{receipt.number}".encode()),
        ("ce_subject", subject),
        ("ce_time", rfc3339(answered)),
        ("ce_position", b"%d" % receipt.number),
        ("ce_partitionkey", subject),
    )
    return Record(
        topic, subject, receipt.SerializeToString(deterministic=True), headers, milliseconds(answered)
    )


def read_receipt(record: Record) -> AgencyReceipt:
    """What a record of a receipts topic carries. Raises UnreadableRecordError."""
    attributes = Attributes(record.headers)
    if attributes.text("type") != RECEIPT:
        raise UnreadableRecordError(f"header ce_type is not {RECEIPT}")
    try:
        receipt = AgencyReceipt.FromString(record.value or b"")
    except DecodeError:
        raise UnreadableRecordError(f"the value is not a {RECEIPT}") from None
    if attributes.place("position") != receipt.number:
        raise UnreadableRecordError(f"header ce_position is not the receipt's number, {receipt.number}")
    return receipt


TOPICS: Mapping[Sink, str] = {
    Sink.WARNINGS: WARNINGS,
    Sink.HOT_ISSUES: HOT_ISSUES,
    Sink.FILINGS: FILINGS,
}
SHOWN = (WARNINGS, HOT_ISSUES)
"""The topics that are shown; filings are for the workers themselves."""
SINKS = {topic: sink for sink, topic in TOPICS.items()}
TYPES: Mapping[Sink, str] = {
    Sink.WARNINGS: ClockWarning.DESCRIPTOR.full_name,
    Sink.HOT_ISSUES: HotIssue.DESCRIPTOR.full_name,
    Sink.FILINGS: IssueFiling.DESCRIPTOR.full_name,
}

SENT_NOW = -1
"""Stands for the producer's own time. What happened long ago would be outside of the topic's retention."""


class Origin(NamedTuple):
    """What an output follows from: the id of that record, when it happened, and its trace."""

    record_id: str
    time: datetime
    trace_parent: str = ""


def output_record(source: str, output: Output, origin: Origin) -> Record:
    """The record of an output; `source` names the worker's folds. Sent again it has the same id."""
    key = output.key.encode()
    headers = (
        *fixed_headers(source, TYPES[output.sink]),
        ("ce_id", f"{output.sink.value}/{output.key}@{origin.record_id}".encode()),
        ("ce_subject", key),
        ("ce_time", rfc3339(origin.time)),
        ("ce_number", b"%d" % output.number),
        ("ce_partitionkey", key),
        *trace_headers(EventMetadata(trace_parent=origin.trace_parent)),
    )
    return Record(TOPICS[output.sink], key, output.value, headers, SENT_NOW)


def read_output(record: Record) -> Output:
    """What a record of one of the topics carries. Raises UnreadableRecordError."""
    sink = SINKS[record.topic]
    attributes = Attributes(record.headers)
    if attributes.text("type") != TYPES[sink]:
        raise UnreadableRecordError(f"header ce_type is not {TYPES[sink]}")
    number = attributes.text("number")
    if not number.isdecimal():
        raise UnreadableRecordError("header ce_number is not a whole number")
    return Output(sink, attributes.text("subject"), record.value, int(number))


def parse_event(record: Record) -> Parsed[Event]:
    """An event of a log, as it goes over the wire everywhere else."""
    read = read_record(record)
    if isinstance(read, ReadParked):
        return Parsed(read.log, read.position, None)
    return Parsed(read.log, read.event.position, to_envelope(read.log, read.event))


def arrived(place: Place, record: Record, parse: Parse[ItemT]) -> Arrived[ItemT]:
    """A record with what it means."""
    try:
        return Arrived(place, record, parse(record))
    except UnreadableRecordError as error:
        return Arrived(place, record, None, str(error))
