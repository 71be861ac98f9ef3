"""An accused unit has no way to read of the accusation: every method answers it as if there were no case."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import pytest_asyncio
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass

from huiyin.cases.v1 import service_pb2 as cases
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin.reception.v1 import service_pb2 as reception
from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin.supervision.v1 import types_pb2 as supervision_types
from huiyin_cli.client import Client
from huiyin_domain.context import Role
from huiyin_domain.directory import OrganisationKind
from huiyin_kernel.ids import uuid7
from huiyin_kernel.rpc.endpoint import NOT_FOUND_BEAT_SECONDS
from tests.mainjob.desk import Desks
from tests.support.calling import (
    CENTRE,
    COUNTY,
    HOUSING,
    LABOUR,
    LOGS,
    OFFICE,
    Refused,
    accuse,
    agency,
    handed_over,
    info,
    log_sizes,
    refusal,
    registered,
    text,
)
from tests.support.platform import Platform, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

COUNTY_OFFICE = agency(OrganisationKind.PETITION_OFFICE, COUNTY)

CONTRACTS = {
    "intake": intake,
    "cases": cases,
    "reception": reception,
    "judicial": judicial,
    "supervision": supervision,
}
ON_WHICH_CASE = ("case_id", "case_ids")


def _methods() -> Iterator[tuple[str, MethodDescriptor]]:
    """Every method, of every service, whose request names a case."""
    for name, contract in CONTRACTS.items():
        for service in contract.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                if not set(ON_WHICH_CASE).isdisjoint(method.input_type.fields_by_name):
                    yield name, method


METHODS = list(_methods())


def _request(method: MethodDescriptor, case_id: str) -> Any:
    fields = method.input_type.fields_by_name
    request: Any = GetMessageClass(method.input_type)()
    if "case_id" in fields:
        request.case_id = case_id
    else:
        request.case_ids.append(case_id)
    if "epoch" in fields:
        request.epoch = 1
    if "info" in fields:
        request.info.CopyFrom(info())
    return request


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def accusation(desks: Desks) -> str:
    """An accusation against HOUSING, which never had a part in it."""
    client = (await desks.at(OFFICE)).client
    case_id = await registered(client)
    await accuse(client, case_id, HOUSING)
    await _until_accused(desks, case_id)
    return case_id


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def turned(desks: Desks) -> str:
    """A case that was handed to HOUSING, came back, and turned out to be an accusation against it."""
    client = (await desks.at(OFFICE)).client
    case_id = await handed_over(client, HOUSING)
    found = await client.intake.GetPetition(intake.GetPetitionRequest(case_id=case_id))
    fields: dict[str, Any] = {"case_id": case_id, "epoch": 1, "handover_id": found.petition.handover_id}
    objection = intake.ObjectToHandoverRequest(info=info(), reasons=text("非本单位职权"), **fields)
    await (await desks.at(HOUSING)).client.intake.ObjectToHandover(objection)
    upheld = intake.DecideObjectionRequest(info=info(), upheld=True, reasons=text("属实"), **fields)
    await client.intake.DecideObjection(upheld)
    await accuse(client, case_id, HOUSING)
    await _until_accused(desks, case_id)
    return case_id


async def _until_accused(desks: Desks, case_id: str) -> None:
    """Waits until every view knows."""
    auditor = (await desks.named("auditor")).client
    sizes = await log_sizes(auditor)

    async def folded() -> bool:
        models = (await auditor.cases.GetProgress(cases.GetProgressRequest())).logs
        shown = {log.log: log.position for log in models}
        return all(shown.get(log, 0) >= size for log, size in sizes.items())

    await eventually(folded, "the fold of the accusation")


async def _answer(client: Client, service: str, method: MethodDescriptor, case_id: str) -> Refused:
    stub = getattr(getattr(client, service), method.name)
    return await refusal(stub(_request(method, case_id)))


def _accused_profiles(platform: Platform) -> list[str]:
    """Everyone in the accused unit, also those who elsewhere see all."""
    officers = [f"officer@{HOUSING}", f"head@{HOUSING}", f"system@{HOUSING}"]
    return [*officers, platform.employ(HOUSING, Role.SUPERVISOR)]


@pytest.mark.parametrize("service, method", METHODS, ids=[method.name for _, method in METHODS])
async def test_an_accusation_is_no_case_for_the_accused_unit(
    platform: Platform, desks: Desks, accusation: str, turned: str, service: str, method: MethodDescriptor
) -> None:
    for profile in _accused_profiles(platform):
        client = (await desks.named(profile)).client
        nothing = await _answer(client, service, method, str(uuid7()))
        assert await _answer(client, service, method, accusation) == nothing, profile
        assert await _answer(client, service, method, turned) == nothing, profile


async def _subscribed(client: Client, case_id: str) -> list[str]:
    request = SubscribeRequest(case_ids=[case_id], until_caught_up=True)
    found: list[str] = []
    for name in LOGS:
        async for item in client.feed(name).Subscribe(request):
            found += [item.event.type] if item.HasField("event") else []
    return found


@pytest.mark.parametrize("role", ["officer", "head", "system"])
async def test_an_accusation_is_in_no_feed_of_the_accused_unit(
    desks: Desks, accusation: str, role: str
) -> None:
    client = (await desks.named(f"{role}@{HOUSING}")).client
    assert await _subscribed(client, accusation) == []


async def test_who_had_a_part_before_it_was_accused_receives_nothing_of_the_accusation(
    desks: Desks, turned: str
) -> None:
    client = (await desks.at(HOUSING)).client
    office = (await desks.at(OFFICE)).client
    of_intake = "huiyin.intake.v1."
    assert (await _subscribed(client, turned)).count(f"{of_intake}PetitionClassified") == 0
    assert (await _subscribed(office, turned)).count(f"{of_intake}PetitionClassified") == 2


async def test_an_accusation_is_in_no_list_of_the_accused_unit(
    platform: Platform, desks: Desks, accusation: str, turned: str
) -> None:
    for profile in _accused_profiles(platform):
        client = (await desks.named(profile)).client
        listed = (await client.cases.ListCases(cases.ListCasesRequest(page_size=500))).cases
        clocks = (await client.supervision.ListClocks(supervision.ListClocksRequest(page_size=500))).clocks
        assert {accusation, turned}.isdisjoint(case.case_id for case in listed), profile
        assert {accusation, turned}.isdisjoint(clock.case_id for clock in clocks), profile


def _telling(case_id: str) -> dict[str, tuple[str, str, Any]]:
    """Commands of others that would tell HOUSING, or who it runs, of a case."""
    case: dict[str, Any] = {"info": info(), "case_id": case_id}
    meeting: dict[str, Any] = {"info": info(), "case_ids": [case_id], "agenda": text("议题")}
    visit: dict[str, Any] = {**case, "visitor_count": 1, "record": text("来访记录")}
    convene, receive = reception.ConveneMeetingRequest, reception.ReceiveVisitRequest
    facts: dict[str, Any] = {"facts": text("请说明"), "ground": supervision_types.ORDER_GROUND_OVERDUE}
    return {
        "a participant": ("reception", "ConveneMeeting", convene(participants=[OFFICE, HOUSING], **meeting)),
        "who received": ("reception", "ReceiveVisit", receive(centre=CENTRE, agencies=[HOUSING], **visit)),
        "who must answer": (
            "supervision",
            "IssueOrder",
            supervision.IssueOrderRequest(unit=HOUSING, **case, **facts),
        ),
        "a judicial organ": (
            "intake",
            "ReferLitigation",
            intake.ReferLitigationRequest(organ=HOUSING, epoch=1, **case),
        ),
    }


@pytest.mark.parametrize("part", list(_telling("")))
async def test_no_command_gives_an_accused_unit_a_part_in_the_accusation(
    desks: Desks, accusation: str, part: str
) -> None:
    service, method, request = _telling(accusation)[part]
    desk = await (desks.named("supervisor") if service == "supervision" else desks.at(OFFICE))
    refused = await refusal(getattr(getattr(desk.client, service), method)(request))
    other_track = part == "a judicial organ"  # an accusation goes to no court: that is said first
    assert refused.reason == ("TRACK_MISMATCH" if other_track else "ACCUSED_UNIT")
    assert other_track or refused.facts["unit"] == HOUSING


async def test_no_meeting_is_called_at_a_centre_that_the_accused_unit_runs(desks: Desks) -> None:
    """OFFICE runs the centre."""
    county = (await desks.at(COUNTY_OFFICE)).client
    case_id = await registered(county)
    await accuse(county, case_id, OFFICE)
    request = reception.ConveneMeetingRequest(
        info=info(),
        centre=CENTRE,
        participants=[COUNTY_OFFICE, LABOUR],
        case_ids=[case_id],
        agenda=text("议题"),
    )
    refused = await refusal(county.reception.ConveneMeeting(request))
    assert refused.reason == "ACCUSED_UNIT"
    assert refused.facts["unit"] == CENTRE


@pytest.mark.parametrize("service, method", METHODS, ids=[method.name for _, method in METHODS])
async def test_an_agency_without_a_part_learns_nothing_of_what_is_in_a_case(
    desks: Desks, accusation: str, service: str, method: MethodDescriptor
) -> None:
    refused = await _answer((await desks.at(LABOUR)).client, service, method, accusation)
    assert OFFICE not in f"{refused.message} {dict(refused.facts)}"
    assert "epoch" not in refused.facts


async def test_no_such_case_and_a_case_behind_the_wall_take_the_same_time(desks: Desks, turned: str) -> None:
    """The answers come on a beat: reading and folding a case does not show in the time it takes."""
    client, clock = (await desks.at(HOUSING)).client, asyncio.get_running_loop().time
    for case_id in (str(uuid7()), turned) * 3:
        began = clock()
        await refusal(client.intake.GetPetition(intake.GetPetitionRequest(case_id=case_id)))
        assert clock() - began >= NOT_FOUND_BEAT_SECONDS
