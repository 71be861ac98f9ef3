"""Timeline entries and dead letters as Kafka records: CloudEvents in binary mode like the events."""

from typing import NamedTuple

from google.protobuf.message import DecodeError

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_kafka.record import Attributes, UnreadableRecordError, milliseconds, rfc3339
from huiyin_kafka.wire import fixed_headers, trace_headers
from huiyin_kernel.arrived import Record
from huiyin_kernel.codec import instant

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
