"""Events on Kafka: exactly the stored bytes, as CloudEvents, and whatever is wrong is named."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin.dead.v1.types_pb2 import ParkedPosition
from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin_kafka.record import UnreadableRecordError
from huiyin_kafka.wire import ReadEvent, ReadParked, event_record, parked_record, read_record
from huiyin_kernel.arrived import Record
from huiyin_kernel.codec import to_envelope
from huiyin_store.chain import chain_hash
from tests.support.cloudevents import attributes_of, faults
from tests.unit.kafka.recorded import LOG, NOW, TOPIC, TRACE, case_id, recorded

instants = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis takes naive bounds
# Fields that this build does not know must survive too: they are part of the stored bytes.
unknown_fields = st.binary(max_size=20).map(lambda tail: bytes([0x9A, 0x06, len(tail)]) + tail)
metadatas = st.builds(
    lambda cases, causation, unknown: (
        EventMetadata(case_ids=cases, causation_id=causation).SerializeToString() + unknown
    ),
    st.lists(st.uuids().map(str), max_size=3),
    st.text(max_size=10),
    unknown_fields,
)


def read(record: Record) -> ReadEvent:
    """What an event's record carries."""
    found = read_record(record)
    assert isinstance(found, ReadEvent)
    return found


@given(
    metadatas,
    st.binary(max_size=200),
    instants,
    st.integers(1, 2**63 - 1),
    st.text("abc-信访 /%", min_size=1),
)
def test_an_event_comes_back_byte_for_byte(
    meta: bytes, data: bytes, occurred: datetime, position: int, stream: str
) -> None:
    event = recorded(position, meta=meta, data=data, occurred=occurred, stream=stream)
    log, back = read(event_record(TOPIC, LOG, event))
    assert (log, back) == (LOG, event)
    assert back.hash == chain_hash(back.previous_hash, back)
    assert to_envelope(log, back).SerializeToString() == to_envelope(LOG, event).SerializeToString()


@given(metadatas, instants)
def test_every_record_is_a_cloud_event(meta: bytes, occurred: datetime) -> None:
    event = recorded(meta=meta, occurred=occurred)
    assert faults(event_record(TOPIC, LOG, event).headers) == []
    assert faults(parked_record(event_record(TOPIC, LOG, event), "too large").headers) == []


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("ce_specversion", b"0.3", "specversion cannot be"),
        ("ce_id", b"", "id is empty"),
        ("ce_time", b"2026-03-02 01:00", "time cannot be"),
        ("ce_source", b"urn:huiyin:log:a b", "source cannot be"),
        ("ce_dataschema", b"no scheme", "dataschema cannot be"),
        ("ce_Position", b"1", "no attribute name"),
        ("content-type", b"protobuf", "datacontenttype cannot be"),
    ],
)
def test_what_is_no_cloud_event_is_found(name: str, value: bytes, fault: str) -> None:
    headers = {**dict(event_record(TOPIC, LOG, recorded()).headers), name: value}
    assert any(fault in found for found in faults(tuple(headers.items())))


def test_a_missing_attribute_is_found() -> None:
    headers = [header for header in event_record(TOPIC, LOG, recorded()).headers if header[0] != "ce_type"]
    assert faults(headers) == ["type is required"]


def test_the_attributes_say_what_an_outside_client_needs() -> None:
    event = recorded(7)
    attributes = attributes_of(event_record(TOPIC, LOG, event).headers)
    assert attributes["datacontenttype"] == "application/protobuf"
    assert attributes["id"] == str(event.event_id)
    assert attributes["source"] == "urn:huiyin:log:intake@990000"
    assert attributes["type"] == "huiyin.intake.v1.PetitionRegistered"
    assert attributes["dataschema"] == "urn:huiyin:schema:huiyin.intake.v1.PetitionRegistered"
    assert attributes["subject"] == "petition-1"
    assert attributes["time"] == "2026-03-02T01:00:00.123456Z"
    assert (attributes["log"], attributes["position"], attributes["version"]) == (LOG, "7", "7")
    assert attributes["partitionkey"] == case_id(1)


def test_a_case_keys_its_events_and_a_stream_those_without_a_case() -> None:
    assert event_record(TOPIC, LOG, recorded(case=4)).key == case_id(4).encode()
    assert event_record(TOPIC, LOG, recorded(case=None)).key == b"petition-1"


