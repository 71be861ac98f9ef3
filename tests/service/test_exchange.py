"""Agencies' systems publish what their officers did: each message has one receipt, and is on the record."""

from datetime import UTC, datetime

import psycopg
import pytest
from google.protobuf.any_pb2 import Any as Packed

from huiyin.dead.v1.service_pb2 import (
    GetDeadLetterRequest,
    ListDeadLettersRequest,
    RedriveDeadLetterRequest,
)
from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin.exchange.v1.types_pb2 import AgencyMessage
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1.types_pb2 import SERVICE_METHOD_IN_PERSON
from huiyin_kernel.ids import uuid7
from tests.mainjob.desk import Desks
from tests.support.agency_messages import accepting, message, published, receipt, receipts, statuses
from tests.support.calling import HOUSING, LABOUR, OFFICE, filing, handed_over, info, refusal, text
from tests.support.platform import Platform

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def letters(platform: Platform) -> list[DeadLetter]:
    """The exchange's dead letters."""
    async with await psycopg.AsyncConnection.connect(platform.dsns["auditor"]) as auditor:
        cursor = await auditor.execute("SELECT letter FROM exchange.dead_letter ORDER BY sequence")
        return [DeadLetter.FromString(row[0]) for row in await cursor.fetchall()]


async def test_what_an_officer_did_is_on_the_record_as_the_agencys_system_said(desks: Desks) -> None:
    office, housing = (await desks.at(OFFICE)).client, (await desks.at(HOUSING, "system")).client
    case_id = await handed_over(office, HOUSING)
    given = await receipt(housing, accepting(case_id, officer="王-03"))
    assert statuses([given]) == ["ACCEPTED"]
    assert (given.agency, given.receipt.stream, given.source) == (HOUSING, f"petition-{case_id}", "grpc")
    response = intake.AcceptPetitionResponse()
    assert given.response.Unpack(response)
    assert (response.receipt, response.epoch) == (given.receipt, 2)
    request = SubscribeRequest(case_ids=[case_id], until_caught_up=True)
    auditor = (await desks.named("auditor")).client
    events = [
        item.event async for item in auditor.feed("intake").Subscribe(request) if item.HasField("event")
    ]
    actor = events[-1].metadata.actor
    assert (actor.agency, actor.officer, actor.on_behalf_of) == ("exchange", "王-03", HOUSING)
    assert events[-1].position == given.receipt.position


async def test_a_message_sent_again_gets_the_same_receipt_and_nothing_happens(desks: Desks) -> None:
    office, housing = (await desks.at(OFFICE)).client, (await desks.at(HOUSING, "system")).client
    sent = accepting(await handed_over(office, HOUSING))
    first, again = await published(housing, sent, sent)
    assert first == again
    assert not again.message_id_reused
    later = await published(housing, AgencyMessage.FromString(sent.SerializeToString()))
    assert later == [first]


async def test_an_id_used_for_another_message_keeps_its_receipt_and_what_was_sent_is_put_aside(
    platform: Platform, desks: Desks
) -> None:
    office, housing = (await desks.at(OFFICE)).client, (await desks.at(HOUSING, "system")).client
    sent, before = accepting(await handed_over(office, HOUSING)), await letters(platform)
    other = accepting(await handed_over(office, HOUSING), message_id=sent.message_id)
    first, reused, again = await published(housing, sent, other, other)
    assert statuses([first.receipt]) == ["ACCEPTED"]
    assert (reused.receipt, reused.message_id_reused) == (first.receipt, True)
    assert again == reused
    (letter,) = (await letters(platform))[len(before) :]
    assert letter.cause.startswith("MESSAGE_ID_REUSED: ")
    assert letter.event_type == "huiyin.intake.v1.AcceptPetitionRequest"


async def test_an_old_epoch_is_refused_with_the_current_one(desks: Desks) -> None:
    office, housing = (await desks.at(OFFICE)).client, (await desks.at(HOUSING, "system")).client
    case_id = await handed_over(office, HOUSING)
    await receipt(housing, accepting(case_id))
    late = message(intake.IssueOpinionRequest(case_id=case_id, epoch=1, document=text("意见")))
    given = await receipt(housing, late)
    assert statuses([given]) == ["REFUSED"]
    assert (given.reason, given.facts["epoch"]) == ("STALE_EPOCH", "2")
    assert given.explanation.startswith("epoch 1 is not the current epoch 2")


async def test_a_refused_message_stays_refused_even_when_it_would_be_accepted_by_now(desks: Desks) -> None:
    office, housing = (await desks.at(OFFICE)).client, (await desks.at(HOUSING, "system")).client
    case_id = await handed_over(office, HOUSING)
    early = message(intake.NotifyReceiptRequest(case_id=case_id, epoch=2, method=SERVICE_METHOD_IN_PERSON))
    (first,) = await published(housing, early)
    assert first.receipt.reason == "EPOCH_AHEAD"
    await receipt(housing, accepting(case_id))
    assert await published(housing, early) == [first]


async def test_what_a_person_has_to_decide_takes_a_named_officer(desks: Desks) -> None:
    office, housing = (await desks.at(OFFICE)).client, (await desks.at(HOUSING, "system")).client
    case_id = await handed_over(office, HOUSING)
    told = message(
        intake.NotifyReceiptRequest(case_id=case_id, epoch=1, method=SERVICE_METHOD_IN_PERSON), officer=""
    )
    refused, accepted = await published(housing, accepting(case_id, officer=""), told)
    assert (refused.receipt.reason, statuses([accepted.receipt])) == ("OFFICER_REQUIRED", ["ACCEPTED"])


