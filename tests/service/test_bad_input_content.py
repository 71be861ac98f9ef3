"""What is wrong in content, epoch or caller is refused with its reason, the facts to act on, and no trace."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode

from huiyin.cases.v1 import service_pb2 as cases
from huiyin.common.v1.types_pb2 import Secret
from huiyin.insight.v1 import service_pb2 as insight
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin.supervision.v1 import types_pb2 as supervision_types
from huiyin_kernel.codec import timestamp
from huiyin_kernel.ids import uuid7
from tests.mainjob.desk import Desks
from tests.support.calling import (
    HOUSING,
    LABOUR,
    OFFICE,
    Refused,
    claim,
    filing,
    handed_over,
    handover,
    info,
    log_sizes,
    refusal,
    registered,
    text,
)
from tests.support.platform import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

TODAY = datetime.now(UTC)
TOMORROW = timestamp(TODAY + timedelta(days=1))

FILINGS: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "no content": ({"content": Secret()}, "CONTENT_MISSING"),
    "content of spaces": ({"content": text(" 　\n")}, "CONTENT_MISSING"),
    "no division": ({"division": ""}, "PLACE_MISSING"),
    "a region that is none": ({"division": "123456"}, "PLACE_UNKNOWN"),
    "a region by name": ({"division": "示例市"}, "PLACE_UNKNOWN"),
    "unknown channel": ({"channel": "pigeon\0"}, "CHANNEL"),
    "unknown class": ({"content_class": "nonsense"}, "CONTENT_CLASS"),
    "unknown purpose": ({"purpose": "nonsense" * 2_000}, "PURPOSE"),
    "too many persons": ({"person_count": 10_000}, "PERSON_COUNT"),
    "fewer than none": ({"person_count": -1}, "PERSON_COUNT"),
    "received later": ({"received_time": TOMORROW}, "RECEIVED_TIME"),
    "received at no time": ({"received_time": Timestamp(seconds=10**15)}, "RECEIVED_TIME"),
    "posted after receipt": ({"posted_time": TOMORROW}, "POSTED_TIME"),
}


@pytest.mark.parametrize("fields, doubt", FILINGS.values(), ids=FILINGS.keys())
async def test_a_filing_with_wrong_content_is_registered_and_says_what_is_to_be_settled(
    desks: Desks, fields: Mapping[str, Any], doubt: str
) -> None:
    """Promise P1; domain rules, 2.4."""
    client = (await desks.at(OFFICE)).client
    answer = await client.intake.RegisterPetition(filing(**fields))
    assert [types.RegistrationDoubt.Name(one) for one in answer.doubts] == [f"REGISTRATION_DOUBT_{doubt}"]
    found = await client.intake.GetPetition(intake.GetPetitionRequest(case_id=answer.case_id))
    assert list(found.petition.doubts) == list(answer.doubts)


async def test_what_is_to_be_settled_is_listed_and_what_was_written_is_read_by_an_officer(
    desks: Desks,
) -> None:
    client = (await desks.at(OFFICE)).client
    answer = await client.intake.RegisterPetition(filing(division="某县某村", channel="托人带来"))
    reading = intake.ReadPersonalDataRequest(info=info(), case_id=answer.case_id, ground="handling")
    fields = (await client.intake.ReadPersonalData(reading)).fields
    written = {field.purpose: field.clear.text for field in fields}
    assert written["place_as_written"] == "某县某村"
    assert written["as_written"] == "channel: 托人带来"

    async def listed() -> bool:
        asked = cases.ListCasesRequest(to_settle=True, page_size=500)
        found = {one.case_id: list(one.doubts) for one in (await client.cases.ListCases(asked)).cases}
        assert all(found.values())
        return found.get(answer.case_id) == ["PLACE_UNKNOWN", "CHANNEL"]

    await eventually(listed, "the case in the list of those to be settled")


async def test_a_place_in_words_is_settled_by_its_officer_and_then_counts_where_it_lies(
    desks: Desks,
) -> None:
    """Until then nobody sees the case by territory; a village belongs to its city from then on (9.4)."""
    office = (await desks.at(OFFICE)).client
    supervisor = (await desks.named("supervisor")).client
    answer = await office.intake.RegisterPetition(filing(division="某县某村"))
    assert answer.display_number.startswith("HY000000-")
    settling = intake.CorrectRegistrationRequest(
        info=info(),
        case_id=answer.case_id,
        epoch=1,
        fields=["division"],
        division="990101001001",
        reasons=text("来信人电话中说明"),
    )
    assert list((await office.intake.CorrectRegistration(settling)).fields) == ["division"]
    found = await office.intake.GetPetition(intake.GetPetitionRequest(case_id=answer.case_id))
    assert not found.petition.doubts

    async def counted() -> bool:
        asked = insight.ListFiguresRequest(names=["registered_to_settle"], by_division=True)
        found = {one.division: one for one in (await supervisor.insight.ListFigures(asked)).figures}
        assert all(len(division) == 6 for division in found)
        return "990101" in found

    async def seen() -> bool:
        listed = (await office.cases.ListCases(cases.ListCasesRequest(page_size=500))).cases
        found = [one for one in listed if one.case_id == answer.case_id]
        return [(one.division, len(one.doubts)) for one in found] == [("990101001001", 0)]

    await eventually(seen, "the settled place in the case")
    await eventually(counted, "the case in the figures of its county")


async def test_a_petition_of_200000_characters_is_registered_and_read_whole(desks: Desks) -> None:
    """Characters of four bytes each: the longest that there is."""
    client, said = (await desks.at(OFFICE)).client, "\U00020bb7" * 200_000
    answer = await client.intake.RegisterPetition(filing(content=text(said), subject=text(said[:200_000])))
    reading = intake.ReadPersonalDataRequest(
        info=info(), case_id=answer.case_id, ground="handling", purposes=["content"]
    )
    (field,) = (await client.intake.ReadPersonalData(reading)).fields
    assert field.clear.text == said

    async def followed() -> bool:
        found = await client.cases.ListCases(cases.ListCasesRequest(page_size=500))
        return answer.case_id in {one.case_id for one in found.cases}

    await eventually(followed, "the long petition in the lists")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def accepted(desks: Desks) -> str:
    """A case that HOUSING has accepted from OFFICE: its epoch is 2."""
    case_id = await handed_over((await desks.at(OFFICE)).client, HOUSING)
    request = intake.AcceptPetitionRequest(info=info(), case_id=case_id, epoch=1)
    await (await desks.at(HOUSING)).client.intake.AcceptPetition(request)
    return case_id


def _opinion(case_id: str, epoch: int = 2) -> intake.IssueOpinionRequest:
    outcome = types.OPINION_OUTCOME_SUPPORTED
    return intake.IssueOpinionRequest(
        info=info(), case_id=case_id, epoch=epoch, outcome=outcome, document=text("处理意见")
    )


async def _refused(desks: Desks, profile: str, method: str, request: Any, service: str = "intake") -> Refused:
    """The refusal of a call as a profile; nothing may have been written."""
    client = (await desks.named(profile)).client
    before = await log_sizes(client)
    refused = await refusal(getattr(getattr(client, service), method)(request))
    assert await log_sizes(client) == before
    return refused


@pytest.mark.parametrize(
    "epoch, code, reason",
    [
        (0, StatusCode.INVALID_ARGUMENT, "EPOCH_REQUIRED"),
        (-1, StatusCode.INVALID_ARGUMENT, "EPOCH_REQUIRED"),
        (1, StatusCode.ABORTED, "STALE_EPOCH"),
        (3, StatusCode.INVALID_ARGUMENT, "EPOCH_AHEAD"),
    ],
)
async def test_a_command_on_another_epoch_learns_the_present_one(
    desks: Desks, accepted: str, epoch: int, code: StatusCode, reason: str
) -> None:
    refused = await _refused(desks, f"officer@{HOUSING}", "IssueOpinion", _opinion(accepted, epoch))
    assert (refused.code, refused.reason, refused.facts["epoch"]) == (code, reason, "2")


async def test_who_held_the_case_before_is_told_who_holds_it_now(desks: Desks, accepted: str) -> None:
    request = handover(accepted, LABOUR, epoch=1)
    refused = await _refused(desks, f"officer@{OFFICE}", "HandOverPetition", request)
    assert (refused.reason, refused.facts) == (
        "STALE_EPOCH",
        {"epoch": "2", "responsible_unit": HOUSING},
    )


@pytest.mark.parametrize(
    "profile, reason",
    [
        (f"officer@{OFFICE}", "NOT_RESPONSIBLE"),
        (f"system@{HOUSING}", "OFFICER_REQUIRED"),
        ("supervisor", "ROLE_NOT_ALLOWED"),
        ("auditor", "AUDIT_BODY"),
        ("service@reception", "UNKNOWN_AGENCY"),
    ],
)
async def test_only_an_officer_of_the_responsible_unit_answers(
    desks: Desks, accepted: str, profile: str, reason: str
) -> None:
    refused = await _refused(desks, profile, "IssueOpinion", _opinion(accepted))
    assert (refused.code, refused.reason) == (StatusCode.PERMISSION_DENIED, reason)


@pytest.mark.parametrize("profile", [f"officer@{LABOUR}", "administrator"])
async def test_to_who_sees_no_such_case_there_is_none_to_answer(
    desks: Desks, accepted: str, profile: str
) -> None:
    refused = await _refused(desks, profile, "IssueOpinion", _opinion(accepted))
    assert (refused.code, refused.reason) == (StatusCode.NOT_FOUND, "NO_SUCH_CASE")


@pytest.mark.parametrize("profile", ["supervisor", "auditor", "administrator", "service@judicial"])
async def test_who_handles_no_petitions_registers_none(desks: Desks, profile: str) -> None:
    refused = await _refused(desks, profile, "RegisterPetition", filing())
    assert refused.code is StatusCode.PERMISSION_DENIED


async def test_an_officer_issues_no_supervision_order(desks: Desks, accepted: str) -> None:
    ground = supervision_types.ORDER_GROUND_OVERDUE
    request = supervision.IssueOrderRequest(
        info=info(), case_id=accepted, unit=HOUSING, ground=ground, facts=text("超期")
    )
    refused = await _refused(desks, f"officer@{OFFICE}", "IssueOrder", request, "supervision")
    assert (refused.code, refused.reason) == (StatusCode.PERMISSION_DENIED, "ROLE_NOT_ALLOWED")


async def test_a_command_on_no_case_names_what_to_check(desks: Desks) -> None:
    request = claim(str(uuid7()))
    refused = await _refused(desks, f"officer@{OFFICE}", "ClassifyPetition", request)
    assert (refused.code, refused.reason) == (StatusCode.NOT_FOUND, "NO_SUCH_CASE")
    assert "check its number or id" in refused.message


async def test_what_the_case_is_not_ready_for_names_what_it_waits_for(desks: Desks) -> None:
    office = (await desks.at(OFFICE)).client
    request = handover(await registered(office), HOUSING)
    refused = await _refused(desks, f"officer@{OFFICE}", "HandOverPetition", request)
    assert (refused.code, refused.reason) == (StatusCode.FAILED_PRECONDITION, "NOT_CLASSIFIED")
    told = {"status": "REGISTERED", "allowed": "CLASSIFIED", "responsible_unit": OFFICE}
    assert refused.facts == told
