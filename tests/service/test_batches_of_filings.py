"""Many filings in one call: each has its own answer, and none stops or doubles another."""

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
