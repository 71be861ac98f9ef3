"""A petition is withdrawn by who petitions, after days to think it over, not by who knows the receipt."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.events_pb2 import WithdrawalRequested
from huiyin_cli.client import Client
from huiyin_domain.context import Role
from huiyin_domain.dates import local_date
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.codec import payload_of
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.mainjob.lives import PETITIONERS
from tests.support.calling import OFFICE, claim, filing, info, person, refusal, text
from tests.support.platform import Platform, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITHDRAWN = types.CLOSING_KIND_WITHDRAWN

THOUGHT_OVER_DAYS = 20
"""Seven days, the holidays that the last of them may roll over, and far from the thirty for confirming."""


@dataclass(frozen=True)
class World:
    """A platform whose days pass when told, an office and the petitioners' way in."""

    platform: Platform
    clock: ManualClock
    office: Client
    portal: Client

    def later(self, days: int) -> None:
        self.clock.set(self.clock.now() + timedelta(days=days))
        self.platform.employ(OFFICE, Role.OFFICER, clock=self.clock)

    async def accepted(self, **fields: Any) -> intake.RegisterPetitionResponse:
        """A filing that the office has in hand."""
        filed: intake.RegisterPetitionResponse = await self.office.intake.RegisterPetition(filing(**fields))
        await self.office.intake.ClassifyPetition(claim(filed.case_id))
        accept = intake.AcceptPetitionRequest(info=info(), case_id=filed.case_id, epoch=1)
        await self.office.intake.AcceptPetition(accept)
        return filed

    async def asked(self, case_id: str) -> WithdrawalRequested:
        """The withdrawal that was asked for."""
        kinds = [WithdrawalRequested.DESCRIPTOR.full_name]
        request = SubscribeRequest(case_ids=[case_id], types=kinds, until_caught_up=True)
        items = [item async for item in self.portal.feed("intake").Subscribe(request)]
        (asked,) = [payload_of(item.event) for item in items if item.HasField("event")]
        assert isinstance(asked, WithdrawalRequested)
        return asked

    async def code_in_the_notice(self, case_id: str) -> str:
        """What the contact left is told."""
        notice = {"case_id": case_id, "notice_id": (await self.asked(case_id)).notice_id}
        opened = await self.portal.intake.OpenNotice(intake.OpenNoticeRequest(info=info(), **notice))
        await self.portal.intake.ConfirmNotice(intake.ConfirmNoticeRequest(info=info(), **notice))
        return str(opened.text_zh).partition("确认码 ")[2].partition(" ")[0]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(postgres_server: EmbeddedPostgres, home: Path) -> AsyncIterator[World]:
    clock = ManualClock(datetime.now(UTC))  # not before what the log records
    async with running(postgres_server.admin_dsn, home, clock) as platform:
        profile = platform.employ(OFFICE, Role.OFFICER, clock=clock)
        async with platform.client(profile) as office, platform.client(PETITIONERS) as portal:
            yield World(platform, clock, office, portal)


def withdrawing(filed: intake.RegisterPetitionResponse) -> intake.WithdrawPetitionRequest:
    return intake.WithdrawPetitionRequest(
        info=info(), case_id=filed.case_id, query_code=filed.query_code, way=types.RATING_WAY_WEB
    )


def confirming(case_id: str, code: str) -> intake.ConfirmWithdrawalRequest:
    way = types.RATING_WAY_WEB
    return intake.ConfirmWithdrawalRequest(info=info(), case_id=case_id, confirm_code=code, way=way)


def going_on(filed: intake.RegisterPetitionResponse) -> intake.ContinuePetitionRequest:
    return intake.ContinuePetitionRequest(
        info=info(), case_id=filed.case_id, query_code=filed.query_code, way=types.RATING_WAY_WEB
    )


def closing(case_id: str) -> intake.ClosePetitionRequest:
    return intake.ClosePetitionRequest(info=info(), case_id=case_id, epoch=1, kind=WITHDRAWN)


async def followed(world: World, filed: intake.RegisterPetitionResponse) -> intake.FollowPetitionResponse:
    question = intake.FollowPetitionRequest(case_id=filed.case_id, query_code=filed.query_code)
    shown: intake.FollowPetitionResponse = await world.portal.intake.FollowPetition(question)
    return shown


