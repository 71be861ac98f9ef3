"""Recusal over the services: asked for by the petitioner's code, decided by the head, and enforced."""

from typing import Any

import pytest

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from tests.mainjob.desk import Desks
from tests.support.calling import DIRECTORY, HOUSING, OFFICE, claim, filing, handover, info, refusal, text
from tests.support.walking import Walk

pytestmark = pytest.mark.asyncio(loop_scope="module")

PETITIONERS = "service@console"
WHY = "经办人李某是开发商的表亲"
ABOVE = DIRECTORY.superiors(HOUSING)[0]
OPINION: dict[str, Any] = {"outcome": types.OPINION_OUTCOME_EXPLAINED, "document": text("处理意见")}


async def _accepted(desks: Desks) -> tuple[Walk, str]:
    """A case of the housing bureau, and its query code."""
    office = (await desks.at(OFFICE)).client
    filed = await office.intake.RegisterPetition(filing())
    await office.intake.ClassifyPetition(claim(filed.case_id))
    await office.intake.HandOverPetition(handover(filed.case_id, HOUSING))
    walk = Walk(desks, filed.case_id)
    await walk.client(HOUSING)
    accepting = intake.AcceptPetitionRequest(info=info(), case_id=filed.case_id, epoch=1)
    await (await walk.client(HOUSING)).intake.AcceptPetition(accepting)
    return walk, filed.query_code


async def _ask(desks: Desks, walk: Walk, code: str, **fields: Any) -> intake.AskRecusalResponse:
    portal = (await desks.named(PETITIONERS)).client
    request = intake.AskRecusalRequest(
        info=info(), case_id=walk.case_id, query_code=code, reasons=text(WHY), **fields
    )
    answer: intake.AskRecusalResponse = await portal.intake.AskRecusal(request)
    return answer


async def test_the_petitioner_asks_the_head_decides_and_the_officer_is_kept_out(desks: Desks) -> None:
    walk, code = await _accepted(desks)
    asked = await _ask(desks, walk, code)
    assert asked.decider == HOUSING
    seen = (await walk.petition(HOUSING)).recusals
    assert [(one.recusal_id, one.officer, one.granted) for one in seen] == [(asked.recusal_id, "", False)]
    decided = {"recusal_id": asked.recusal_id, "officer": "officer-01", "granted": True}
    await walk.do("DecideRecusal", HOUSING, "head", **decided, reasons=text("情况属实"))
    clerk = await walk.client(HOUSING)
    opinion = await walk.request("IssueOpinion", HOUSING, **OPINION)
    assert (await refusal(clerk.intake.IssueOpinion(opinion))).reason == "RECUSED"
    reading = intake.ReadPersonalDataRequest(info=info(), case_id=walk.case_id, ground="handling")
    assert (await refusal(clerk.intake.ReadPersonalData(reading))).reason == "RECUSED"
    await walk.do("IssueOpinion", HOUSING, "head", **OPINION)


async def test_what_the_petitioner_says_is_sealed_and_a_wrong_code_asks_nothing(desks: Desks) -> None:
    walk, code = await _accepted(desks)
    await _ask(desks, walk, code)
    (requested,) = [one for one in await walk.history() if isinstance(one, events.RecusalRequested)]
    assert WHY.encode() not in requested.SerializeToString()
    assert requested.reasons.ciphertext
    portal = (await desks.named(PETITIONERS)).client
    guess = intake.AskRecusalRequest(
        info=info(), case_id=walk.case_id, query_code="0000-0000-0000-0000", reasons=text(WHY)
    )
    assert (await refusal(portal.intake.AskRecusal(guess))).reason == "NO_SUCH_CASE"
    clerk = await walk.client(HOUSING)
    assert (await refusal(clerk.intake.AskRecusal(guess))).reason == "PETITIONERS_ONLY"


async def test_on_the_head_the_organ_above_decides_and_sees_the_case_for_that_long(desks: Desks) -> None:
    walk, code = await _accepted(desks)
    above = await walk.client(ABOVE, "head")
    read = intake.GetPetitionRequest(case_id=walk.case_id)
    assert (await refusal(above.intake.GetPetition(read))).reason == "NO_SUCH_CASE"
    asked = await _ask(desks, walk, code, of_head=True)
    assert asked.decider == ABOVE
    assert (await above.intake.GetPetition(read)).petition.recusals[0].recusal_id == asked.recusal_id
    decided = {"recusal_id": asked.recusal_id, "officer": "head-01", "granted": True}
    own = await walk.request("DecideRecusal", HOUSING, **decided, reasons=text("不同意"))
    housing = await walk.client(HOUSING, "head")
    assert (await refusal(housing.intake.DecideRecusal(own))).reason == "NOT_THE_RECUSAL_DECIDER"
    await walk.do("DecideRecusal", ABOVE, "head", **decided, reasons=text("情况属实"))
    opinion = await walk.request("IssueOpinion", HOUSING, **OPINION)
    assert (await refusal(housing.intake.IssueOpinion(opinion))).reason == "RECUSED"
    assert not (await above.intake.GetPetition(read)).petition.opinion_id