def test_the_trace_context_stands_where_tracers_look_for_it() -> None:
    headers = dict(event_record(TOPIC, LOG, recorded(trace=TRACE)).headers)
    assert headers["traceparent"] == headers["ce_traceparent"] == TRACE.encode()
    assert "traceparent" not in dict(event_record(TOPIC, LOG, recorded()).headers)


def test_the_record_has_the_time_at_which_the_log_recorded_it() -> None:
    assert event_record(TOPIC, LOG, recorded()).timestamp_ms == int(NOW.timestamp() * 1000)
    early = recorded()._replace(recorded=datetime(1960, 1, 1, tzinfo=UTC))
    assert event_record(TOPIC, LOG, early).timestamp_ms == 0


def test_instants_of_other_zones_are_written_in_utc() -> None:
    east = NOW.astimezone(timezone(timedelta(hours=8)))
    assert dict(event_record(TOPIC, LOG, recorded(occurred=east)).headers)["ce_time"].endswith(
        b"T01:00:00.123456Z"
    )


def test_a_parked_place_says_which_event_is_missing_and_why() -> None:
    whole = event_record(TOPIC, LOG, recorded(9))
    record = parked_record(whole, "MessageSizeTooLarge")
    assert read_record(record) == ReadParked(LOG, 9)
    assert record.key == whole.key
    parked = ParkedPosition.FromString(record.value or b"")
    assert (parked.log, parked.position, parked.reason) == (LOG, 9, "MessageSizeTooLarge")
    assert (parked.event_id, parked.event_type) == (str(recorded(9).event_id), recorded(9).type)


NAMES = [name for name, _ in event_record(TOPIC, LOG, recorded()).headers]
UNREAD = ("content-type", "ce_dataschema", "ce_partitionkey")
"""What a reader of the log needs nothing from."""


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(UNREAD)))
def test_a_missing_header_is_named(name: str) -> None:
    record = event_record(TOPIC, LOG, recorded())
    headers = tuple(header for header in record.headers if header[0] != name)
    with pytest.raises(UnreadableRecordError, match=f"header {name} is missing"):
        read_record(record._replace(headers=headers))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, b"\xff") for name in sorted(set(NAMES) - set(UNREAD))),
        *(("ce_position", value) for value in (b"0", b"-1", b"1.0", b" 1", "１".encode(), b"9" * 20)),
        ("ce_id", b"not-a-uuid"),
        ("ce_time", b"2026-03-02T01:00:00"),
        ("ce_recordedtime", b"yesterday"),
        ("ce_metadata", b"not base64!"),
        ("ce_metadata", b64encode(b"\xff\xff")),
        ("ce_hash", b"00"),
        ("ce_previoushash", b"zz" * 32),
        ("ce_source", b"urn:huiyin:log:another"),
        ("ce_subject", b"petition-2"),
        ("ce_version", b"2"),
    ],
)
def test_a_header_that_is_wrong_is_named(name: str, value: bytes) -> None:
    record = event_record(TOPIC, LOG, recorded())
    headers = tuple({**dict(record.headers), name: value}.items())
    # What the hash covers and is well formed can only be told by the hash.
    blamed = "ce_hash" if name in ("ce_subject", "ce_version") and value.isascii() else name
    with pytest.raises(UnreadableRecordError, match=f"header {blamed}"):
        read_record(record._replace(headers=headers))


def test_a_header_that_stands_twice_is_named() -> None:
    record = event_record(TOPIC, LOG, recorded())
    with pytest.raises(UnreadableRecordError, match="ce_position stands twice"):
        read_record(record._replace(headers=(*record.headers, ("ce_position", b"2"))))


@pytest.mark.parametrize("value", [b"", b"changed", None])
def test_a_changed_value_is_found(value: bytes | None) -> None:
    record = event_record(TOPIC, LOG, recorded())
    with pytest.raises(UnreadableRecordError, match=r"changed|no value"):
        read_record(record._replace(value=value))


@given(
    st.lists(st.tuples(st.sampled_from([*NAMES, "x"]), st.binary(max_size=30)), max_size=20),
    st.none() | st.binary(max_size=50),
)
def test_foreign_bytes_are_unreadable_and_nothing_else_goes_wrong(
    headers: list[tuple[str, bytes]], value: bytes | None
) -> None:
    with pytest.raises(UnreadableRecordError):
        read_record(Record(TOPIC, None, value, tuple(headers), 0))
