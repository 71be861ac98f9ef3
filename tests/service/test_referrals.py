"""Intake and the judicial service agree however late they hear of each other (promises P2, P15).

The inboxes of both services are held back and let go again in either order, by clients of the public
interface alone; the audit then judges both logs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from grpc import StatusCode, aio

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin.judicial.v1 import types_pb2 as organs
from huiyin_audit.checks import one_holder_across
from huiyin_audit.findings import PromiseOutcome
from huiyin_audit.history import load_from_database
from huiyin_domain.directory import OrganisationKind
from tests.mainjob.desk import Desks
from tests.support.calling import (
    CITY,
    COURT,
    HOUSING,
    LABOUR,
    LOGS,
    OFFICE,
    Refused,
    agency,
    info,
    refusal,
    registered,
    text,
)
from tests.support.pausing import paused
from tests.support.platform import Platform, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOVERNMENT = agency(OrganisationKind.GOVERNMENT, CITY)
BOTH = ("intake-inbox", "judicial-inbox")
SECONDS_AHEAD = 0.5
"""How long one service hears of the other before that hears of it: it reads in much less."""


@dataclass
class Matter:
    """A litigation matter of OFFICE and its referral to COURT."""

    desks: Desks
    case_id: str
    referral_id: str = ""
    epoch: int = 1

    async def in_intake(self, agency: str, method: str, **fields: Any) -> Any:
        """A command on the case."""
        request: Any = getattr(intake, f"{method}Request")
        given = {"info": info(), "case_id": self.case_id, "epoch": self.epoch, **fields}
        stub = getattr((await self.desks.at(agency)).client.intake, method)
        return await stub(request(**given))

    async def refer(self) -> None:
        """移送 to the court."""
        given = {"organ": COURT, "organ_kind": organs.ORGAN_KIND_COURT, "matter": text("执行异议")}
        self.referral_id = (await self.in_intake(OFFICE, "ReferLitigation", **given)).offer_id

    async def withdraw(self) -> None:
        """The office takes its offer back."""
        await self.in_intake(OFFICE, "WithdrawOffer", offer_id=self.referral_id)

    async def by_court(self, method: str, by: str = COURT, **fields: Any) -> Any:
        """An act of the organ on the referral."""
        request: Any = getattr(judicial, f"{method}Request")
        stub = getattr((await self.desks.at(by)).client.judicial, method)
        return await stub(request(info=info(), referral_id=self.referral_id, **fields))

    async def take(self) -> None:
        """The court acknowledges."""
        await self.by_court("AcknowledgeReferral", docket_number="（2026）示例1号")

    async def conclude(self) -> None:
        """The court concludes."""
        await self.by_court("ConcludeReferral", kind=organs.CONCLUSION_KIND_DECIDED, document=text("裁定"))

    async def hand_back(self) -> None:
        """The court hands the matter back."""
        await self.by_court("HandBackReferral", note=text("办结"))

    async def petition(self) -> intake.Petition:
        """The case as intake has it."""
        client = (await self.desks.named("auditor")).client
        found = await client.intake.GetPetition(intake.GetPetitionRequest(case_id=self.case_id))
        petition: intake.Petition = found.petition
        return petition

    async def referral(self) -> judicial.Referral:
        """The referral as the judicial service has it."""
        client = (await self.desks.named("auditor")).client
        asked = judicial.GetReferralRequest(referral_id=self.referral_id)
        found: judicial.Referral = (await client.judicial.GetReferral(asked)).referral
        return found

    async def until_held_by(self, unit: str) -> None:
        """Waits until intake has it so."""

        async def is_so() -> bool:
            return (await self.petition()).responsible_unit == unit

        await eventually(is_so, f"{unit} is responsible")
        self.epoch = (await self.petition()).epoch

    async def until(self, status: organs.ReferralStatus.ValueType) -> None:
        """Waits until the judicial service has it so."""

        async def is_so() -> bool:
            client = (await self.desks.named("auditor")).client
            asked = judicial.GetReferralRequest(referral_id=self.referral_id)
            try:
                found: judicial.GetReferralResponse = await client.judicial.GetReferral(asked)
            except aio.AioRpcError as error:
                if error.code() is not StatusCode.NOT_FOUND:
                    raise
                return False
            return found.referral.status == status

        await eventually(is_so, organs.ReferralStatus.Name(status))


async def litigation(desks: Desks) -> Matter:
    """Registered and classified by the office."""
    matter = Matter(desks, await registered((await desks.at(OFFICE)).client))
    course = {"petition_class": types.PETITION_CLASS_LITIGATION, "track": common.TRACK_JUDICIAL}
    await matter.in_intake(OFFICE, "ClassifyPetition", reasons=text("涉诉"), **course)
    return matter


async def referred(desks: Desks) -> Matter:
    """Offered, and known to the judicial service."""
    matter = await litigation(desks)
    await matter.refer()
    await matter.until(organs.REFERRAL_STATUS_SENT)
    return matter


async def released(desks: Desks) -> Matter:
    """The court's."""
    matter = await referred(desks)
    await matter.take()
    await matter.until_held_by(COURT)
    await matter.until(organs.REFERRAL_STATUS_RELEASED)
    return matter


