"""The chain's formula: a worked example by hand, and that every field and every length counts."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin_store.chain import chain_hash, verify_log, verify_stream
from huiyin_store.port import GENESIS, RecordedEvent

EVENT = RecordedEvent(
    position=7,
    stream="petition-1",
    version=2,
    event_id=UUID("0192c3a4-0000-7000-8000-000000000001"),
    type="huiyin.intake.v1.PetitionRegistered",
    recorded=datetime(2000, 1, 1, 0, 0, 1, tzinfo=UTC),
    occurred=datetime(1999, 12, 31, 23, 59, 59, 999999, UTC),
    meta=b"meta",
    data=b"data",
    previous_hash=GENESIS,
    hash=b"",
)

OTHERS: dict[str, Any] = {
    "position": 8,
    "stream": "petition-2",
    "version": 3,
    "event_id": UUID("0192c3a4-0000-7000-8000-000000000002"),
    "type": "huiyin.intake.v1.PetitionClosed",
    "recorded": EVENT.recorded + timedelta(microseconds=1),
    "occurred": EVENT.occurred + timedelta(microseconds=1),
    "meta": b"",
    "data": b"dat\xe1",
}


def chained(*contents: bytes) -> list[RecordedEvent]:
    """A stream with these contents."""
    events: list[RecordedEvent] = []
    for place, data in enumerate(contents, 1):
        previous = events[-1].hash if events else GENESIS
        event = EVENT._replace(position=place, version=place, data=data, previous_hash=previous)
        events.append(event._replace(hash=chain_hash(previous, event)))
    return events


def test_the_hash_is_the_one_in_the_documentation() -> None:
    written_out = (
        bytes(32)
        + bytes.fromhex("00000000000000070000000000000002")
        + bytes.fromhex("0192c3a4000070008000000000000001")
        + bytes.fromhex("00000000000f4240ffffffffffffffff")
        + hashlib.sha256(b"meta").digest()
        + hashlib.sha256(b"data").digest()
        + bytes.fromhex("0000000a")
        + b"petition-1"
        + bytes.fromhex("00000023")
        + b"huiyin.intake.v1.PetitionRegistered"
    )
    assert chain_hash(GENESIS, EVENT) == hashlib.sha256(written_out).digest()


@pytest.mark.parametrize("field", OTHERS)
def test_every_field_counts(field: str) -> None:
    assert chain_hash(GENESIS, EVENT._replace(**{field: OTHERS[field]})) != chain_hash(GENESIS, EVENT)


def test_the_previous_hash_counts() -> None:
    assert chain_hash(bytes(31) + b"\1", EVENT) != chain_hash(GENESIS, EVENT)


@given(st.text(), st.text(), st.text(), st.text())
def test_no_two_pairs_of_names_run_together(stream: str, type_: str, stream_2: str, type_2: str) -> None:
    one, other = EVENT._replace(stream=stream, type=type_), EVENT._replace(stream=stream_2, type=type_2)
    assert (chain_hash(GENESIS, one) == chain_hash(GENESIS, other)) == (one == other)


def test_the_same_instant_in_another_zone_has_the_same_hash() -> None:
    shanghai = EVENT.occurred.astimezone(timezone(timedelta(hours=8)))
    assert chain_hash(GENESIS, EVENT._replace(occurred=shanghai)) == chain_hash(GENESIS, EVENT)


def test_an_instant_without_a_zone_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        chain_hash(GENESIS, EVENT._replace(occurred=datetime(2026, 1, 1)))  # noqa: DTZ001 - the mistake


def test_a_whole_stream_verifies_and_the_first_break_is_named() -> None:
    events = chained(b"a", b"b", b"c", b"d")
    assert verify_stream(events) is None
    assert verify_log(events) is None
    events[2] = events[2]._replace(data=b"x")
    for fault in (verify_stream(events), verify_log(events)):
        assert fault is not None
        assert fault.position == 3


def test_time_that_runs_backwards_in_the_log_is_a_fault() -> None:
    first = EVENT._replace(position=1, version=1)
    second = EVENT._replace(
        position=2, stream="petition-2", version=1, recorded=EVENT.recorded - timedelta(microseconds=1)
    )
    log = [event._replace(hash=chain_hash(GENESIS, event)) for event in (first, second)]
    fault = verify_log(log)
    assert fault is not None
    assert fault.position == 2
