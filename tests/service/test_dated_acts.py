"""A registered agency that means harm dates its acts as it likes: over the wire, and in vain."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from grpc import StatusCode, aio

from huiyin.common.v1.types_pb2 import ENTRY_KIND_IMPORTED, ENTRY_KIND_LATE, ENTRY_KIND_TIMELY
from huiyin.event.v1.event_pb2 import Event
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.supervision.v1.service_pb2 import ExplainClocksRequest, StatutoryClock
from huiyin.supervision.v1.types_pb2 import CLOCK_STATUS_VOID
from huiyin_kernel.codec import timestamp
from tests.mainjob.desk import Desks
from tests.support.calling import (
    HOUSING,
    OFFICE,
    claim,
    filing,
    handed_over,
    handover,
    info,
    refusal,
    registered,
)
from tests.support.platform import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY = timedelta(days=1)
WHY = "纸面办理，有登记簿为证"


def now() -> datetime:
    return datetime.now(UTC)


async def events(desks: Desks, case_id: str) -> list[Event]:
    feed = (await desks.named("auditor")).client.feed("intake")
    request = SubscribeRequest(case_ids=[case_id], until_caught_up=True)
    return [item.event async for item in feed.Subscribe(request) if item.HasField("event")]


async def clock(desks: Desks, case_id: str, rule: str) -> StatutoryClock:
    auditor = (await desks.named("auditor")).client
    found: list[StatutoryClock] = []

    async def known() -> bool:
        try:
            seen = await auditor.supervision.ExplainClocks(ExplainClocksRequest(case_id=case_id))
        except aio.AioRpcError as error:  # not read yet
            return error.code() is not StatusCode.NOT_FOUND
        found[:] = [one for one in seen.clocks if one.rule == rule]
        return bool(found)

    await eventually(known, f"clock {rule}")
    return found[0]


async def test_nothing_is_done_before_the_petition_was_received(desks: Desks) -> None:
    office = (await desks.at(OFFICE)).client
    case_id = await registered(office)
    refused = await refusal(office.intake.ClassifyPetition(claim(case_id, info=info(now() - DAY))))
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, "BEFORE_RECEIPT")


async def test_a_unit_does_not_accept_before_the_matter_was_handed_to_it(desks: Desks) -> None:
    office, head = (await desks.at(OFFICE)).client, (await desks.at(HOUSING, "head")).client
    received = timestamp(now() - 2 * DAY)
    case_id = await registered(office, received_time=received)
    await office.intake.ClassifyPetition(claim(case_id))
    await office.intake.HandOverPetition(handover(case_id, HOUSING))
    for made in (info(now() - DAY), info(now() - DAY, late=WHY)):
        request = intake.AcceptPetitionRequest(info=made, case_id=case_id, epoch=1)
        assert (await refusal(head.intake.AcceptPetition(request))).reason == "BEFORE_WHAT_IT_FOLLOWS"


async def test_what_came_late_is_registered_with_a_doubt_and_by_the_head_with_a_reason(desks: Desks) -> None:
    officer, head = (await desks.at(OFFICE)).client, (await desks.at(OFFICE, "head")).client
    long_ago = timestamp(now() - 20 * DAY)
    alone = await officer.intake.RegisterPetition(filing(received_time=long_ago))
    assert list(alone.doubts) == [types.REGISTRATION_DOUBT_ENTERED_LATE]
    dated = filing(received_time=long_ago, info=info(now() - 19 * DAY))
    assert (await refusal(officer.intake.RegisterPetition(dated))).reason == "LATE_ENTRY_REQUIRED"
    forged = filing(received_time=long_ago, info=info(late=WHY))
    assert (await refusal(officer.intake.RegisterPetition(forged))).reason == "HEAD_REQUIRED"
    case_id = await registered(head, received_time=long_ago, info=info(late=WHY))
    (event,) = await events(desks, case_id)
    assert event.metadata.entry.kind == ENTRY_KIND_LATE
    assert event.metadata.entry.approved_by == event.metadata.actor.officer
    assert event.metadata.entry.HasField("reason")


async def test_a_backdated_hand_over_leaves_the_receiver_its_whole_time(desks: Desks) -> None:
    office = (await desks.at(OFFICE)).client
    case_id = await registered(office, received_time=timestamp(now() - 2 * DAY))
    await office.intake.ClassifyPetition(claim(case_id, info=info(now() - DAY)))
    await office.intake.HandOverPetition(handover(case_id, HOUSING, info=info(now() - DAY)))
    sent = (await events(desks, case_id))[-1]
    assert (await clock(desks, case_id, "T5")).start_time == sent.recorded_time
    assert (await clock(desks, case_id, "T1")).stop_time == sent.occurred_time
    due = (now() - DAY).date().isoformat()
    referral: dict[str, Any] = {
        "kind": types.HANDOVER_KIND_REFERRAL,
        "due_date": due,
        "info": info(now() - DAY),
    }
    other = await registered(office, received_time=timestamp(now() - 2 * DAY))
    await office.intake.ClassifyPetition(claim(other, info=info(now() - DAY)))
    refused = await refusal(office.intake.HandOverPetition(handover(other, HOUSING, **referral)))
    assert refused.reason == "DUE_DATE_PASSED"


async def test_todays_acts_are_never_history_and_todays_filings_neither(desks: Desks) -> None:
    office, housing = (await desks.at(OFFICE)).client, (await desks.at(HOUSING)).client
    case_id = await handed_over(office, HOUSING)
    accept = intake.AcceptPetitionRequest(info=info(imported=True), case_id=case_id, epoch=1)
    assert (await refusal(housing.intake.AcceptPetition(accept))).reason == "IMPORTED_NOT_A_FILING"
    marked = await registered(office, info=info(imported=True), source="archive")
    (event,) = await events(desks, marked)
    assert event.metadata.entry.kind == ENTRY_KIND_TIMELY
    long_ago = timestamp(now() - 400 * DAY)
    nowhere = filing(info=info(imported=True), received_time=long_ago)
    answer = await office.intake.RegisterPetition(nowhere)
    assert list(answer.doubts) == [types.REGISTRATION_DOUBT_SOURCE]


async def test_history_is_marked_and_makes_nobody_late(desks: Desks) -> None:
    office = (await desks.at(OFFICE)).client
    long_ago = timestamp(now() - 400 * DAY)
    case_id = await registered(office, info=info(imported=True), received_time=long_ago, source="archive")
    (event,) = await events(desks, case_id)
    assert event.metadata.entry.kind == ENTRY_KIND_IMPORTED
    assert (await clock(desks, case_id, "T1")).status == CLOCK_STATUS_VOID
    assert (await clock(desks, case_id, "E-IMPORT")).start_time == event.recorded_time
