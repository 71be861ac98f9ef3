"""The form of requests: what stands deep in them is found, and named by where it stands."""

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from huiyin.common.v1.types_pb2 import Cause, Clear, CommandInfo, Secret
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.intake.v1.service_pb2 import (
    ClassifyPetitionRequest,
    GetPetitionRequest,
    RegisterPetitionRequest,
    RegisterPetitionsRequest,
)
from huiyin.reception.v1.service_pb2 import ConveneMeetingRequest, ProposeResolutionRequest
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin.supervision.v1.service_pb2 import IssueOrderRequest
from huiyin_domain.context import Limits
from huiyin_domain.refusal import Kind, Refusal
from huiyin_kernel.codec import timestamp
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.requests import CAUSES_MAX, RequestLimits, command_info, parse

LIMITS = RequestLimits(bytes_max=2_000, text_characters_max=100)
ID = "0192c3a4-7b1e-7def-8abc-0123456789ab"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TOLERANCE = timedelta(minutes=5)


def refused(request: Message) -> Refusal:
    """The refusal of a request for its form."""
    with pytest.raises(RefusedError) as caught:
        parse(type(request), request.SerializeToString(), LIMITS)
    return caught.value.refusal


NO_KIND: Any = 77
"""A number that is in no enum; it is sent all the same."""
SECOND_ITEM = ProposeResolutionRequest(items=[ResolutionItem(), ResolutionItem(kind=NO_KIND)])

FAULTS = {
    "enum": (ClassifyPetitionRequest(route=NO_KIND), "UNKNOWN_ENUM_VALUE", "route"),
    "enum in a list": (SECOND_ITEM, "UNKNOWN_ENUM_VALUE", "items[1].kind"),
    "id": (GetPetitionRequest(case_id="x"), "MALFORMED_IDENTIFIER", "case_id"),
    "id in capitals": (GetPetitionRequest(case_id=ID.upper()), "MALFORMED_IDENTIFIER", "case_id"),
    "id in braces": (GetPetitionRequest(case_id=f"{{{ID}}}"), "MALFORMED_IDENTIFIER", "case_id"),
    "id in a list": (ConveneMeetingRequest(case_ids=[ID, "x"]), "MALFORMED_IDENTIFIER", "case_ids"),
    "id deep down": (
        RegisterPetitionRequest(info=CommandInfo(correlation_id="x")),
        "MALFORMED_IDENTIFIER",
        "info.correlation_id",
    ),
    "text": (SubscribeRequest(resume_token="x" * 101), "TEXT_TOO_LONG", "resume_token"),
    "text deep down": (
        ProposeResolutionRequest(items=[ResolutionItem(), ResolutionItem(unit="a\0")]),
        "MALFORMED_TEXT",
        "items[1].unit",
    ),
    "words for a stream": (
        RegisterPetitionRequest(info=CommandInfo(causes=[Cause(), Cause(stream="她住在某街三号")])),
        "MALFORMED_NAME",
        "info.causes[1].stream",
    ),
    "words for a log": (
        RegisterPetitionRequest(info=CommandInfo(causes=[Cause(log="intake@somewhere")])),
        "MALFORMED_NAME",
        "info.causes[0].log",
    ),
    "words for an organisation": (
        ClassifyPetitionRequest(accused_units=["她住在某街三号"]),
        "MALFORMED_CODE",
        "accused_units",
    ),
    "words for a unit deep down": (
        ProposeResolutionRequest(items=[ResolutionItem(unit="the unit next door")]),
        "MALFORMED_CODE",
        "items[0].unit",
    ),
    "words for a clock": (IssueOrderRequest(clock_id=f"她住:{ID}"), "MALFORMED_NAME", "clock_id"),
    "time": (
        RegisterPetitionRequest(info=CommandInfo(occurred_time=Timestamp(seconds=-(10**12)))),
        "MALFORMED_TIME",
        "info.occurred_time",
    ),
}


@pytest.mark.parametrize("request_, reason, field", FAULTS.values(), ids=FAULTS.keys())
def test_what_is_wrong_is_named_by_its_place(request_: Message, reason: str, field: str) -> None:
    refusal = refused(request_)
    assert (refusal.kind, refusal.reason, refusal.facts["field"]) == (Kind.INVALID, reason, field)
    assert field in refusal.message