async def refused_by(call: Awaitable[Any]) -> Refused:
    """What a caller learns of a refused call."""
    return await refusal(call)


async def withdraw_then_take(matter: Matter) -> None:
    await matter.withdraw()
    await matter.take()


async def take_then_withdraw(matter: Matter) -> None:
    await matter.take()
    await matter.withdraw()


async def take_then_move(matter: Matter) -> None:
    await matter.take()
    await matter.in_intake(GOVERNMENT, "DecideCompetence", unit=HOUSING, reasons=text("指定"))


async def take_then_accuse(matter: Matter) -> None:
    await matter.take()
    course = {"petition_class": types.PETITION_CLASS_ACCUSATION, "track": common.TRACK_DISCIPLINE}
    found = {"accused_units": [COURT], "classification_version": 1}
    await matter.in_intake(OFFICE, "ClassifyPetition", reasons=text("控告"), **course, **found)


async def take_twice_and_withdraw(matter: Matter) -> None:
    await matter.take()
    await matter.take()
    await matter.withdraw()


RACES = (withdraw_then_take, take_then_withdraw, take_then_move, take_then_accuse, take_twice_and_withdraw)


@pytest.mark.parametrize("first", BOTH)
@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
async def test_what_is_taken_too_late_is_taken_in_vain_on_both_sides(
    desks: Desks, race: Callable[[Matter], Awaitable[None]], first: str
) -> None:
    """Whichever service hears of the other first."""
    matter = await referred(desks)
    second = next(inbox for inbox in BOTH if inbox != first)
    async with paused(second):
        async with paused(first):
            await race(matter)
        await asyncio.sleep(SECONDS_AHEAD)
    await matter.until(organs.REFERRAL_STATUS_LAPSED)
    found = await matter.petition()
    assert found.responsible_unit == (HOUSING if race is take_then_move else OFFICE)
    assert (found.offer_id, found.referral_id) == ("", "")
    walled = race is take_then_accuse  # what is accused learns nothing of it any more
    reason = "NO_SUCH_REFERRAL" if walled else "REFERRAL_LAPSED"
    assert (await refused_by(matter.conclude())).reason == reason


async def test_a_promise_is_no_responsibility(desks: Desks) -> None:
    """While intake is down the court has taken the matter, and the office still has it."""
    matter = await referred(desks)
    async with paused("intake-inbox"):
        await matter.take()
        for act in (matter.conclude, matter.hand_back):
            refused = await refused_by(act())
            assert (refused.reason, refused.facts["responsible_unit"]) == ("NOT_RELEASED", OFFICE)
        assert (await matter.petition()).responsible_unit == OFFICE
    await matter.until(organs.REFERRAL_STATUS_RELEASED)
    assert (await matter.petition()).responsible_unit == COURT


async def test_from_the_release_the_court_is_responsible_also_before_it_knows(desks: Desks) -> None:
    matter = await referred(desks)
    async with paused("judicial-inbox"):
        await matter.take()
        await matter.until_held_by(COURT)
        accept = matter.in_intake(OFFICE, "AcceptPetition")
        assert (await refused_by(accept)).reason == "NOT_RESPONSIBLE"
    await matter.until(organs.REFERRAL_STATUS_RELEASED)


