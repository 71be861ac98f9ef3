"""The same request id takes effect once and gives the first answer, at once, together or long afterwards."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode

from huiyin.intake.v1 import service_pb2 as intake
from tests.mainjob.desk import Desks
from tests.mainjob.figures import at_rest
from tests.mainjob.lives import late, objected, split
from tests.mainjob.meetings import together
from tests.support.calling import (
    DIRECTORY,
    HOUSING,
    OFFICE,
    but_for_repetition,
    claim,
    filing,
    handed_over,
    info,
    log_sizes,
    refusal,
    registered,
)
from tests.support.courses import begun
from tests.support.keeping import Exchange, KeepingDesks
from tests.support.platform import Platform

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOGETHER = 8


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exchanges(platform: Platform) -> AsyncIterator[list[Exchange]]:
    """Every command of four courses, after all of them have come to their end."""
    async with KeepingDesks(platform.settings, DIRECTORY) as desks:
        lives = [await begun(desks) for _ in range(5)]
        courses = (objected(lives[2]), late(lives[3]), split(lives[4]))
        await asyncio.gather(together(lives[0], lives[1]), *courses)
        await at_rest(await desks.named("auditor"))
        yield desks.exchanges()


async def test_every_command_of_whole_courses_gives_its_first_answer_when_all_is_over(
    desks: Desks, exchanges: list[Exchange]
) -> None:
    auditor = (await desks.named("auditor")).client
    before = await log_sizes(auditor)
    for exchange in exchanges:
        again = await exchange.stub(exchange.request)
        assert again.receipt.repeated, exchange.method
        assert but_for_repetition(again) == but_for_repetition(exchange.response), exchange.method
    assert await log_sizes(auditor) == before
    assert {"RegisterPetition", "SplitPetition", "ReferLitigation", "BindResolution", "IssueOrder"} <= {
        exchange.method for exchange in exchanges
    }


async def test_each_command_with_the_id_of_another_is_refused(
    desks: Desks, exchanges: list[Exchange]
) -> None:
    auditor = (await desks.named("auditor")).client
    before = await log_sizes(auditor)
    for exchange in exchanges:
        other: Any = type(exchange.request)()
        other.CopyFrom(exchange.request)
        other.info.correlation_id = info().request_id
        refused = await refusal(exchange.stub(other))
        found = (exchange.method, refused.code, refused.reason)
        assert found == (exchange.method, StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")
        assert "use a new one" in refused.message
    assert await log_sizes(auditor) == before


async def test_no_agency_takes_a_request_id_that_another_one_will_use(desks: Desks) -> None:
    """A request id is a name of the caller's own: an agency that guesses another's takes nothing from it."""
    filed = filing()
    first = await (await desks.at(HOUSING)).client.intake.RegisterPetition(filed)
    own = await (await desks.at(OFFICE)).client.intake.RegisterPetition(filed)
    assert own.case_id != first.case_id
    assert not own.receipt.repeated


async def test_duplicates_sent_together_register_once(desks: Desks) -> None:
    client, filed = (await desks.at(OFFICE)).client, filing()
    before = await log_sizes(client)
    answers = await asyncio.gather(*(client.intake.RegisterPetition(filed) for _ in range(TOGETHER)))
    assert len({but_for_repetition(answer) for answer in answers}) == 1
    assert sorted(answer.receipt.repeated for answer in answers) == [False] + [True] * (TOGETHER - 1)
    assert (await log_sizes(client))["intake@990000"] == before["intake@990000"] + 1


async def test_duplicates_sent_together_act_once_on_a_case(desks: Desks) -> None:
    client = (await desks.at(OFFICE)).client
    request = claim(await registered(client))
    before = await log_sizes(client)
    answers = await asyncio.gather(*(client.intake.ClassifyPetition(request) for _ in range(TOGETHER)))
    assert len({but_for_repetition(answer) for answer in answers}) == 1
    assert sorted(answer.receipt.repeated for answer in answers) == [False] + [True] * (TOGETHER - 1)
    assert (await log_sizes(client))["intake@990000"] == before["intake@990000"] + 1


async def test_of_rivals_sent_together_one_takes_responsibility(desks: Desks) -> None:
    office, housing = (await desks.at(OFFICE)).client, (await desks.at(HOUSING)).client
    case_id = await handed_over(office, HOUSING)
    requests = [intake.AcceptPetitionRequest(info=info(), case_id=case_id, epoch=1) for _ in range(TOGETHER)]
    answers = await asyncio.gather(*(housing.intake.AcceptPetition(request) for request in requests))
    found = await housing.intake.GetPetition(intake.GetPetitionRequest(case_id=case_id))
    assert sum(answer.receipt.event_count > 0 for answer in answers) == 1
    assert {answer.receipt.version for answer in answers} == {found.petition.version}
    assert (found.petition.epoch, found.petition.responsible_unit) == (2, HOUSING)
