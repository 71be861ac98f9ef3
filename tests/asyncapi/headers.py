"""The headers of each kind of record: the attributes of CloudEvents 1.0, Kafka binding, binary mode."""

from typing import Any

from huiyin_kernel.codec import EVENT_TYPES

Schema = dict[str, Any]


def _text(description: str, **more: Any) -> Schema:
    return {"description": description, "type": "string", **more}


def _number(description: str) -> Schema:
    return _text(description, pattern="^[1-9][0-9]{0,18}$")


def _hash(description: str) -> Schema:
    return _text(description, pattern="^[0-9a-f]{64}$")


BASE = {
    "content-type": _text("The value is a protobuf message.", const="application/protobuf"),
    "ce_specversion": _text("Version of CloudEvents.", const="1.0"),
    "ce_id": _text("The same for the same record: who has seen it drops it.", minLength=1),
    "ce_source": _text("The log that the record comes from, as a URN.", pattern="^urn:huiyin:log:.+@.+$"),
    "ce_type": _text("Full protobuf name of the message in the value.", pattern=r"^huiyin\..+$"),
    "ce_dataschema": _text("Names the contract of the message.", pattern=r"^urn:huiyin:schema:huiyin\..+$"),
    "ce_log": _text("Name of the log.", pattern="^.+@.+$"),
    "ce_subject": _text("What the record is about: a stream, a case.", minLength=1),
    "ce_time": _text("When it happened, in UTC, with microseconds.", format="date-time"),
    "ce_partitionkey": _text("The key of the record.", minLength=1),
}
TRACE = {
    "traceparent": _text("The W3C trace context in which it was written; not there when nothing was traced."),
    "ce_traceparent": _text("The same, as an extension attribute."),
}
POSITION = {"ce_position": _number("Place in the log, dense from 1: who misses one waits for it.")}
EVENT = {
    **POSITION,
    "ce_version": _number("Place in the stream, dense from 1."),
    "ce_recordedtime": _text("When the log recorded it.", format="date-time"),
    "ce_metadata": _text(
        "huiyin.event.v1.EventMetadata, exactly as stored.", contentEncoding="base64", minLength=1
    ),
    "ce_previoushash": _hash("Hash of the stream's previous event; zeros for the first."),
    "ce_hash": _hash("Hash of the event (docs/event-log.md), which any reader can compute again."),
}
ENTRY = {
    **POSITION,
    "ce_number": _number("Place among the case's events, dense from 1, causes before their effects."),
    "ce_eventtype": _text("Full protobuf name of the event in the entry.", pattern=r"^huiyin\..+$"),
}

OUTPUT = {
    "ce_number": _text(
        "Number of the case's event by which it is so: of one key, a lower one is older. 0: no order.",
        pattern="^[0-9]{1,19}$",
    )
}

KINDS: dict[str, dict[str, Schema]] = {
    "event": EVENT,
    "huiyin.dead.v1.ParkedPosition": POSITION,
    "huiyin.timeline.v1.CaseEvent": ENTRY,
    "huiyin.dead.v1.DeadLetter": {},
    "huiyin.exchange.v1.AgencyReceipt": {
        "ce_position": _number("The receipt's number, dense from 1 for each agency.")
    },
}
KINDS |= {f"huiyin.insight.v1.{name}": OUTPUT for name in ("IssueFiling", "HotIssue", "ClockWarning")}
"""What each kind of record has beside what all have."""


def headers_of(kind: str) -> Schema:
    """The schema of the headers of a kind of record."""
    always = {**BASE, **KINDS[kind]}
    return {"type": "object", "required": list(always), "properties": {**always, **TRACE}}


def kind_of(message: str) -> str | None:
    """The kind of record that carries a message, as far as its headers are promised."""
    if message in EVENT_TYPES:
        return "event"
    return message if message in KINDS else None
