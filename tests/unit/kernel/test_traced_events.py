"""An event carries the trace in which it was written; outside of one it is as it always was."""

from dataclasses import replace
from datetime import UTC, datetime

from huiyin.common.v1.types_pb2 import ENTRY_KIND_LATE, ENTRY_KIND_TIMELY, Entry
from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin.intake.v1.events_pb2 import PersonalDataRead
from huiyin_domain.context import Principal, Role
from huiyin_domain.intake.disclosure import DISCLOSURE
from huiyin_kernel.ids import uuid7
from huiyin_kernel.rpc.requests import Call
from huiyin_kernel.streams import Change, Loaded, stream_write
from huiyin_kernel.telemetry.traces import span

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
CALL = Call(
    principal=Principal("990101", "officer-1", frozenset({Role.OFFICER})),
    method="test",
    scope="caller/990101/",
    request_id=uuid7(),
    occurred=NOW,
    now=NOW,
    correlation_id="",
    causation_id="",
    causes=(),
    fingerprint=b"",
)
CHANGE = Change(
    DISCLOSURE, Loaded("access-1", DISCLOSURE.initial(), 0), [PersonalDataRead(case_id="1", ground="review")]
)


def written() -> bytes:
    """The metadata of the one event of a change."""
    (event,) = stream_write(CALL, CHANGE).events
    return event.meta


def test_an_event_carries_the_trace_of_the_call_that_led_to_it() -> None:
    with span("call", PARENT):
        assert EventMetadata.FromString(written()).trace_parent == PARENT


def test_an_event_outside_of_a_trace_has_the_bytes_that_it_always_had() -> None:
    with span("call", PARENT):
        traced = EventMetadata.FromString(written())
    traced.ClearField("trace_parent")
    assert written() == traced.SerializeToString()
    assert EventMetadata.FromString(written()).trace_parent == ""


def test_every_event_says_how_its_act_came_into_the_record() -> None:
    assert EventMetadata.FromString(written()).entry.kind == ENTRY_KIND_TIMELY
    late = replace(CALL, entry=Entry(kind=ENTRY_KIND_LATE, approved_by="head"))
    (event,) = stream_write(late, CHANGE).events
    assert EventMetadata.FromString(event.meta).entry == late.entry
