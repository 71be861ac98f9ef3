"""Attacks: who sits in a meeting and is accused by now cannot tell from it that it is."""

from typing import Any

import pytest
import pytest_asyncio

from huiyin.reception.v1 import service_pb2 as reception
from huiyin.reception.v1.types_pb2 import MEETING_STATUS_CONVENED, MEETING_STATUS_WITHDRAWN
from huiyin_cli.client import Client
from tests.mainjob.desk import Desks
from tests.support.calling import (
    CENTRE,
    HOUSING,
    LABOUR,
    LAND,
    OFFICE,
    Refused,
    accuse,
    info,
    refusal,
    registered,
)
from tests.support.subscribing import convened, entries_now, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEATS = (OFFICE, HOUSING, LABOUR, LAND)


async def read(client: Client, meeting_id: str) -> Any:
    request = reception.GetMeetingRequest(meeting_id=meeting_id)
    return (await client.reception.GetMeeting(request)).meeting


async def tries(client: Client, meeting_id: str) -> list[Refused]:
    """Everything that a seat at the meeting lets one do."""
    given: dict[str, Any] = {"meeting_id": meeting_id}
    calls: list[Any] = [
        client.reception.OpenMeeting(reception.OpenMeetingRequest(info=info(), present=[LABOUR], **given)),
        client.reception.ProposeResolution(reception.ProposeResolutionRequest(info=info(), **given)),
        client.reception.SignResolution(reception.SignResolutionRequest(info=info(), **given)),
        client.reception.DissentFromResolution(reception.DissentFromResolutionRequest(info=info(), **given)),
        client.reception.BindResolution(reception.BindResolutionRequest(info=info(), **given)),
        client.reception.WithdrawMeeting(reception.WithdrawMeetingRequest(info=info(), **given)),
        client.reception.OrderResolution(reception.OrderResolutionRequest(info=info(), **given)),
        client.reception.CloseMeeting(reception.CloseMeetingRequest(info=info(), **given)),
    ]
    return [await refusal(call) for call in calls]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stopped(desks: Desks) -> str:
    """A meeting on two cases, in one of which LAND turns out to be accused."""
    office = (await desks.at(OFFICE)).client
    cases = [await registered(office), await registered(office)]
    meeting_id = await convened(office, cases, [HOUSING, LABOUR, LAND])
    await accuse(office, cases[1], LAND)
    return meeting_id


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def called_off(desks: Desks) -> str:
    """A meeting that its convener withdrew, as conveners do."""
    office = (await desks.at(OFFICE)).client
    meeting_id = await convened(office, [await registered(office)], [HOUSING, LABOUR, LAND])
    request = reception.WithdrawMeetingRequest(info=info(), meeting_id=meeting_id)
    await office.reception.WithdrawMeeting(request)
    return meeting_id


async def test_all_read_the_same_and_the_same_as_of_a_meeting_called_off_for_other_reasons(
    desks: Desks, stopped: str, called_off: str
) -> None:
    for agency in SEATS:
        for profile in (f"officer@{agency}", f"head@{agency}", f"system@{agency}"):
            client = (await desks.named(profile)).client
            accused, other = await read(client, stopped), await read(client, called_off)
            assert accused.status == other.status == MEETING_STATUS_WITHDRAWN
            accused.meeting_id = other.meeting_id
            assert accused == other
            assert (list(accused.case_ids), list(accused.participants)) == ([], [])


async def test_whatever_anybody_tries_is_answered_the_same(
    desks: Desks, stopped: str, called_off: str
) -> None:
    answers = [await tries((await desks.at(agency)).client, stopped) for agency in SEATS]
    answers += [await tries((await desks.at(LAND)).client, called_off)]
    assert all(answer == answers[0] for answer in answers)
    assert {one.reason for one in answers[0]} == {"MEETING_WITHDRAWN"}
    anew = [
        await refusal((await desks.at(agency)).client.reception.ResumeMeeting(request))
        for agency in SEATS[1:]
        for request in (reception.ResumeMeetingRequest(info=info(), meeting_id=stopped),)
    ]
    assert anew == [answers[0][0]] * len(anew)


async def test_it_goes_on_without_the_accused_who_reads_on_what_all_read(desks: Desks) -> None:
    office, land = (await desks.at(OFFICE)).client, (await desks.at(LAND)).client
    cases = [await registered(office), await registered(office)]
    meeting_id = await convened(office, cases, [HOUSING, LABOUR, LAND])
    await accuse(office, cases[1], LAND)
    before = await read(land, meeting_id)
    await office.reception.ResumeMeeting(reception.ResumeMeetingRequest(info=info(), meeting_id=meeting_id))
    goes_on = await read((await desks.at(HOUSING)).client, meeting_id)
    assert (goes_on.status, list(goes_on.participants)) == (
        MEETING_STATUS_CONVENED,
        [OFFICE, HOUSING, LABOUR],
    )
    assert await read(land, meeting_id) == before
    await told((await desks.named("auditor")).client)
    for role in ("officer", "system"):
        client = (await desks.named(f"{role}@{LAND}")).client
        found = await entries_now(client) + await entries_now(client, centre=CENTRE)
        assert not any(entry.event.type.endswith("MeetingResumed") for entry in found)
