"""Petitioners come by a way of their own, with number and code; nobody rates for them unnoticed."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from grpc import StatusCode, aio

from huiyin.common.v1.types_pb2 import CommandInfo
from huiyin.event.v1.event_pb2 import Event
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.events_pb2 import PetitionRated
from huiyin_cli.client import Client
from huiyin_cli.notices import tell
from huiyin_intake.case_numbers import BEAT_SECONDS
from huiyin_kernel.codec import payload_of
from tests.mainjob.desk import Desks
from tests.mainjob.lives import PETITIONERS
from tests.support.calling import HOUSING, OFFICE, claim, filing, info, person, refusal, text
from tests.support.platform import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

PHONE = "13900000000"
OTHERS = [f"officer@{OFFICE}", f"head@{OFFICE}", f"system@{OFFICE}", "auditor", "administrator", "supervisor"]
OTHERS += ["service@streams", "service@supervision"]


async def _filed(desks: Desks, **fields: Any) -> intake.RegisterPetitionResponse:
    answer: intake.RegisterPetitionResponse = await (await desks.at(OFFICE)).client.intake.RegisterPetition(
        filing(**fields)
    )
    return answer


async def _answered(desks: Desks, **fields: Any) -> intake.RegisterPetitionResponse:
    """A filing that its registering office answered itself."""
    office, filed = (await desks.at(OFFICE)).client, await _filed(desks, **fields)
    case: dict[str, Any] = {"case_id": filed.case_id, "epoch": 1}
    await office.intake.ClassifyPetition(claim(filed.case_id))
    await office.intake.AcceptPetition(intake.AcceptPetitionRequest(info=info(), **case))
    outcome, document = types.OPINION_OUTCOME_NOT_SUPPORTED, text("经调查，不予支持")
    issued = await office.intake.IssueOpinion(
        intake.IssueOpinionRequest(info=info(), outcome=outcome, document=document, **case)
    )
    method = types.SERVICE_METHOD_MAIL
    await office.intake.ServeOpinion(
        intake.ServeOpinionRequest(info=info(), opinion_id=issued.opinion_id, method=method, **case)
    )
    return filed


def rating(filed: intake.RegisterPetitionResponse, **fields: Any) -> intake.RatePetitionRequest:
    usual: dict[str, Any] = {
        "case_id": filed.case_id,
        "query_code": filed.query_code,
        "office_rating": types.RATING_NOT_SATISFIED,
        "unit_rating": types.RATING_SATISFIED,
        "way": types.RATING_WAY_WEB,
    }
    return intake.RatePetitionRequest(**{"info": info(), **usual, **fields})


def question(filed: intake.RegisterPetitionResponse, **fields: Any) -> intake.FollowPetitionRequest:
    usual: dict[str, Any] = {"case_id": filed.case_id, "query_code": filed.query_code}
    return intake.FollowPetitionRequest(**{**usual, **fields})


async def _rated(auditor: Client, case_id: str) -> tuple[Event, PetitionRated]:
    request = SubscribeRequest(
        case_ids=[case_id], types=[PetitionRated.DESCRIPTOR.full_name], until_caught_up=True
    )
    events = [
        item.event async for item in auditor.feed("intake").Subscribe(request) if item.HasField("event")
    ]
    found = payload_of(events[-1])
    assert isinstance(found, PetitionRated)
    return events[-1], found


async def test_the_petitioner_follows_the_case_by_its_code_alone(desks: Desks) -> None:
    portal, filed = (await desks.named(PETITIONERS)).client, await _filed(desks)
    shown = await portal.intake.FollowPetition(question(filed, query_code=filed.query_code.lower()))
    assert (shown.responsible_unit, list(shown.milestones)) == (OFFICE, ["PetitionRegistered"])


async def test_the_number_on_the_receipt_is_enough_beside_the_code(desks: Desks) -> None:
    portal, filed = (await desks.named(PETITIONERS)).client, await _filed(desks)
    asked = intake.FollowPetitionRequest(
        display_number=filed.display_number.lower(), query_code=filed.query_code
    )

    async def listed() -> bool:
        try:
            shown = await portal.intake.FollowPetition(asked)
            return bool(shown.responsible_unit == OFFICE)
        except aio.AioRpcError as error:
            if error.code() is not StatusCode.NOT_FOUND:
                raise
            return False

    await eventually(listed, "the number's case is found")
    asked.display_number = "HY990100-20260101-00000000"
    assert (await refusal(portal.intake.FollowPetition(asked))).reason == "NO_SUCH_CASE"


@pytest.mark.parametrize("code", ["", "0000-0000-0000-0000"])
async def test_without_the_code_there_is_no_such_case(desks: Desks, code: str) -> None:
    portal, filed = (await desks.named(PETITIONERS)).client, await _filed(desks)
    refused = await refusal(portal.intake.FollowPetition(question(filed, query_code=code)))
    assert (refused.code, refused.reason) == (StatusCode.NOT_FOUND, "NO_SUCH_CASE")


@pytest.mark.parametrize("profile", OTHERS)
async def test_nobody_rates_or_follows_over_a_connection_that_is_not_the_petitioners(
    desks: Desks, profile: str
) -> None:
    """The office that registered knows the code from the receipt that it printed."""
    client, filed = (await desks.named(profile)).client, await _filed(desks)
    for call in (
        client.intake.FollowPetition(question(filed)),
        client.intake.RatePetition(rating(filed)),
        client.intake.TakeBackRating(intake.TakeBackRatingRequest(info=info(), case_id=filed.case_id)),
    ):
        refused = await refusal(call)
        assert refused.reason == "PETITIONERS_ONLY", refused


async def test_found_and_not_found_take_the_same_time(desks: Desks) -> None:
    """Each answer comes on a beat, so what is told of an unknown number is told of a wrong code."""
    portal, filed = (await desks.named(PETITIONERS)).client, await _filed(desks)
    questions = {
        "wrong code": question(filed, query_code="0000-0000-0000-0001", source="a"),
        "no such case": question(filed, case_id="01990000-0000-7000-8000-000000000000", source="b"),
        "no such number": intake.FollowPetitionRequest(
            display_number="HY990100-20260101-ZZZZZZZZ", query_code="1", source="c"
        ),
    }
    for name, asked in questions.items():
        begun = time.monotonic()
        assert (await refusal(portal.intake.FollowPetition(asked))).reason == "NO_SUCH_CASE", name
        assert time.monotonic() - begun >= BEAT_SECONDS, name


async def test_a_rating_is_told_to_the_contact_left_and_taken_back_from_there(desks: Desks) -> None:
    portal, auditor = (await desks.named(PETITIONERS)).client, (await desks.named("auditor")).client
    filed = await _answered(desks, petitioner=person(name="张三", phone=PHONE))
    await portal.intake.RatePetition(rating(filed))
    event, rated = await _rated(auditor, filed.case_id)
    assert rated.way == types.RATING_WAY_WEB
    notice = {"case_id": filed.case_id, "notice_id": rated.notice_id}
    opened = await portal.intake.OpenNotice(intake.OpenNoticeRequest(info=info(), **notice))
    assert (opened.recipient.phone, opened.recipient.name) == (PHONE, "")
    assert filed.display_number in opened.text_zh
    assert opened.receipt.stream == f"access-{filed.case_id}"
    await portal.intake.ConfirmNotice(intake.ConfirmNoticeRequest(info=info(), **notice))
    code = opened.text_zh.partition("撤回码 ")[2].partition(" ")[0]
    assert code.encode() not in event.SerializeToString()
    wrong = intake.TakeBackRatingRequest(
        info=info(), case_id=filed.case_id, take_back_code=filed.query_code, source="x"
    )
    assert (await refusal(portal.intake.TakeBackRating(wrong))).reason == "NO_SUCH_CASE"
    right = intake.TakeBackRatingRequest(info=info(), case_id=filed.case_id, take_back_code=code)
    await portal.intake.TakeBackRating(right)
    assert (await portal.intake.TakeBackRating(right)).receipt.repeated
    shown = await portal.intake.FollowPetition(question(filed))
    assert (shown.office_rating, shown.unit_rating) == (types.RATING_UNSPECIFIED, types.RATING_UNSPECIFIED)
    await portal.intake.RatePetition(rating(filed, unit_rating=types.RATING_NOT_SATISFIED))
    shown = await portal.intake.FollowPetition(question(filed))
    assert shown.unit_rating == types.RATING_NOT_SATISFIED


async def test_who_left_no_contact_gets_no_notice_and_nobody_can_take_the_rating_back(desks: Desks) -> None:
    portal, auditor = (await desks.named(PETITIONERS)).client, (await desks.named("auditor")).client
    filed = await _answered(desks, petitioner=person(name="李四"))
    await portal.intake.RatePetition(rating(filed, way=types.RATING_WAY_TERMINAL))
    _, rated = await _rated(auditor, filed.case_id)
    assert (rated.notice_id, rated.take_back_hash) == ("", b"")
    back = intake.TakeBackRatingRequest(info=info(), case_id=filed.case_id, take_back_code="")
    assert (await refusal(portal.intake.TakeBackRating(back))).reason == "NO_SUCH_CASE"


async def test_a_notice_is_opened_by_the_messenger_alone(desks: Desks) -> None:
    portal, auditor = (await desks.named(PETITIONERS)).client, (await desks.named("auditor")).client
    filed = await _answered(desks, petitioner=person(name="王五", phone=PHONE))
    await portal.intake.RatePetition(rating(filed))
    _, rated = await _rated(auditor, filed.case_id)
    for profile in (f"officer@{OFFICE}", f"officer@{HOUSING}", "auditor", "service@streams"):
        client = (await desks.named(profile)).client
        asked = intake.OpenNoticeRequest(
            info=CommandInfo(request_id=info().request_id), case_id=filed.case_id, notice_id=rated.notice_id
        )
        assert (await refusal(client.intake.OpenNotice(asked))).reason == "PETITIONERS_ONLY", profile


async def test_the_messenger_tells_each_rating_once_by_the_installations_program(
    desks: Desks, tmp_path: Path
) -> None:
    portal = (await desks.named(PETITIONERS)).client
    filed = await _answered(desks, petitioner=person(name="赵六", phone=PHONE))
    await portal.intake.RatePetition(rating(filed))
    sent, place = tmp_path / "sent", tmp_path / "notices.position"
    program = ["/bin/sh", "-c", f"cat >> {sent}; echo >> {sent}"]
    for _ in range(2):
        await tell(portal, program, place, until_caught_up=True)
    ours = [line for line in sent.read_text(encoding="utf-8").splitlines() if filed.display_number in line]
    (line,) = ours
    assert json.loads(line)["recipient"]["phone"] == PHONE
    assert "赵六" not in line


async def test_who_left_no_contact_reads_under_the_number_what_was_served_there(desks: Desks) -> None:
    """Art. 23(2): the query number serves who left no contact, and nobody else."""
    portal, office = (await desks.named(PETITIONERS)).client, (await desks.at(OFFICE)).client
    method = types.SERVICE_METHOD_QUERY_NUMBER
    for contact, reason in ((person(phone=PHONE), "CONTACT_WAS_LEFT"), (None, "")):
        filed = await _filed(desks, petitioner=contact)
        case: dict[str, Any] = {"case_id": filed.case_id, "epoch": 1}
        await office.intake.ClassifyPetition(claim(filed.case_id))
        await office.intake.AcceptPetition(intake.AcceptPetitionRequest(info=info(), **case))
        outcome, document = types.OPINION_OUTCOME_NOT_SUPPORTED, text("经调查，不予支持")
        issued = await office.intake.IssueOpinion(
            intake.IssueOpinionRequest(info=info(), outcome=outcome, document=document, **case)
        )
        opened = intake.OpenServedDocumentsRequest(
            info=info(), case_id=filed.case_id, query_code=filed.query_code
        )
        assert not (await portal.intake.OpenServedDocuments(opened)).documents
        serve = intake.ServeOpinionRequest(info=info(), opinion_id=issued.opinion_id, method=method, **case)
        if reason:
            assert (await refusal(office.intake.ServeOpinion(serve))).reason == reason
            continue
        await office.intake.ServeOpinion(serve)
        opened.info.CopyFrom(info())
        [shown] = (await portal.intake.OpenServedDocuments(opened)).documents
        assert shown.clear.text == "经调查，不予支持"
        opened.query_code = "AAAA-AAAA-AAAA-AAAA"
        opened.info.CopyFrom(info())
        assert (await refusal(portal.intake.OpenServedDocuments(opened))).reason == "NO_SUCH_CASE"
        assert (await refusal(office.intake.OpenServedDocuments(opened))).reason == "PETITIONERS_ONLY"
