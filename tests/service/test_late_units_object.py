"""A late unit objects; a supervisor of another agency decides, and nobody else finds even the case."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.supervision.v1 import events_pb2 as events
from huiyin.supervision.v1.service_pb2 import (
    DecideLatenessObjectionRequest,
    ExplainClocksRequest,
    ListClocksRequest,
    ObjectToLatenessRequest,
    StatutoryClock,
)
from huiyin.supervision.v1.types_pb2 import (
    CLOCK_STATUS_MET,
    CLOCK_STATUS_RUNNING,
    WITHDRAWAL_CAUSE_OBJECTION_UPHELD,
)
from huiyin_audit.checks import clocks_follow_events, nothing_late
from huiyin_audit.findings import PromiseOutcome
from huiyin_audit.history import load_from_database
from huiyin_cli.client import Client
from huiyin_domain.context import Role
from huiyin_domain.directory import OrganisationKind
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.codec import payload_of
from huiyin_kernel.policy import load_policy
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.support.calling import (
    AUDIT_BODY,
    HOUSING,
    LOGS,
    OFFICE,
    accuse,
    agency,
    info,
    refusal,
    registered,
    text,
)
from tests.support.platform import Platform, eventually, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEGIN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TO_ROUTE, TO_DECIDE = "T1", "S1"
GOVERNMENT = agency(OrganisationKind.GOVERNMENT)
NEIGHBOUR = agency(OrganisationKind.PETITION_OFFICE, "990102")
OFFICER, SUPERVISOR, AUDITOR = Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR
STAFF = (
    (OFFICE, OFFICER),
    (HOUSING, OFFICER),
    (OFFICE, SUPERVISOR),
    (NEIGHBOUR, SUPERVISOR),
    (GOVERNMENT, SUPERVISOR),
    (AUDIT_BODY, AUDITOR),
)


@dataclass(frozen=True)
class Days:
    """A platform whose days pass when told, with clients for its staff."""

    platform: Platform
    clock: ManualClock
    clients: dict[tuple[str, Role], Client]

    def at(self, unit: str, role: Role = OFFICER) -> Any:
        """Supervision, as somebody calls it."""
        return self.clients[unit, role].supervision

    def pass_by(self, days: int) -> None:
        self.clock.set(self.clock.now() + timedelta(days=days))
        for unit, role in STAFF:
            self.platform.employ(unit, role, clock=self.clock)

    async def said(self, case_id: str, *kinds: Any) -> list[Any]:
        """What is on the record of the lateness of a case."""
        types = [kind.DESCRIPTOR.full_name for kind in kinds]
        request = SubscribeRequest(case_ids=[case_id], types=types, until_caught_up=True)
        feed = self.clients[AUDIT_BODY, AUDITOR].feed("supervision")
        return [payload_of(one.event) async for one in feed.Subscribe(request) if one.HasField("event")]

    async def late(self) -> events.DeadlinePassed:
        """A case that its office did not route in time, as the record says."""
        case_id = await registered(self.clients[OFFICE, OFFICER])
        self.pass_by(20)

        async def known() -> bool:
            return bool(await self.said(case_id, events.DeadlinePassed))

        await eventually(known, "the record of the lateness")
        (passed,) = await self.said(case_id, events.DeadlinePassed)
        assert isinstance(passed, events.DeadlinePassed)
        return passed

    async def clocks(self, case_id: str, rule: str) -> list[StatutoryClock]:
        asked = ExplainClocksRequest(case_id=case_id)
        found: Sequence[StatutoryClock] = (await self.at(AUDIT_BODY, AUDITOR).ExplainClocks(asked)).clocks
        return [one for one in found if one.rule == rule]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def days(postgres_server: EmbeddedPostgres, home: Path) -> AsyncIterator[Days]:
    clock = ManualClock(BEGIN)
    async with running(postgres_server.admin_dsn, home, clock) as platform, AsyncExitStack() as stack:
        clients = {
            (unit, role): await stack.enter_async_context(
                platform.client(platform.employ(unit, role, clock=clock))
            )
            for unit, role in STAFF
        }
        yield Days(platform, clock, clients)


def objection(passed: events.DeadlinePassed) -> ObjectToLatenessRequest:
    return ObjectToLatenessRequest(
        info=info(),
        case_id=passed.case_id,
        clock_id=passed.clock_id,
        due_time=passed.due_time,
        reasons=text("系统停机三日，公告可证"),
    )


def decision(passed: events.DeadlinePassed, upheld: bool = True) -> DecideLatenessObjectionRequest:
    return DecideLatenessObjectionRequest(
        info=info(),
        case_id=passed.case_id,
        clock_id=passed.clock_id,
        due_time=passed.due_time,
        upheld=upheld,
        finding=text("经核实，停机属实"),
    )


async def test_nobody_but_the_late_unit_objects_and_it_does_so_once(days: Days) -> None:
    passed = await days.late()
    assert (await refusal(days.at(HOUSING).ObjectToLateness(objection(passed)))).reason == "NO_SUCH_CASE"
    request = objection(passed)
    first = await days.at(OFFICE).ObjectToLateness(request)
    assert (await days.at(OFFICE).ObjectToLateness(request)).receipt.hash == first.receipt.hash
    again = await refusal(days.at(OFFICE).ObjectToLateness(objection(passed)))
    assert again.reason == "LATENESS_OBJECTED"
    (told,) = await days.said(passed.case_id, events.LatenessObjected)
    assert (told.unit, told.asked, told.due_time) == (OFFICE, GOVERNMENT, passed.due_time)
    assert "停机".encode() not in told.SerializeToString()


async def test_an_upheld_objection_takes_the_lateness_back_and_it_does_not_fire_again(days: Days) -> None:
    passed = await days.late()
    await days.at(OFFICE).ObjectToLateness(objection(passed))
    own = await refusal(days.at(OFFICE, SUPERVISOR).DecideLatenessObjection(decision(passed)))
    assert own.reason == "OWN_UNIT"
    neighbour = await refusal(days.at(NEIGHBOUR, SUPERVISOR).DecideLatenessObjection(decision(passed)))
    assert neighbour.reason == "NO_SUCH_CASE"
    officer = await refusal(days.at(OFFICE).DecideLatenessObjection(decision(passed)))
    assert officer.reason == "ROLE_NOT_ALLOWED"

    async def running_for_the_government() -> bool:
        found = await days.clocks(passed.case_id, TO_DECIDE)
        return [(one.unit, one.status) for one in found] == [(GOVERNMENT, CLOCK_STATUS_RUNNING)]

    await eventually(running_for_the_government, "the time to decide")
    await days.at(GOVERNMENT, SUPERVISOR).DecideLatenessObjection(decision(passed))
    (taken_back,) = await days.said(passed.case_id, events.LatenessWithdrawn)
    assert (taken_back.cause, taken_back.supervisor) == (WITHDRAWAL_CAUSE_OBJECTION_UPHELD, GOVERNMENT)
    assert (taken_back.clock_id, taken_back.due_time) == (passed.clock_id, passed.due_time)
    twice = await refusal(days.at(GOVERNMENT, SUPERVISOR).DecideLatenessObjection(decision(passed)))
    assert twice.reason == "OBJECTION_DECIDED"

    async def off_the_list() -> bool:
        request = ListClocksRequest(passed_only=True, page_size=500)
        listed = (await days.at(OFFICE).ListClocks(request)).clocks
        return passed.clock_id not in {one.clock_id for one in listed}

    await eventually(off_the_list, "the list without it")
    days.pass_by(30)
    await days.late()
    about = [one.rule for one in await days.said(passed.case_id, events.DeadlinePassed)]
    assert about.count(TO_ROUTE) == 1
    assert TO_DECIDE not in about
    (decided,) = await days.clocks(passed.case_id, TO_DECIDE)
    assert decided.status == CLOCK_STATUS_MET


async def test_a_refused_objection_leaves_the_lateness_on_the_record(days: Days) -> None:
    passed = await days.late()
    await days.at(OFFICE).ObjectToLateness(objection(passed))
    await days.at(GOVERNMENT, SUPERVISOR).DecideLatenessObjection(decision(passed, upheld=False))
    (refused,) = await days.said(passed.case_id, events.LatenessObjectionRefused)
    assert refused.supervisor == GOVERNMENT
    assert await days.said(passed.case_id, events.LatenessWithdrawn) == []


async def test_who_is_accused_in_the_case_neither_objects_nor_decides(days: Days) -> None:
    passed = await days.late()
    await days.at(OFFICE).ObjectToLateness(objection(passed))
    await accuse(days.clients[OFFICE, OFFICER], passed.case_id, GOVERNMENT)
    walled = await refusal(days.at(GOVERNMENT, SUPERVISOR).DecideLatenessObjection(decision(passed)))
    assert walled.reason == "NO_SUCH_CASE"


async def test_the_auditors_find_a_cause_in_every_withdrawal(days: Days) -> None:
    logs = [days.platform.settings.log_name(name) for name in LOGS]
    history = await load_from_database(days.platform.dsns["auditor"], logs)
    calendar, now = load_policy().timetable, days.clock.now()
    assert any(isinstance(one.message, events.LatenessWithdrawn) for one in history.entries("supervision"))
    assert clocks_follow_events.check(history, calendar).outcome is PromiseOutcome.HOLDS
    assert nothing_late.check(history, calendar, now).violations == ()
