"""Timeline entries and dead letters on Kafka come back as they were stored."""

import pytest

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_kafka.record import UnreadableRecordError
from huiyin_kafka.wire import entry_id, entry_record, letter_record, read_entry
from huiyin_kernel.arrived import Place, Record, raw_record, record_of
from huiyin_kernel.codec import timestamp, to_envelope
from tests.support.cloudevents import attributes_of, faults
from tests.unit.kafka.recorded import LOG, NOW, TRACE, case_id, recorded

TOPIC, TIMELINE = "huiyin.case.v1.timeline", "timeline@990000"


def entry(*, catch_up: bool = False) -> CaseEvent:
    """The third event of case 1, at place 12."""
    event = to_envelope(LOG, recorded(5, trace=TRACE))
    return CaseEvent(case_id=case_id(1), number=3, sequence=12, event=event, catch_up=catch_up)


def test_an_entry_comes_back_whole_and_the_same_entry_gives_the_same_bytes() -> None:
    record = entry_record(TOPIC, TIMELINE, entry())
    assert read_entry(record) == (TIMELINE, entry())
    assert record == entry_record(TOPIC, TIMELINE, entry())
    assert (record.value, record.key) == (entry().SerializeToString(), case_id(1).encode())


def test_an_entry_is_a_cloud_event_with_its_places() -> None:
    record = entry_record(TOPIC, TIMELINE, entry())
    attributes = attributes_of(record.headers)
    assert faults(record.headers) == []
    assert (attributes["log"], attributes["position"], attributes["number"]) == (TIMELINE, "12", "3")
    assert attributes["id"] == f"{case_id(1)}/3"
    assert attributes["eventtype"] == "huiyin.intake.v1.PetitionRegistered"
    assert dict(record.headers)["traceparent"] == TRACE.encode()


def test_an_entry_that_is_sent_again_to_newcomers_has_an_id_of_its_own() -> None:
    assert entry_id(entry(catch_up=True)) == f"{case_id(1)}/3/12"


@pytest.mark.parametrize("name", ["ce_type", "ce_position", "ce_id"])
def test_an_entry_whose_headers_say_something_else_is_unreadable(name: str) -> None:
    record = entry_record(TOPIC, TIMELINE, entry())
    headers = tuple({**dict(record.headers), name: b"7"}.items())
    with pytest.raises(UnreadableRecordError, match=name):
        read_entry(record._replace(headers=headers))


def test_an_entry_with_another_value_is_unreadable() -> None:
    record = entry_record(TOPIC, TIMELINE, entry())
    with pytest.raises(UnreadableRecordError, match="not a"):
        read_entry(record._replace(value=b"\xff\xff"))


def test_a_dead_letter_is_a_cloud_event() -> None:
    letter = DeadLetter(letter_id=case_id(5), consumer="reception-inbox", buried_time=timestamp(NOW))
    record = letter_record("huiyin.dead.v1.letters", letter)
    assert faults(record.headers) == []
    assert DeadLetter.FromString(record.value or b"") == letter


@pytest.mark.parametrize(
    ("key", "value"), [(None, None), (b"", b""), (b"key", b"\xff\xfe"), (None, b"v"), (b"k", None)]
)
def test_a_record_that_nobody_can_read_is_kept_as_it_stood(key: bytes | None, value: bytes | None) -> None:
    record = Record(TOPIC, key, value, (("a", b"\xff"), ("a", b"")), 17)
    assert record_of(Place(TOPIC, 0, 3), raw_record(record)) == record