SOUND = {
    "nothing at all": GetPetitionRequest(),
    "an id": GetPetitionRequest(case_id=ID),
    "a clock's id, which is no UUID": IssueOrderRequest(clock_id=f"T7:{ID}"),
    "causes of every kind": RegisterPetitionRequest(
        info=CommandInfo(
            causes=[
                Cause(stream=f"petition-{ID}", log="intake@990000", version=1),
                Cause(stream="centre-11990000MB0000001X", log="reception@990000", version=1),
            ]
        )
    ),
    "a text as long as allowed": SubscribeRequest(resume_token="回" * 100),
    "what will be sealed, checked there": RegisterPetitionRequest(
        content=Secret(clear=Clear(text="a\0b" * 100))
    ),
    "what a filing says, taken as written": RegisterPetitionRequest(
        channel="\0", division="某县某村" * 50, received_time=Timestamp(seconds=-(10**15)), person_count=-1
    ),
    "a filing of a batch, checked alone": RegisterPetitionsRequest(
        petitions=[RegisterPetitionRequest(person_id="x")]
    ),
}


@pytest.mark.parametrize("request_", SOUND.values(), ids=SOUND.keys())
def test_what_is_sound_is_taken_as_it_is(request_: Message) -> None:
    assert parse(type(request_), request_.SerializeToString(), LIMITS) == request_


@pytest.mark.parametrize("size", [2_001, 100_000])
def test_a_request_with_too_many_bytes_is_not_even_read(size: int) -> None:
    with pytest.raises(RefusedError) as caught:
        parse(GetPetitionRequest, b"\xff" * size, LIMITS)
    assert caught.value.refusal.reason == "REQUEST_TOO_LARGE"
    assert caught.value.refusal.facts == {"limit": "2000"}


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_refused(raw: bytes) -> None:
    for request_type in (GetPetitionRequest, RegisterPetitionRequest, ProposeResolutionRequest):
        with contextlib.suppress(RefusedError):
            assert isinstance(parse(request_type, raw, LIMITS), request_type)


@pytest.mark.parametrize("ahead", [timedelta(0), TOLERANCE])
def test_a_clock_that_is_a_little_fast_is_tolerated(ahead: timedelta) -> None:
    info = CommandInfo(request_id=ID, occurred_time=timestamp(NOW + ahead))
    assert command_info(info, NOW, TOLERANCE) == (UUID(ID), NOW + ahead)


def test_what_occurs_without_a_time_occurs_now() -> None:
    assert command_info(CommandInfo(request_id=ID), NOW, TOLERANCE) == (UUID(ID), NOW)


def test_what_has_not_happened_is_not_recorded() -> None:
    info = CommandInfo(request_id=ID, occurred_time=timestamp(NOW + TOLERANCE + timedelta(seconds=1)))
    with pytest.raises(RefusedError, match="OCCURRED_IN_FUTURE"):
        command_info(info, NOW, TOLERANCE)


def test_a_command_without_an_identity_is_refused() -> None:
    with pytest.raises(RefusedError, match="REQUEST_ID_REQUIRED"):
        command_info(CommandInfo(), NOW, TOLERANCE)


NO_CAUSES = {
    "no stream": [Cause(log="intake@990000", version=1)],
    "no log": [Cause(stream=f"petition-{ID}", version=1)],
    "no version": [Cause(stream=f"petition-{ID}", log="intake@990000")],
    "a negative version": [Cause(stream=f"petition-{ID}", log="intake@990000", version=-1)],
}


@pytest.mark.parametrize("causes", NO_CAUSES.values(), ids=NO_CAUSES.keys())
def test_a_cause_that_cannot_exist_is_not_recorded(causes: list[Cause]) -> None:
    with pytest.raises(RefusedError, match=r"MALFORMED_CAUSE: info\.causes\[0\]"):
        command_info(CommandInfo(request_id=ID, causes=causes), NOW, TOLERANCE)


def test_causes_are_bounded_in_number() -> None:
    causes = [Cause(stream=f"petition-{ID}", log="intake@990000", version=1)] * CAUSES_MAX
    command_info(CommandInfo(request_id=ID, causes=causes), NOW, TOLERANCE)
    with pytest.raises(RefusedError, match="TOO_MANY_CAUSES"):
        command_info(CommandInfo(request_id=ID, causes=[*causes, causes[0]]), NOW, TOLERANCE)


def test_what_a_service_has_seen_for_a_command_takes_nothing_from_the_callers_causes() -> None:
    agenda = Limits().resolution_items_max
    causes = [Cause(stream=f"petition-{ID}", log="intake@990000", version=1)] * (CAUSES_MAX + agenda)
    command_info(CommandInfo(request_id=ID, causes=causes), NOW, TOLERANCE, seen=agenda)
    with pytest.raises(RefusedError, match="TOO_MANY_CAUSES"):
        command_info(CommandInfo(request_id=ID, causes=[*causes, causes[0]]), NOW, TOLERANCE, seen=agenda)
