"""The headers that docs/asyncapi.yaml promises are the headers that records have."""

import re
from typing import Any

import pytest

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin.exchange.v1.types_pb2 import AgencyReceipt
from huiyin_domain.streams.output import Output, Sink
from huiyin_kafka.wire import (
    Origin,
    entry_record,
    event_record,
    letter_record,
    output_record,
    parked_record,
    receipt_record,
)
from huiyin_kernel.arrived import Headers, Record
from huiyin_kernel.codec import timestamp
from tests.asyncapi.headers import KINDS, headers_of, kind_of
from tests.unit.kafka.recorded import LOG, NOW, TOPIC, TRACE, recorded
from tests.unit.kafka.test_wire_entries import entry

EVENT = event_record(TOPIC, LOG, recorded(trace=TRACE))
LETTER = DeadLetter(letter_id="1", consumer="reception-inbox", buried_time=timestamp(NOW))
RECEIPT = AgencyReceipt(agency="A", number=1, message_id="m", answered_time=timestamp(NOW))
RECORDS = (
    EVENT,
    parked_record(EVENT, "too large"),
    entry_record("huiyin.case.v1.timeline", "timeline@990000", entry()),
    letter_record("huiyin.dead.v1.letters", LETTER),
    receipt_record("huiyin.agency.v1.receipts.A", RECEIPT),
    *(output_record("worker@v1", Output(sink, "key", b"", 0), Origin("case/3", NOW, TRACE)) for sink in Sink),
)


def type_of(record: Record) -> str:
    return dict(record.headers)["ce_type"].decode()


def breaches(schema: dict[str, Any], headers: Headers) -> list[str]:
    """Headers that are missing, unknown, or not as the schema says."""
    texts = {name: value.decode() for name, value in headers}
    unlike = [
        name
        for name, text in texts.items()
        if name not in schema["properties"] or not _fits(schema["properties"][name], text)
    ]
    return [name for name in schema["required"] if name not in texts] + unlike


def _fits(schema: dict[str, Any], text: str) -> bool:
    return (
        text == schema.get("const", text)
        and len(text) >= schema.get("minLength", 0)
        and re.search(schema.get("pattern", ""), text) is not None
    )


@pytest.mark.parametrize("record", RECORDS, ids=type_of)
def test_a_record_has_the_headers_that_are_promised(record: Record) -> None:
    kind = kind_of(type_of(record))
    assert kind
    assert breaches(headers_of(kind), record.headers) == []


def test_every_promised_kind_of_record_is_among_them() -> None:
    assert {kind_of(type_of(record)) for record in RECORDS} == set(KINDS)


@pytest.mark.parametrize(
    "headers, breach",
    [
        (EVENT.headers[:-3], "ce_partitionkey"),
        ((*EVENT.headers, ("ce_colour", b"red")), "ce_colour"),
        ((*EVENT.headers, ("ce_position", b"0")), "ce_position"),
        ((*EVENT.headers, ("ce_specversion", b"0.3")), "ce_specversion"),
    ],
)
def test_a_header_that_is_not_as_promised_is_found(headers: Headers, breach: str) -> None:
    assert breaches(headers_of("event"), headers) == [breach]
