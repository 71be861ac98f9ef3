"""Nobody takes a case, reads it or gets a part in it by meeting on it or receiving visitors (promise P13)."""

from collections.abc import Sequence
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode, aio

from huiyin.cases.v1 import service_pb2 as cases
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.reception.v1 import service_pb2 as reception
from huiyin.reception.v1 import types_pb2 as reception_types
from huiyin_cli.client import Client
from huiyin_domain.directory import OrganisationKind
from huiyin_kernel.ids import uuid7
from huiyin_kernel.rpc.requests import CAUSES_MAX
from tests.mainjob.desk import Desks
from tests.support.calling import (
    CENTRE,
    COUNTY,
    COURT,
    HOUSING,
    LABOUR,
    LAND,
    OFFICE,
    Refused,
    agency,
    claim,
    info,
    refusal,
    registered,
    text,
)
from tests.support.platform import eventually
from tests.support.subscribing import told

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOVERNMENT = agency(OrganisationKind.GOVERNMENT)
PROVINCE = agency(OrganisationKind.GOVERNMENT, "990000")
"""Above everybody but the courts; it was called to no meeting."""
COUNTY_GOVERNMENT = agency(OrganisationKind.GOVERNMENT, COUNTY)
COUNTY_OFFICE, COUNTY_CENTRE = (
    agency(OrganisationKind.PETITION_OFFICE, COUNTY),
    agency(OrganisationKind.CENTRE, COUNTY),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def case_id(desks: Desks) -> str:
    """A claim with the county's petition office. No department of the city has a part in it."""
    office = (await desks.at(COUNTY_OFFICE)).client
    found = await registered(office, division=COUNTY)
    await office.intake.ClassifyPetition(claim(found))
    return found


def meeting_on(
    case_id: str, participants: Sequence[str], centre: str = ""
) -> reception.ConveneMeetingRequest:
    return reception.ConveneMeetingRequest(
        info=info(), centre=centre, participants=participants, case_ids=[case_id], agenda=text("议题")
    )


def visit_on(case_id: str, agencies: Sequence[str], centre: str = CENTRE) -> reception.ReceiveVisitRequest:
    return reception.ReceiveVisitRequest(
        info=info(), centre=centre, case_id=case_id, agencies=agencies, visitor_count=1, record=text("来访")
    )


def assign(case_id: str, unit: str, epoch: int = 1) -> reception_types.ResolutionItem:
    kind = types.RESOLUTION_ITEM_KIND_ASSIGN
    return reception_types.ResolutionItem(case_id=case_id, kind=kind, unit=unit, epoch=epoch)


async def client_of(desks: Desks, unit: str) -> Client:
    return (await desks.at(unit)).client


async def sees_nothing(desks: Desks, unit: str, case_id: str) -> None:
    """No read of the case is open to the agency: neither its state, its history nor its personal data."""
    await told((await desks.named("auditor")).client)
    client = await client_of(desks, unit)
    asked = intake.GetPetitionRequest(case_id=case_id)
    read = intake.ReadPersonalDataRequest(
        info=info(), case_id=case_id, purposes=["content"], ground="handling"
    )
    for call in (
        client.intake.GetPetition(asked),
        client.intake.ReadPersonalData(read),
        client.cases.GetCase(cases.GetCaseRequest(case_id=case_id)),
    ):
        assert (await refusal(call)).code in (StatusCode.NOT_FOUND, StatusCode.PERMISSION_DENIED)
    listed = (await client.cases.ListCases(cases.ListCasesRequest(page_size=500))).cases
    assert case_id not in {case.case_id for case in listed}


async def alike(client: Client, method: str, request: Any, other: Any) -> Refused:
    """The case that there is and one that there is not are answered word for word alike."""
    stub = getattr(client.reception, method)
    answer = await refusal(stub(request))
    assert answer == await refusal(stub(other))
    return answer


async def test_two_strangers_call_no_meeting_on_a_case_and_learn_nothing_of_it(
    desks: Desks, case_id: str
) -> None:
    housing = await client_of(desks, HOUSING)
    for participants in ([HOUSING, LABOUR], [HOUSING, LABOUR, COUNTY_OFFICE]):
        nothing = meeting_on(str(uuid7()), participants)
        answer = await alike(housing, "ConveneMeeting", meeting_on(case_id, participants), nothing)
        assert answer.reason == "NO_SUCH_CASE"
        assert COUNTY_OFFICE not in f"{answer.message} {dict(answer.facts)}"
    await sees_nothing(desks, HOUSING, case_id)
    await sees_nothing(desks, LABOUR, case_id)


async def test_a_stranger_attaches_no_visit_to_a_case_and_gets_no_part_by_it(
    desks: Desks, case_id: str
) -> None:
    housing = await client_of(desks, HOUSING)
    for agencies in ([HOUSING, LABOUR], [HOUSING, COUNTY_OFFICE]):
        answer = await alike(
            housing, "ReceiveVisit", visit_on(case_id, agencies), visit_on(str(uuid7()), agencies)
        )
        assert answer.reason == "NO_SUCH_CASE"
    await housing.reception.ReceiveVisit(visit_on("", [HOUSING, LABOUR]))
    await sees_nothing(desks, HOUSING, case_id)


async def test_being_named_in_a_visit_by_another_than_the_responsible_unit_gives_no_part(
    desks: Desks, case_id: str
) -> None:
    """The county's centre is run by the office that has the case; LABOUR came to help receive."""
    centre = await client_of(desks, COUNTY_CENTRE)
    await centre.reception.ReceiveVisit(visit_on(case_id, [LABOUR], COUNTY_CENTRE))
    await sees_nothing(desks, LABOUR, case_id)


async def test_a_centre_without_a_request_calls_no_meeting(desks: Desks, case_id: str) -> None:
    centre = await client_of(desks, CENTRE)
    participants = [CENTRE, COUNTY_OFFICE, HOUSING]
    answer = await alike(
        centre, "ConveneMeeting", meeting_on(case_id, participants), meeting_on(str(uuid7()), participants)
    )
    assert answer.reason == "NO_SUCH_CASE"


async def test_a_superior_of_only_one_unit_calls_and_orders_nothing(desks: Desks, case_id: str) -> None:
    """The county's government stands above the office, not above the city's department."""
    county = await client_of(desks, COUNTY_GOVERNMENT)
    answer = await refusal(county.reception.ConveneMeeting(meeting_on(case_id, [COUNTY_OFFICE, HOUSING])))
    assert answer.reason == "NO_AUTHORITY_TO_CONVENE"
    meeting, resolution = await proposed(desks, case_id, HOUSING)
    answer = await refusal(county.reception.OrderResolution(ordered(meeting, resolution)))
    assert answer.reason == "NO_SUCH_MEETING"


async def proposed(desks: Desks, case_id: str, unit: str, host: str = GOVERNMENT) -> tuple[str, str]:
    """The city's government calls the responsible unit and another one, and would give that one the case."""
    client = await client_of(desks, host)
    convened = await client.reception.ConveneMeeting(meeting_on(case_id, [COUNTY_OFFICE, unit, LAND]))
    meeting = convened.meeting_id
    await client.reception.OpenMeeting(
        reception.OpenMeetingRequest(info=info(), meeting_id=meeting, present=[unit])
    )
    resolved = await client.reception.ProposeResolution(
        reception.ProposeResolutionRequest(info=info(), meeting_id=meeting, items=[assign(case_id, unit)])
    )
    return meeting, resolved.resolution_id


def ordered(meeting: str, resolution: str) -> reception.OrderResolutionRequest:
    return reception.OrderResolutionRequest(
        info=info(), meeting_id=meeting, resolution_id=resolution, reasons=text("指定办理")
    )


def bound(meeting: str, resolution: str) -> reception.BindResolutionRequest:
    return reception.BindResolutionRequest(info=info(), meeting_id=meeting, resolution_id=resolution)


async def speak(desks: Desks, meeting: str, resolution: str, *signing: str, dissenting: str = "") -> None:
    named: dict[str, Any] = {"meeting_id": meeting, "resolution_id": resolution}
    for unit in signing:
        signed = reception.SignResolutionRequest(info=info(), **named)
        await (await client_of(desks, unit)).reception.SignResolution(signed)
    if dissenting:
        against = reception.DissentFromResolutionRequest(info=info(), reasons=text("不同意"), **named)
        await (await client_of(desks, dissenting)).reception.DissentFromResolution(against)


async def test_a_case_is_not_taken_from_a_unit_that_did_not_sign_unless_who_stands_above_orders_it(
    desks: Desks,
) -> None:
    office = await client_of(desks, COUNTY_OFFICE)
    case_id = await registered(office, division=COUNTY)
    await office.intake.ClassifyPetition(claim(case_id))
    meeting, resolution = await proposed(desks, case_id, HOUSING)
    await speak(desks, meeting, resolution, HOUSING, LAND, dissenting=COUNTY_OFFICE)
    government = await client_of(desks, GOVERNMENT)
    answer = await refusal(government.reception.BindResolution(bound(meeting, resolution)))
    assert (answer.reason, answer.facts["agencies"]) == ("LEAD_UNIT_NOT_SIGNED", COUNTY_OFFICE)
    asked = reception.GetMeetingRequest(meeting_id=meeting)
    above = await client_of(desks, PROVINCE)
    assert (await above.reception.GetMeeting(asked)).meeting.dissented == [COUNTY_OFFICE]
    below = await client_of(desks, COUNTY_GOVERNMENT)
    assert (await refusal(below.reception.GetMeeting(asked))).reason == "NO_SUCH_MEETING"
    await above.reception.OrderResolution(ordered(meeting, resolution))
    await government.reception.BindResolution(bound(meeting, resolution))
    auditor = (await desks.named("auditor")).client

    async def moved() -> bool:
        asked = intake.GetPetitionRequest(case_id=case_id)
        return bool((await auditor.intake.GetPetition(asked)).petition.responsible_unit == HOUSING)

    await eventually(moved, "the case goes to the unit that the superior named")


async def test_a_convener_that_lost_its_authority_goes_no_further(desks: Desks) -> None:
    """The holder's meeting at a centre; then a superior gives the case to another unit."""
    office = await client_of(desks, OFFICE)
    case_id = await registered(office)
    await office.intake.ClassifyPetition(claim(case_id))
    asked = intake.RequestMeetingRequest(
        info=info(), case_id=case_id, epoch=1, centre=CENTRE, reasons=text("须多部门共同研究")
    )
    await office.intake.RequestMeeting(asked)
    centre = await client_of(desks, CENTRE)
    request = meeting_on(case_id, [CENTRE, OFFICE, HOUSING, LABOUR], CENTRE)
    meeting = (await centre.reception.ConveneMeeting(request)).meeting_id
    decided = intake.DecideCompetenceRequest(
        info=info(), case_id=case_id, epoch=1, unit=LABOUR, reasons=text("指定办理")
    )
    await (await client_of(desks, GOVERNMENT)).intake.DecideCompetence(decided)
    opening = reception.OpenMeetingRequest(info=info(), meeting_id=meeting, present=[CENTRE])
    assert (await refusal(centre.reception.OpenMeeting(opening))).reason == "NO_SUCH_CASE"
    again = intake.RequestMeetingRequest(
        info=info(), case_id=case_id, epoch=2, centre=CENTRE, reasons=text("继续研究")
    )
    await (await client_of(desks, LABOUR)).intake.RequestMeeting(again)
    opening = reception.OpenMeetingRequest(info=info(), meeting_id=meeting, present=[CENTRE])
    await centre.reception.OpenMeeting(opening)


async def test_an_agenda_may_have_more_cases_than_a_caller_may_name_causes(desks: Desks) -> None:
    office = await client_of(desks, OFFICE)
    agenda = [await registered(office) for _ in range(CAUSES_MAX + 1)]
    request = meeting_on(agenda[0], [OFFICE, COURT])
    request.case_ids.extend(agenda[1:])
    meeting = (await office.reception.ConveneMeeting(request)).meeting_id
    opening = reception.OpenMeetingRequest(info=info(), meeting_id=meeting, present=[OFFICE])
    await office.reception.OpenMeeting(opening)


async def test_a_participant_without_a_part_sees_the_case_and_opens_no_personal_data(desks: Desks) -> None:
    office = await client_of(desks, OFFICE)
    case_id = await registered(office)
    await office.reception.ConveneMeeting(meeting_on(case_id, [OFFICE, COURT]))
    await told((await desks.named("auditor")).client)
    court = await client_of(desks, COURT)

    async def seen() -> bool:
        try:
            await court.cases.GetCase(cases.GetCaseRequest(case_id=case_id))
        except aio.AioRpcError as error:
            if error.code() is not StatusCode.NOT_FOUND:
                raise
            return False
        return True

    await eventually(seen, "the lists show the participant the case")
    read = intake.ReadPersonalDataRequest(
        info=info(), case_id=case_id, purposes=["content"], ground="handling"
    )
    assert (await refusal(court.intake.ReadPersonalData(read))).reason == "NO_SUCH_CASE"


async def test_who_was_not_called_to_a_meeting_does_nothing_in_it_and_is_told_of_none(
    desks: Desks, case_id: str
) -> None:
    meeting, resolution = await proposed(desks, case_id, HOUSING)
    stranger, named = await client_of(desks, LABOUR), {"meeting_id": meeting, "resolution_id": resolution}
    for method, request in {
        "OpenMeeting": reception.OpenMeetingRequest(present=[LABOUR]),
        "ProposeResolution": reception.ProposeResolutionRequest(items=[assign(case_id, LABOUR)]),
        "SignResolution": reception.SignResolutionRequest(),
        "DissentFromResolution": reception.DissentFromResolutionRequest(),
        "OrderResolution": reception.OrderResolutionRequest(reasons=text("命令")),
        "BindResolution": reception.BindResolutionRequest(),
        "CloseMeeting": reception.CloseMeetingRequest(),
    }.items():
        answers = []
        for meeting_id in (meeting, str(uuid7())):
            one: Any = type(request)()
            one.CopyFrom(request)
            one.info.CopyFrom(info())
            one.meeting_id = meeting_id
            if "resolution_id" in one.DESCRIPTOR.fields_by_name:
                one.resolution_id = named["resolution_id"]
            answers.append(await refusal(getattr(stranger.reception, method)(one)))
        assert answers[0] == answers[1], method
        assert answers[0].reason == "NO_SUCH_MEETING", method


@pytest.mark.parametrize("profile", ["officer", "head", "system"])
async def test_standings_are_for_services_alone(desks: Desks, case_id: str, profile: str) -> None:
    client = (await desks.named(f"{profile}@{COUNTY_OFFICE}")).client
    asked = intake.GetStandingsRequest(case_ids=[case_id])
    assert (await refusal(client.intake.GetStandings(asked))).reason == "ROLE_NOT_ALLOWED"
