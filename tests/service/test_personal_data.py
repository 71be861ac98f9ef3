"""Personal data is opened to named officers of the parties alone, and each reading is on the record first."""

from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode

from huiyin.common.v1.types_pb2 import Person
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1.events_pb2 import PersonalDataRead
from huiyin_cli.client import Client
from huiyin_kernel.codec import payload_of
from tests.mainjob.desk import Desks
from tests.support.calling import (
    HOUSING,
    LABOUR,
    OFFICE,
    claim,
    handover,
    info,
    log_sizes,
    person,
    refusal,
    registered,
    text,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAME, PHONE = "欧阳测试", "13800001234"
CONTENT = "小区路灯不亮，已三个月"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def case_id(desks: Desks) -> str:
    """A case whose petitioner left a name and a number; HOUSING has been handed it."""
    client = (await desks.at(OFFICE)).client
    case_id = await registered(client, petitioner=person(name=NAME, phone=PHONE), content=text(CONTENT))
    await client.intake.ClassifyPetition(claim(case_id))
    await client.intake.HandOverPetition(handover(case_id, HOUSING))
    return case_id


def _reading(case_id: str, *purposes: str, ground: str = "handling") -> intake.ReadPersonalDataRequest:
    return intake.ReadPersonalDataRequest(info=info(), case_id=case_id, purposes=purposes, ground=ground)


async def _on_record(auditor: Client) -> list[tuple[int, Any]]:
    """Every reading on the record, with its position."""
    types = [PersonalDataRead.DESCRIPTOR.full_name]
    request = SubscribeRequest(types=types, until_caught_up=True)
    items = [item async for item in auditor.feed("intake").Subscribe(request)]
    return [(item.event.position, payload_of(item.event)) for item in items if item.HasField("event")]


@pytest.mark.parametrize("profile", [f"officer@{OFFICE}", f"head@{OFFICE}", f"officer@{HOUSING}"])
async def test_an_officer_of_a_party_reads_what_was_entered(desks: Desks, case_id: str, profile: str) -> None:
    client = (await desks.named(profile)).client
    fields = (await client.intake.ReadPersonalData(_reading(case_id, "petitioner", "content"))).fields
    assert [field.purpose for field in fields] == ["petitioner", "content"]
    assert fields[0].clear.person == Person(name=NAME, phone=PHONE)
    assert fields[1].clear.text == CONTENT
    assert not any(field.destroyed for field in fields)


async def test_every_reading_is_on_the_record_with_who_what_and_why(desks: Desks, case_id: str) -> None:
    client, auditor = (await desks.at(HOUSING)).client, (await desks.named("auditor")).client
    answer = await client.intake.ReadPersonalData(_reading(case_id, "petitioner", ground="review"))
    position, event = (await _on_record(auditor))[-1]
    assert (position, answer.receipt.event_count) == (answer.receipt.position, 1)
    assert event == PersonalDataRead(case_id=case_id, purposes=["petitioner"], ground="review")


async def test_what_cannot_be_recorded_is_not_shown(desks: Desks, case_id: str) -> None:
    client = (await desks.at(OFFICE)).client
    reading = _reading(case_id, "petitioner")
    await client.intake.ReadPersonalData(reading)
    reading.purposes.append("content")
    refused = await refusal(client.intake.ReadPersonalData(reading))
    assert (refused.code, refused.reason) == (StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")
    assert NAME not in refused.message


async def test_a_reading_sent_again_shows_no_more_than_it_showed(desks: Desks) -> None:
    client, auditor = (await desks.at(OFFICE)).client, (await desks.named("auditor")).client
    case_id = await registered(client)
    reading = _reading(case_id)
    first = await client.intake.ReadPersonalData(reading)
    await client.intake.ClassifyPetition(claim(case_id))
    recorded = len(await _on_record(auditor))
    again = await client.intake.ReadPersonalData(reading)
    later = await client.intake.ReadPersonalData(_reading(case_id))
    assert (again.receipt.repeated, again.fields) == (True, first.fields)
    assert len(later.fields) == len(first.fields) + 1
    assert len(await _on_record(auditor)) == recorded + 1


@pytest.mark.parametrize(
    "profile, reason",
    [
        (f"system@{OFFICE}", "PERSONAL_DATA_CLOSED"),
        (f"officer@{LABOUR}", "NO_SUCH_CASE"),
        (f"system@{LABOUR}", "NO_SUCH_CASE"),
        ("supervisor", "PERSONAL_DATA_CLOSED"),
        ("auditor", "PERSONAL_DATA_CLOSED"),
        ("administrator", "NO_SUCH_CASE"),
        ("service@streams", "PERSONAL_DATA_CLOSED"),
    ],
)
async def test_nobody_else_reads_and_no_attempt_is_recorded_as_a_reading(
    desks: Desks, case_id: str, profile: str, reason: str
) -> None:
    client = (await desks.named(profile)).client
    before = await log_sizes(client)
    refused = await refusal(client.intake.ReadPersonalData(_reading(case_id)))
    assert refused.reason == reason
    assert await log_sizes(client) == before


async def test_a_reading_names_what_it_is_for(desks: Desks, case_id: str) -> None:
    client = (await desks.at(OFFICE)).client
    refused = await refusal(client.intake.ReadPersonalData(_reading(case_id, ground="curiosity")))
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, "GROUND_REQUIRED")
    assert refused.facts["allowed"] == "handling,review,audit"


async def test_agencies_do_not_see_each_other_read(desks: Desks, case_id: str) -> None:
    office = (await desks.at(OFFICE)).client
    await (await desks.at(HOUSING)).client.intake.ReadPersonalData(_reading(case_id))
    assert await _on_record(office) == []
