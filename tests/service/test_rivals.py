"""What people decide at once is not overwritten unseen, and an unanswered hand-over locks no case."""

import asyncio

import pytest
from grpc import StatusCode, aio

from huiyin.common.v1.types_pb2 import TRACK_SUGGESTION
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.directory import OrganisationKind
from tests.mainjob.desk import Desks
from tests.support.calling import (
    HOUSING,
    LABOUR,
    OFFICE,
    Refused,
    agency,
    as_refused,
    claim,
    handed_over,
    info,
    refusal,
    registered,
    text,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

OFFICERS = 6
GOVERNMENT = agency(OrganisationKind.GOVERNMENT)
"""Above the office and the housing bureau."""
SUGGESTION = {
    "petition_class": types.PETITION_CLASS_SUGGESTION,
    "route": types.ROUTE_UNSPECIFIED,
    "track": TRACK_SUGGESTION,
}


async def _answer(call: aio.UnaryUnaryCall[object, object]) -> Refused | None:
    try:
        await call
    except aio.AioRpcError as error:
        return as_refused(error)
    return None


async def test_six_officers_with_two_classes_end_with_one_class(desks: Desks) -> None:
    client = (await desks.at(OFFICE)).client
    case_id = await registered(client)
    requests = [claim(case_id, **(SUGGESTION if number % 2 else {})) for number in range(OFFICERS)]
    refused = await asyncio.gather(*(_answer(client.intake.ClassifyPetition(one)) for one in requests))
    found = (await client.intake.GetPetition(intake.GetPetitionRequest(case_id=case_id))).petition
    for request, answer in zip(requests, refused, strict=True):
        chose_it = request.petition_class == found.petition_class
        assert (answer is None) == chose_it
        if answer:
            assert (answer.code, answer.reason) == (StatusCode.ABORTED, "REVISED_MEANWHILE")
            assert answer.facts["petition_class"] == types.PetitionClass.Name(found.petition_class)
    assert found.classification_version == 1
    again = claim(case_id, **SUGGESTION, content_class="010100", classification_version=1)
    await client.intake.ClassifyPetition(again)


async def test_a_hand_over_nobody_answers_is_ordered_recalled_and_sent_elsewhere(desks: Desks) -> None:
    office, above = (await desks.at(OFFICE)).client, (await desks.at(GOVERNMENT)).client
    case_id = await handed_over(office, HOUSING)
    read = intake.GetPetitionRequest(case_id=case_id)
    handover_id = (await office.intake.GetPetition(read)).petition.handover_id
    usual = {"case_id": case_id, "epoch": 1, "handover_id": handover_id, "reasons": text("逾期未答复")}
    assert (await refusal(above.intake.GetPetition(read))).reason == "NO_SUCH_CASE"
    stranger = (await desks.at(LABOUR)).client
    order = types.HANDOVER_ORDER_ANSWER
    attempt = intake.OrderHandoverRequest(info=info(), order=order, **usual)
    assert (await refusal(stranger.intake.OrderHandover(attempt))).reason == "NO_SUCH_CASE"
    await above.intake.OrderHandover(intake.OrderHandoverRequest(info=info(), order=order, **usual))
    assert (await above.intake.GetPetition(read)).petition.pending_unit == HOUSING
    await office.intake.RecallHandover(intake.RecallHandoverRequest(info=info(), **usual))
    housing = (await desks.at(HOUSING)).client
    late = intake.AcceptPetitionRequest(info=info(), case_id=case_id, epoch=1)
    assert (await refusal(housing.intake.AcceptPetition(late))).code is not StatusCode.OK
    found = (await office.intake.GetPetition(read)).petition
    assert (found.pending_unit, found.responsible_unit, found.epoch) == ("", OFFICE, 1)