async def test_intake_away_for_a_day_takes_up_what_was_concluded_and_handed_back(desks: Desks) -> None:
    matter = await released(desks)
    async with paused("intake-inbox"):
        await matter.conclude()
        await matter.hand_back()
        assert (await matter.petition()).responsible_unit == COURT
        assert (await refused_by(matter.conclude())).reason == "REFERRAL_HANDED_BACK"
    await matter.until_held_by(OFFICE)
    await matter.in_intake(OFFICE, "AcceptPetition")
    supported = {"outcome": types.OPINION_OUTCOME_SUPPORTED, "document": text("支持")}
    assert (
        await refused_by(matter.in_intake(OFFICE, "IssueOpinion", **supported))
    ).reason == "JUDICIALLY_CONCLUDED"


async def test_an_office_that_lost_the_case_meanwhile_gets_it_back_and_refers_again(desks: Desks) -> None:
    matter = await released(desks)
    await matter.hand_back()
    await matter.until_held_by(OFFICE)
    assert (await refused_by(matter.in_intake(OFFICE, "AcceptPetition"))).reason == "REFER_TO_JUDICIAL_ORGAN"
    await matter.refer()
    await matter.until(organs.REFERRAL_STATUS_SENT)


async def test_what_the_court_says_is_no_litigation_may_take_another_way(desks: Desks) -> None:
    matter = await referred(desks)
    course = {
        "petition_class": types.PETITION_CLASS_CLAIM,
        "route": types.ROUTE_PETITION,
        "track": common.TRACK_ADMINISTRATIVE,
        "classification_version": 1,
    }
    escape = matter.in_intake(OFFICE, "ClassifyPetition", reasons=text("改"), **course)
    assert (await refused_by(escape)).reason == "TRACK_FIXED_BY_REFERRAL"
    reason = organs.DECLINE_REASON_NOT_LITIGATION
    await matter.by_court("DeclineReferral", reason=reason, explanation=text("不属诉讼"))

    async def is_over() -> bool:
        return not (await matter.petition()).offer_id

    await eventually(is_over, "intake hears of it")
    await matter.in_intake(OFFICE, "ClassifyPetition", reasons=text("改"), **course)
    await matter.in_intake(OFFICE, "AcceptPetition")


@pytest.mark.parametrize("by", [HOUSING, COURT])
async def test_a_stranger_that_knows_the_ids_refers_and_takes_nothing(desks: Desks, by: str) -> None:
    matter = await litigation(desks)
    given = {"organ": COURT, "organ_kind": organs.ORGAN_KIND_COURT, "matter": text("移送")}
    refused = await refused_by(matter.in_intake(by, "ReferLitigation", **given))
    assert refused.reason == "NO_SUCH_CASE"
    await matter.refer()
    await matter.until(organs.REFERRAL_STATUS_SENT)
    taking = matter.by_court("AcknowledgeReferral", LABOUR, docket_number="1号")
    assert (await refused_by(taking)).code.name in ("NOT_FOUND", "PERMISSION_DENIED")
    assert (await matter.petition()).responsible_unit == OFFICE


async def test_a_referral_of_the_way_of_before_is_shown_the_way_of_now(desks: Desks) -> None:
    matter = await litigation(desks)
    client = (await desks.at(OFFICE)).client
    asked = judicial.ReferLitigationRequest(
        info=info(),
        case_id=matter.case_id,
        epoch=1,
        organ_kind=organs.ORGAN_KIND_COURT,
        organ=COURT,
        matter=text("移送"),
    )
    assert (await refusal(client.judicial.ReferLitigation(asked))).reason == "REFER_IN_INTAKE"


async def test_both_logs_agree_when_all_is_said(platform: Platform, desks: Desks) -> None:
    """After everything above: last in this file."""
    logs = [platform.settings.log_name(name) for name in LOGS]
    history = await load_from_database(platform.dsns["auditor"], logs, [], at_rest=True)
    verdict = one_holder_across.check_referrals(history)
    assert [(one.rule, one.stream) for one in verdict.violations] == []
    assert verdict.outcome is PromiseOutcome.HOLDS