async def test_the_unit_that_has_the_receipt_confirms_nothing(world: World) -> None:
    """It records a statement that nobody signed, and comes to a terminal with the code that it printed."""
    filed = await world.accepted(petitioner=person(name="示例", phone="13900000000"))
    recorded = intake.RecordWithdrawalRequest(
        info=info(), case_id=filed.case_id, epoch=1, statement=text("本人自愿撤回（签名）")
    )
    await world.office.intake.RecordWithdrawal(recorded)
    assert (await world.office.intake.RecordWithdrawal(recorded)).receipt.repeated
    shown, today = await followed(world, filed), local_date(world.clock.now())
    assert shown.withdrawal_confirmable_from == (today + timedelta(days=8)).isoformat()
    assert shown.withdrawal_confirmable_until >= (today + timedelta(days=30)).isoformat()
    world.later(10)
    stolen = confirming(filed.case_id, filed.query_code)
    assert (await refusal(world.portal.intake.ConfirmWithdrawal(stolen))).reason == "NO_SUCH_CASE"
    assert (await refusal(world.office.intake.ConfirmWithdrawal(stolen))).reason == "PETITIONERS_ONLY"
    refused = await refusal(world.office.intake.ClosePetition(closing(filed.case_id)))
    assert refused.reason == "WITHDRAWAL_NOT_CONFIRMED"


async def test_a_corrected_contact_gets_no_code_that_confirms(world: World) -> None:
    """The unit puts its own number into the record first: the notice goes where the petitioner filed from."""
    filed = await world.accepted(petitioner=person(name="示例", phone="13900000000"))
    found = (await world.office.intake.GetPetition(intake.GetPetitionRequest(case_id=filed.case_id))).petition
    corrected = intake.CorrectRegistrationRequest(
        info=info(),
        case_id=filed.case_id,
        epoch=found.epoch,
        registration_version=found.registration_version,
        reasons=text("原件如此"),
        fields=["petitioner"],
        petitioner=person(name="示例", phone="13800000001"),
    )
    await world.office.intake.CorrectRegistration(corrected)
    await world.portal.intake.WithdrawPetition(withdrawing(filed))
    notice = {"case_id": filed.case_id, "notice_id": (await world.asked(filed.case_id)).notice_id}
    opened = await world.portal.intake.OpenNotice(intake.OpenNoticeRequest(info=info(), **notice))
    assert opened.recipient.phone == "13900000000"


async def test_the_petitioner_withdraws_thinks_it_over_confirms_and_may_still_go_on(world: World) -> None:
    filed = await world.accepted(petitioner=person(name="示例", phone="13900000000"))
    asked = withdrawing(filed)
    await world.portal.intake.WithdrawPetition(asked)
    assert (await world.portal.intake.WithdrawPetition(asked)).receipt.repeated
    code = await world.code_in_the_notice(filed.case_id)
    early = await refusal(world.portal.intake.ConfirmWithdrawal(confirming(filed.case_id, code)))
    assert early.reason == "COOLING_OFF"
    world.later(THOUGHT_OVER_DAYS)
    await world.portal.intake.ConfirmWithdrawal(confirming(filed.case_id, code))
    assert (await followed(world, filed)).withdrawal_confirmable_from == ""
    await world.office.intake.ClosePetition(closing(filed.case_id))
    assert (await followed(world, filed)).status == types.PETITION_STATUS_CLOSED
    await world.portal.intake.ContinuePetition(going_on(filed))
    assert (await followed(world, filed)).status == types.PETITION_STATUS_ACCEPTED


async def test_who_left_no_contact_confirms_with_the_receipt(world: World) -> None:
    filed = await world.accepted()
    await world.portal.intake.WithdrawPetition(withdrawing(filed))
    world.later(THOUGHT_OVER_DAYS)
    wrong = confirming(filed.case_id, "0000-0000-0000-0001")
    assert (await refusal(world.portal.intake.ConfirmWithdrawal(wrong))).reason == "NO_SUCH_CASE"
    await world.portal.intake.ConfirmWithdrawal(confirming(filed.case_id, filed.query_code))
    await world.office.intake.ClosePetition(closing(filed.case_id))


async def test_an_agreement_buys_no_silence(world: World) -> None:
    filed = await world.accepted()
    agreed = intake.RecordAgreementRequest(
        info=info(),
        case_id=filed.case_id,
        epoch=1,
        form=types.AGREEMENT_FORM_MEDIATION,
        document=text("支付补偿，信访人息诉罢访"),
        petitioner_consent=text("信访人签名"),
        other_consent=text("单位盖章"),
    )
    refused = await refusal(world.office.intake.RecordAgreement(agreed))
    assert (refused.reason, refused.facts["field"]) == ("PROMISE_NOT_TO_PETITION", "document")
    agreed.document.CopyFrom(text("支付补偿，事项了结"))
    agreed.info.CopyFrom(info())
    await world.office.intake.RecordAgreement(agreed)
    close = closing(filed.case_id)
    close.kind = types.CLOSING_KIND_AGREEMENT
    await world.office.intake.ClosePetition(close)
