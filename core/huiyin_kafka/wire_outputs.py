"""What stream workers put out, as Kafka records: CloudEvents in binary mode; what is gone has no value."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin.insight.v1.filings_pb2 import IssueFiling
from huiyin.insight.v1.types_pb2 import CaseCount, ClockWarning, HotIssue
from huiyin_domain.streams.output import Output, Sink
from huiyin_kafka.record import Attributes, UnreadableRecordError, rfc3339
from huiyin_kafka.topics.names import COUNTERS, FILINGS, HOT_ISSUES, WARNINGS
from huiyin_kafka.wire import fixed_headers, trace_headers
from huiyin_kernel.arrived import Record

TOPICS: Mapping[Sink, str] = {
    Sink.COUNTERS: COUNTERS,
    Sink.WARNINGS: WARNINGS,
    Sink.HOT_ISSUES: HOT_ISSUES,
    Sink.FILINGS: FILINGS,
}
SHOWN = (COUNTERS, WARNINGS, HOT_ISSUES)
"""The topics that are shown; filings are for the workers themselves."""
SINKS = {topic: sink for sink, topic in TOPICS.items()}
TYPES: Mapping[Sink, str] = {
    Sink.COUNTERS: CaseCount.DESCRIPTOR.full_name,
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
