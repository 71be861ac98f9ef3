"""No subscription shows an accused unit anything of the accusation, through any role, case or centre."""

from typing import Any

import pytest
import pytest_asyncio

from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1.events_pb2 import PetitionClassified
from huiyin.timeline.v1.service_pb2 import SubscribeCasesRequest
from huiyin_domain.context import Role
from huiyin_domain.directory import OrganisationKind
from tests.mainjob.desk import Desks
from tests.support.calling import (
    CENTRE,
    COUNTY,
    HOUSING,
    LABOUR,
    LAND,
    OFFICE,
    accuse,
    agency,
    handed_over,
    info,
    registered,
    text,
)
from tests.support.platform import Platform
from tests.support.subscribing import convened, entries_now, next_entries, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

COUNTY_OFFICE = agency(OrganisationKind.PETITION_OFFICE, COUNTY)


async def came_back(desks: Desks, unit: str) -> str:
    """A case that was handed to a unit and came back, so that it can be classified anew."""
    office = (await desks.at(OFFICE)).client
    case_id = await handed_over(office, unit)
    found = await office.intake.GetPetition(intake.GetPetitionRequest(case_id=case_id))
    fields: dict[str, Any] = {"case_id": case_id, "epoch": 1, "handover_id": found.petition.handover_id}
    objection = intake.ObjectToHandoverRequest(info=info(), reasons=text("非本单位职权"), **fields)
    await (await desks.at(unit)).client.intake.ObjectToHandover(objection)
    upheld = intake.DecideObjectionRequest(info=info(), upheld=True, reasons=text("属实"), **fields)
    await office.intake.DecideObjection(upheld)
    return case_id


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def accusations(desks: Desks) -> list[str]:
    """Against HOUSING: one that it never had a part in, one that it had, and one that it met on."""
    office = (await desks.at(OFFICE)).client
    plain = await registered(office)
    turned, met = await came_back(desks, HOUSING), await registered(office)
    await convened(office, [met], [HOUSING, LABOUR])
    for case_id in (plain, turned, met):
        await accuse(office, case_id, HOUSING)
    await convened(office, [turned], [LAND, LABOUR])
    await told((await desks.named("auditor")).client)
    return [plain, turned, met]


async def test_an_accused_unit_is_sent_nothing_also_not_what_it_had_before(
    platform: Platform, desks: Desks, accusations: list[str]
) -> None:
    profiles = [
        *(f"officer@{HOUSING}", f"head@{HOUSING}", f"system@{HOUSING}"),
        platform.employ(HOUSING, Role.SUPERVISOR),
    ]
    for profile in profiles:
        client = (await desks.named(profile)).client
        for filters in ({}, {"case_ids": accusations}, {"agency": LABOUR}, {"centre": CENTRE}):
            found = await entries_now(client, **filters)
            assert {entry.case_id for entry in found}.isdisjoint(accusations), (profile, filters)


async def test_no_entry_after_the_accusation_was_ever_for_the_accused_unit(
    desks: Desks, accusations: list[str]
) -> None:
    found = await entries_now((await desks.named("service@console")).client, case_ids=accusations)
    accused: set[str] = set()
    for entry in found:
        if entry.event.type.endswith("PetitionClassified"):
            units = PetitionClassified.FromString(entry.event.payload.value).accused_units
            accused |= {entry.case_id} if HOUSING in units else set()
        if entry.case_id in accused:
            assert HOUSING not in entry.recipients
    assert accused == set(accusations)


async def test_others_see_the_accusation_whole(desks: Desks, accusations: list[str]) -> None:
    for profile in (f"officer@{OFFICE}", "auditor", "supervisor"):
        found = await entries_now((await desks.named(profile)).client, case_ids=accusations)
        assert {entry.case_id for entry in found} == set(accusations), profile


async def test_who_listens_when_it_is_accused_hears_nothing_of_it(
    desks: Desks, accusations: list[str]
) -> None:
    case_id = await came_back(desks, LAND)
    client, office = (await desks.at(LAND)).client, (await desks.at(OFFICE)).client
    await told((await desks.named("auditor")).client)
    before = await entries_now(client)
    call = client.timeline.SubscribeCases(SubscribeCasesRequest())
    assert await next_entries(call, len(before)) == before
    await accuse(office, case_id, LAND)
    later = await handed_over(office, LAND)
    found = await next_entries(call, 3)
    call.cancel()
    assert {entry.case_id for entry in found} == {later}


async def test_a_meeting_on_two_cases_is_not_shown_to_who_is_accused_in_one_of_them(
    desks: Desks, accusations: list[str]
) -> None:
    office, labour = (await desks.at(OFFICE)).client, (await desks.at(LABOUR)).client
    against, other = await registered(office), await came_back(desks, LABOUR)
    await accuse(office, against, LABOUR)
    await convened(office, [against, other], [LAND, HOUSING])
    await told((await desks.named("auditor")).client)
    found = [entry for entry in await entries_now(labour) if entry.case_id in (against, other)]
    assert {entry.case_id for entry in found} == {other}
    assert not any(against in entry.event.metadata.case_ids for entry in found)


async def test_a_centre_run_by_the_accused_unit_is_sent_nothing(desks: Desks, accusations: list[str]) -> None:
    """OFFICE runs the centre. The county's office registers, and meets at the centre before it accuses."""
    county = (await desks.at(COUNTY_OFFICE)).client
    case_id = await registered(county)
    await convened(county, [case_id], [HOUSING, LABOUR], holder=COUNTY_OFFICE)
    auditor, centre = (await desks.named("auditor")).client, (await desks.named(f"system@{CENTRE}")).client
    await told(auditor)
    assert len(await entries_now(centre, case_ids=[case_id])) == 2
    await accuse(county, case_id, OFFICE)
    await told(auditor)
    assert await entries_now(centre, case_ids=[case_id]) == []
    for profile in (f"officer@{OFFICE}", f"system@{OFFICE}"):
        client = (await desks.named(profile)).client
        assert await entries_now(client, case_ids=[case_id]) == []
        assert await entries_now(client, case_ids=[case_id], centre=CENTRE) == []