async def test_an_agency_acts_for_itself_alone(desks: Desks) -> None:
    office, labour = (await desks.at(OFFICE)).client, (await desks.at(LABOUR, "system")).client
    case_id = await handed_over(office, HOUSING)
    given = await receipt(labour, accepting(case_id))
    assert (statuses([given]), given.reason) == (["REFUSED"], "NO_SUCH_CASE")
    housing = (await desks.at(HOUSING, "system")).client
    assert statuses([await receipt(housing, accepting(case_id))]) == ["ACCEPTED"]


@pytest.mark.parametrize(
    "command, reason",
    [
        (filing(), "COMMAND_NOT_CARRIED"),
        (intake.RatePetitionRequest(), "COMMAND_NOT_CARRIED"),
        (intake.ReadPersonalDataRequest(), "COMMAND_NOT_CARRIED"),
        (intake.ApproveExtensionRequest(), "COMMAND_NOT_CARRIED"),
    ],
)
async def test_what_agencies_may_not_publish_is_refused(desks: Desks, command: object, reason: str) -> None:
    housing = (await desks.at(HOUSING, "system")).client
    given = await receipt(housing, message(command))  # type: ignore[arg-type] # all of them are commands
    assert (statuses([given]), given.reason) == (["REFUSED"], reason)


async def test_what_cannot_be_read_is_answered_and_put_aside(platform: Platform, desks: Desks) -> None:
    housing, before = (await desks.at(HOUSING, "system")).client, await letters(platform)
    unknown = AgencyMessage(message_id=str(uuid7()), command=Packed(type_url="x/huiyin.intake.v1.Nothing"))
    broken = message(intake.AcceptPetitionRequest())
    broken.command.value = b"\x0a\xff"
    nameless = accepting(str(uuid7()), message_id="")
    answers = [one.receipt for one in await published(housing, unknown, broken, nameless)]
    assert statuses(answers) == ["UNREADABLE"] * 3
    assert [one.reason for one in answers] == ["UNKNOWN_COMMAND", "MALFORMED_COMMAND", "MALFORMED_MESSAGE_ID"]
    assert [one.message_id for one in answers] == [unknown.message_id, broken.message_id, ""]
    new = (await letters(platform))[len(before) :]
    assert [one.cause.partition(":")[0] for one in new] == [one.reason for one in answers]
    assert all(one.consumer == "exchange" and not one.HasField("record") for one in new)


async def test_letters_are_listed_for_administrators_and_only_the_agency_can_send_again(
    platform: Platform, desks: Desks
) -> None:
    await receipt((await desks.at(HOUSING, "system")).client, accepting(str(uuid7()), message_id=""))
    (*_, letter) = await letters(platform)
    administrator = (await desks.named("administrator")).client.letters("exchange")
    found = await administrator.GetDeadLetter(GetDeadLetterRequest(letter_id=letter.letter_id))
    assert found.letter.letter == letter
    refused = await refusal(
        administrator.RedriveDeadLetter(RedriveDeadLetterRequest(letter_id=letter.letter_id))
    )
    assert refused.reason == "LETTER_IS_A_NOTE"
    housing = (await desks.at(HOUSING, "system")).client.letters("exchange")
    assert (await refusal(housing.ListDeadLetters(ListDeadLettersRequest()))).reason == "ROLE_NOT_ALLOWED"


async def test_the_acts_own_time_is_on_the_record(desks: Desks) -> None:
    office, housing = (await desks.at(OFFICE)).client, (await desks.at(HOUSING, "system")).client
    case_id = await handed_over(office, HOUSING)
    refused = intake.AcceptPetitionRequest(case_id=case_id, epoch=1)
    refused.info.occurred_time.FromJsonString("2999-01-01T00:00:00Z")
    assert (await receipt(housing, message(refused))).reason == "OCCURRED_IN_FUTURE"
    before = intake.AcceptPetitionRequest(case_id=case_id, epoch=1, info=info())
    before.info.occurred_time.FromJsonString("2026-01-05T02:03:04Z")
    assert (await receipt(housing, message(before))).reason == "BEFORE_RECEIPT"
    late = intake.AcceptPetitionRequest(case_id=case_id, epoch=1, info=info(late="a system approves nothing"))
    assert (await receipt(housing, message(late))).reason == "HEAD_REQUIRED"
    happened = datetime.now(UTC)
    accepted = intake.AcceptPetitionRequest(case_id=case_id, epoch=1, info=info(happened))
    await receipt(housing, message(accepted))
    request = SubscribeRequest(case_ids=[case_id], until_caught_up=True)
    events = [
        item.event async for item in housing.feed("intake").Subscribe(request) if item.HasField("event")
    ]
    assert events[-1].occurred_time.ToDatetime(tzinfo=UTC) == happened


async def test_receipts_are_numbered_densely_in_the_order_of_the_messages(desks: Desks) -> None:
    labour = (await desks.at(LABOUR, "system")).client
    last = len(await receipts(labour))
    sent = [accepting(str(uuid7())) for _ in range(5)]
    answers = [answer.receipt for answer in await published(labour, *sent)]
    assert [one.number for one in answers] == list(range(last + 1, last + 6))
    assert [one.message_id for one in answers] == [one.message_id for one in sent]
    assert await receipts(labour, after=last) == answers
