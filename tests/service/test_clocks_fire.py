"""As days pass, each deadline is put on the record once, and taken back when the act proves to be in time."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode, aio

from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.supervision.v1.events_pb2 import DeadlinePassed, LatenessWithdrawn
from huiyin.supervision.v1.service_pb2 import ExplainClocksRequest, ListClocksRequest, StatutoryClock
from huiyin.supervision.v1.types_pb2 import (
    CLOCK_STATUS_MET,
    CLOCK_STATUS_MET_LATE,
    CLOCK_STATUS_PASSED,
    CLOCK_STATUS_RUNNING,
    WITHDRAWAL_CAUSE_LATE_ENTRY,
)
from huiyin_audit.checks import nothing_late
from huiyin_audit.findings import PromiseOutcome
from huiyin_audit.history import load_from_database
from huiyin_cli.client import Client
from huiyin_domain.context import Role
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.codec import payload_of
from huiyin_kernel.policy import load_policy
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.support.calling import AUDIT_BODY, HOUSING, LABOUR, LOGS, OFFICE, claim, handover, info, registered
from tests.support.platform import Platform, eventually, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

TO_ROUTE = "T1"
"""Art. 22: 15 days to transfer a petition."""
BEGIN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
STAFF = ((OFFICE, Role.OFFICER), (AUDIT_BODY, Role.AUDITOR), (LABOUR, Role.OFFICER), (OFFICE, Role.HEAD))


@dataclass(frozen=True)
class Days:
    """A platform whose days pass when told, and clients of it."""

    platform: Platform
    clock: ManualClock
    office: Client
    auditor: Client

    def pass_by(self, days: int) -> datetime:
        """Moves the clock on, and gives everyone a token of that day."""
        self.clock.set(self.clock.now() + timedelta(days=days))
        for agency, role in STAFF:
            self.platform.employ(agency, role, clock=self.clock)
        return self.clock.now()

    async def said(self, case_id: str) -> list[Any]:
        """What is on the record of the time to route a case."""
        types = [message.DESCRIPTOR.full_name for message in (DeadlinePassed, LatenessWithdrawn)]
        request = SubscribeRequest(case_ids=[case_id], types=types, until_caught_up=True)
        items = [item async for item in self.auditor.feed("supervision").Subscribe(request)]
        said: list[Any] = [payload_of(item.event) for item in items if item.HasField("event")]
        return [one for one in said if one.clock_id.startswith(f"{TO_ROUTE}:")]

    async def clock_of(self, case_id: str) -> StatutoryClock:
        """The clock to route the case."""
        request = ExplainClocksRequest(case_id=case_id)
        clocks: Sequence[StatutoryClock] = (await self.auditor.supervision.ExplainClocks(request)).clocks
        return next(clock for clock in clocks if clock.rule == TO_ROUTE)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def days(postgres_server: EmbeddedPostgres, home: Path) -> AsyncIterator[Days]:
    clock = ManualClock(BEGIN)
    async with running(postgres_server.admin_dsn, home, clock) as platform:
        office, auditor, *_ = (platform.employ(agency, role, clock=clock) for agency, role in STAFF)
        async with platform.client(office) as officer, platform.client(auditor) as watching:
            yield Days(platform, clock, officer, watching)


async def _until_said(days: Days, case_id: str, count: int) -> list[Any]:
    async def known() -> bool:
        return len(await days.said(case_id)) >= count

    await eventually(known, "the record of the lateness")
    return await days.said(case_id)


async def _until_seen(days: Days, case_id: str) -> StatutoryClock:
    async def known() -> bool:
        try:
            await days.clock_of(case_id)
        except aio.AioRpcError as error:
            return error.code() is not StatusCode.NOT_FOUND
        return True

    await eventually(known, "the clocks of the case")
    return await days.clock_of(case_id)


async def test_a_deadline_fires_once_when_its_day_is_over_and_not_before(days: Days) -> None:
    first = await registered(days.office)
    days.pass_by(10)
    second = await registered(days.office)
    assert (await _until_seen(days, first)).status == CLOCK_STATUS_RUNNING
    days.pass_by(10)
    (passed,) = await _until_said(days, first, 1)
    assert (passed.rule, passed.unit, passed.case_id) == (TO_ROUTE, OFFICE, first)
    assert (await days.clock_of(first)).status == CLOCK_STATUS_PASSED
    assert await days.said(second) == []
    days.pass_by(10)
    assert len(await _until_said(days, second, 1)) == 1
    assert len(await days.said(first)) == 1


async def test_lateness_comes_after_what_it_depends_on(days: Days) -> None:
    case_id = await registered(days.office)
    days.pass_by(20)
    await _until_said(days, case_id, 1)
    logs = [days.platform.settings.log_name(name) for name in LOGS]
    history = await load_from_database(days.platform.dsns["auditor"], logs)
    (late,) = [entry for entry in history.entries("supervision") if case_id in entry.fact.case_ids]
    (cause,) = late.fact.causes
    assert (cause.log, cause.stream, cause.version) == (logs[0], f"petition-{case_id}", 1)


async def test_an_act_that_was_in_time_takes_the_lateness_back_when_it_is_entered(days: Days) -> None:
    case_id = await registered(days.office)
    in_time = days.pass_by(5)
    days.pass_by(20)
    await _until_said(days, case_id, 1)
    async with days.platform.client(f"head@{OFFICE}") as head:
        why = "纸质转送，收发登记簿可证"
        await head.intake.ClassifyPetition(claim(case_id, info=info(in_time, late=why)))
        await head.intake.HandOverPetition(handover(case_id, HOUSING, info=info(in_time, late=why)))
    passed, withdrawn = await _until_said(days, case_id, 2)
    assert isinstance(passed, DeadlinePassed)
    assert isinstance(withdrawn, LatenessWithdrawn)
    assert passed.clock_id == withdrawn.clock_id
    assert (withdrawn.cause, withdrawn.due_time) == (WITHDRAWAL_CAUSE_LATE_ENTRY, passed.due_time)
    assert (await _until_seen(days, case_id)).status == CLOCK_STATUS_MET


async def test_a_late_unit_does_not_take_its_lateness_back_by_its_own_word(days: Days) -> None:
    case_id = await registered(days.office)
    days.pass_by(13)
    await days.office.intake.ClassifyPetition(claim(case_id))
    in_time = days.pass_by(2)
    late = days.pass_by(3)
    await _until_said(days, case_id, 1)
    backdated = handover(case_id, HOUSING, info=info(in_time))
    sent = await days.office.intake.HandOverPetition(backdated)
    assert sent.receipt.recorded_time.ToDatetime(tzinfo=UTC) > late - timedelta(days=1)

    async def settled() -> bool:
        return (await days.clock_of(case_id)).status != CLOCK_STATUS_PASSED

    await eventually(settled, "the end of the clock")
    assert (await days.clock_of(case_id)).status == CLOCK_STATUS_MET_LATE
    (passed,) = await days.said(case_id)
    assert isinstance(passed, DeadlinePassed)


async def test_a_unit_sees_what_it_missed_and_nothing_of_others(days: Days) -> None:
    case_id = await registered(days.office)
    days.pass_by(20)
    await _until_said(days, case_id, 1)
    request = ListClocksRequest(passed_only=True, page_size=500)
    await _until_seen(days, case_id)

    async def listed() -> bool:
        clocks = (await days.office.supervision.ListClocks(request)).clocks
        return case_id in {clock.case_id for clock in clocks}

    await eventually(listed, "the clock in the list")
    async with days.platform.client(f"officer@{LABOUR}") as labour:
        assert (await labour.supervision.ListClocks(request)).clocks == []


async def test_nothing_is_late_in_silence(days: Days) -> None:
    cases = [await registered(days.office) for _ in range(30)]
    now = days.pass_by(20)
    for case_id in cases:
        await _until_said(days, case_id, 1)
    logs = [days.platform.settings.log_name(name) for name in LOGS]
    history = await load_from_database(days.platform.dsns["auditor"], logs, at_rest=True)
    verdict = nothing_late.check(history, load_policy().timetable, now)
    assert (verdict.outcome, verdict.violations) == (PromiseOutcome.HOLDS, ())
