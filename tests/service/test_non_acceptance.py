"""Not accepting a matter for another case: the case's own record answers, and a walled one is not there."""

import asyncio
from typing import Any

import pytest
from grpc import StatusCode, aio

from huiyin.common.v1.types_pb2 import TRACK_DISCIPLINE
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_cli.client import Client
from huiyin_domain.directory import OrganisationKind
from huiyin_kernel.ids import uuid7
from tests.mainjob.desk import Desks
from tests.support.calling import (
    HOUSING,
    LABOUR,
    OFFICE,
    Refused,
    agency,
    as_refused,
    claim,
    handover,
    info,
    person,
    refusal,
    registered,
    text,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOVERNMENT = agency(OrganisationKind.GOVERNMENT)
"""Above the office and the bureaux."""
NUMBERS = ("990000199001010041", "99000019900101005X")
"""Two synthetic identity numbers whose check characters fit."""


def declining(case_id: str, other: str = "", **fields: Any) -> intake.DeclinePetitionRequest:
    usual: dict[str, Any] = {
        "code": types.NON_ACCEPTANCE_CODE_IN_HAND,
        "reasons": text("同一信访人、同一事项，正在办理"),
        "remedy": text("可向办理单位查询"),
        "same_petitioner": True,
        "same_case_id": other,
    }
    named: dict[str, Any] = {"info": info(), "case_id": case_id, "epoch": 1}
    return intake.DeclinePetitionRequest(**{**named, **usual, **fields})


async def with_housing(desks: Desks, **fields: Any) -> str:
    """A case that the housing bureau has accepted."""
    office, housing = (await desks.at(OFFICE)).client, (await desks.at(HOUSING)).client
    case_id = await registered(office, **fields)
    await office.intake.ClassifyPetition(claim(case_id))
    await office.intake.HandOverPetition(handover(case_id, HOUSING))
    await housing.intake.AcceptPetition(intake.AcceptPetitionRequest(info=info(), case_id=case_id, epoch=1))
    return case_id


async def accusing_housing(client: Client) -> str:
    case_id = await registered(client)
    found: dict[str, Any] = {"petition_class": types.PETITION_CLASS_ACCUSATION, "route": 0}
    request = claim(case_id, track=TRACK_DISCIPLINE, accused_units=[HOUSING], **found)
    await client.intake.ClassifyPetition(request)
    return case_id


async def test_a_superior_names_a_case_in_hand_below_it_and_is_told_who_has_it(desks: Desks) -> None:
    """Art. 19(3): the petitioner files again with the organ above."""
    other, above = await with_housing(desks), (await desks.at(GOVERNMENT)).client
    again = await registered(above)
    request = declining(again, other)
    answer = await above.intake.DeclinePetition(request)
    assert answer.responsible_unit == HOUSING
    repeated = await above.intake.DeclinePetition(request)
    assert repeated.receipt.repeated
    assert repeated.responsible_unit == HOUSING


async def test_a_case_of_others_a_walled_one_and_none_are_one_answer(desks: Desks) -> None:
    """The stranger, the accused and who guesses ids learn the same: nothing."""
    office, labour, housing = [(await desks.at(unit)).client for unit in (OFFICE, LABOUR, HOUSING)]
    with_others, accusation = await with_housing(desks), await accusing_housing(office)
    for client in (labour, housing):
        own = await registered(client)
        walled = await refusal(client.intake.DeclinePetition(declining(own, accusation)))
        nowhere = await refusal(client.intake.DeclinePetition(declining(own, str(uuid7()))))
        assert walled == nowhere
        assert nowhere.code is StatusCode.NOT_FOUND
    own = await registered(labour)
    assert await refusal(labour.intake.DeclinePetition(declining(own, with_others))) == nowhere


async def test_its_own_closed_case_rids_no_unit_of_a_matter(desks: Desks) -> None:
    labour = (await desks.at(LABOUR)).client
    old, new = await registered(labour), await registered(labour)
    await labour.intake.DeclinePetition(
        declining(old, code=types.NON_ACCEPTANCE_CODE_NOT_COMPETENT, redirect_unit=HOUSING)
    )
    refused = await refusal(labour.intake.DeclinePetition(declining(new, old)))
    assert (refused.code, refused.reason) == (StatusCode.FAILED_PRECONDITION, "SAME_CASE_NOT_IN_HAND")


@pytest.mark.parametrize(("second", "reason"), [(NUMBERS[1], "ANOTHER_PETITIONER"), (NUMBERS[0], "")])
async def test_somebody_elses_case_rids_no_unit_of_a_matter(desks: Desks, second: str, reason: str) -> None:
    """Identity numbers that were left are compared by the service; nobody is shown them."""
    labour = (await desks.at(LABOUR)).client
    other = await registered(labour, petitioner=person(name="示例甲", identity_number=NUMBERS[0]))
    case_id = await registered(labour, petitioner=person(name="示例乙", identity_number=second))
    try:
        await labour.intake.DeclinePetition(declining(case_id, other))
    except aio.AioRpcError as error:
        refused = as_refused(error)
        assert refused.reason == reason
        assert NUMBERS[0] not in str(refused)
    else:
        assert not reason


async def test_two_cases_that_name_each_other_are_not_both_declined(desks: Desks) -> None:
    """Sent at the same time, again and again: somebody always has the matter in hand."""
    labour = (await desks.at(LABOUR)).client

    async def decline(case_id: str, other: str) -> Refused | None:
        try:
            await labour.intake.DeclinePetition(declining(case_id, other))
        except aio.AioRpcError as error:
            return as_refused(error)
        return None

    for _ in range(5):
        first, second = await registered(labour), await registered(labour)
        answers = await asyncio.gather(decline(first, second), decline(second, first))
        (refused,) = [answer for answer in answers if answer]
        assert refused.reason == "SAME_CASE_NOT_IN_HAND"


async def test_a_file_from_before_the_platform_is_cited_and_its_document_sealed(desks: Desks) -> None:
    labour = (await desks.at(LABOUR)).client
    case_id = await registered(labour)
    document = text("某人社信复核〔2019〕7号")
    cited: dict[str, Any] = {"earlier_document": document, "earlier_date": "2019-05-06"}
    code = types.NON_ACCEPTANCE_CODE_RE_REVIEWED
    same = intake.SameFactsStatement(same_facts=types.SAME_FACTS_SAME, reasons=text("诉求、事实和理由均同"))
    await labour.intake.DeclinePetition(declining(case_id, code=code, same_facts=same, **cited))
    read = intake.ReadPersonalDataRequest(
        info=info(), case_id=case_id, purposes=["earlier_document"], ground="review"
    )
    (field,) = (await labour.intake.ReadPersonalData(read)).fields
    assert field.clear.text == "某人社信复核〔2019〕7号"
