"""Many filings in one call: each has its own answer, and none stops or doubles another."""

from uuid import uuid4

import pytest
from grpc import StatusCode

from huiyin.intake.v1 import service_pb2 as intake
from tests.mainjob.desk import Desks
from tests.support.calling import OFFICE, filing, log_sizes, refusal, text

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_batch_that_is_too_large_is_refused_whole(desks: Desks) -> None:
    client = (await desks.at(OFFICE)).client
    before = await log_sizes(client)
    request = intake.RegisterPetitionsRequest(petitions=[filing() for _ in range(501)])
    refused = await refusal(client.intake.RegisterPetitions(request))
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, "BATCH_TOO_LARGE")
    assert refused.facts == {"limit": "500"}
    assert await log_sizes(client) == before


async def test_a_malformed_filing_in_a_batch_stops_no_other(desks: Desks) -> None:
    client = (await desks.at(OFFICE)).client
    bad = [filing(person_id="7"), filing(petitioner=text("张某")), filing(division="123456")]
    before = await log_sizes(client)
    request = intake.RegisterPetitionsRequest(petitions=[filing(), *bad, filing()])
    outcomes = (await client.intake.RegisterPetitions(request)).outcomes
    assert [outcome.refusal_reason for outcome in outcomes] == [
        "",
        "MALFORMED_IDENTIFIER",
        "SECRET_KIND_WRONG",
        "",
        "",
    ]
    assert [bool(outcome.registered.case_id) for outcome in outcomes] == [True, False, False, True, True]
    assert [outcome.index for outcome in outcomes] == [0, 1, 2, 3, 4]
    after = await log_sizes(client)
    assert after["intake@990000"] == before["intake@990000"] + 3


async def test_a_batch_sent_again_gives_the_first_answers_and_takes_only_what_is_new(desks: Desks) -> None:
    client = (await desks.at(OFFICE)).client
    filings = [filing(content=text(f"第{number}件")) for number in range(20)]
    first = await client.intake.RegisterPetitions(intake.RegisterPetitionsRequest(petitions=filings))
    before = await log_sizes(client)
    more = [*filings, filing(), filings[0]]
    again = await client.intake.RegisterPetitions(intake.RegisterPetitionsRequest(petitions=more))
    codes = [outcome.registered.query_code for outcome in again.outcomes]
    assert codes[:20] == [outcome.registered.query_code for outcome in first.outcomes]
    assert codes[21] == codes[0] != codes[20]
    assert [outcome.registered.receipt.repeated for outcome in again.outcomes] == [True] * 20 + [False, True]
    assert (await log_sizes(client))["intake@990000"] == before["intake@990000"] + 1


async def test_a_filing_in_a_batch_and_alone_is_the_same_filing(desks: Desks) -> None:
    client, filed = (await desks.at(OFFICE)).client, filing()
    batch = await client.intake.RegisterPetitions(intake.RegisterPetitionsRequest(petitions=[filed]))
    alone = await client.intake.RegisterPetition(filed)
    assert alone.receipt.repeated
    assert alone.case_id == batch.outcomes[0].registered.case_id


async def test_a_trial_says_what_would_become_of_each_filing_and_writes_nothing(desks: Desks) -> None:
    client = (await desks.at(OFFICE)).client
    old, changed = filing(), filing(content=text("原来的内容"))
    await client.intake.RegisterPetitions(intake.RegisterPetitionsRequest(petitions=[old, changed]))
    changed.content.clear.text = "改过的内容"
    petitions = [filing(), filing(division="杭州"), old, changed, filing(person_id="7")]
    before = await log_sizes(client)
    request = intake.RegisterPetitionsRequest(petitions=petitions, trial=True)
    foreseen = (await client.intake.RegisterPetitions(request)).outcomes
    assert await log_sizes(client) == before
    done = (
        await client.intake.RegisterPetitions(intake.RegisterPetitionsRequest(petitions=petitions))
    ).outcomes
    assert [one.refusal_reason for one in foreseen] == [one.refusal_reason for one in done]
    assert [one.registered.doubts for one in foreseen] == [one.registered.doubts for one in done]
    assert [one.registered.receipt.repeated for one in foreseen] == [False, False, True, False, False]
    assert (foreseen[0].registered.case_id, foreseen[0].registered.query_code) == ("", "")


async def test_who_sends_a_filing_again_changed_is_told_which_case_it_was_and_how_it_stands(
    desks: Desks,
) -> None:
    client, filed = (await desks.at(OFFICE)).client, filing(content=text("原来的内容"))
    first = await client.intake.RegisterPetition(filed)
    correction = intake.CorrectRegistrationRequest(case_id=first.case_id, epoch=1, fields=["content"])
    correction.info.request_id = str(uuid4())
    correction.content.clear.text, correction.reasons.clear.text = "改过的内容", "抄错"
    correction.trial = True
    assert list((await client.intake.CorrectRegistration(correction)).fields) == ["content"]
    same = (
        await client.intake.RegisterPetitions(intake.RegisterPetitionsRequest(petitions=[filed]))
    ).outcomes[0]
    assert (same.registered.receipt.repeated, same.registration_version) == (True, 0)
    correction.trial = False
    assert list((await client.intake.CorrectRegistration(correction)).fields) == ["content"]
    same = (
        await client.intake.RegisterPetitions(intake.RegisterPetitionsRequest(petitions=[filed]))
    ).outcomes[0]
    assert (same.case_id, same.registration_version) == (first.case_id, 1)
    filed.content.clear.text = "改过的内容"
    other = (
        await client.intake.RegisterPetitions(intake.RegisterPetitionsRequest(petitions=[filed]))
    ).outcomes[0]
    assert (other.refusal_reason, other.case_id) == ("REQUEST_ID_REUSED", first.case_id)
    assert (other.registration_version, other.epoch) == (1, 1)
