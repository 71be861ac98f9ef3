"""Fan-out: an entry goes to the entitled agencies that have a topic, and tells none about the others."""

from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_domain.streams.output import agency_copy, receivers
from tests.support.made_timelines import AGENCIES, BUREAU, OFFICE, Timelines


def test_only_entitled_agencies_with_a_topic_get_it() -> None:
    record = CaseEvent(recipients=[BUREAU, OFFICE])
    assert receivers(record, frozenset(AGENCIES)) == [BUREAU, OFFICE]
    assert receivers(record, frozenset({OFFICE})) == [OFFICE]
    assert receivers(CaseEvent(), frozenset(AGENCIES)) == []


def test_the_copy_is_the_entry_without_who_else_is_entitled() -> None:
    for record in Timelines(1).entries(20):
        copy = CaseEvent.FromString(agency_copy(record))
        assert list(copy.recipients) == []
        copy.recipients.extend(record.recipients)
        assert copy == record
        assert copy.event.payload.value == record.event.payload.value
