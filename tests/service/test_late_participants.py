"""A meeting ends also when somebody says nothing: its time passes, and who stands above decides."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.reception.v1 import service_pb2 as reception
from huiyin.reception.v1 import types_pb2 as reception_types
from huiyin.supervision.v1.events_pb2 import DeadlinePassed
from huiyin.supervision.v1.service_pb2 import ExplainClocksRequest
from huiyin.supervision.v1.types_pb2 import CLOCK_STATUS_RUNNING
from huiyin_cli.client import Client
from huiyin_domain.context import Role
from huiyin_domain.directory import OrganisationKind
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.codec import payload_of
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.support.calling import (
    AUDIT_BODY,
    HOUSING,
    LABOUR,
    OFFICE,
    agency,
    claim,
    info,
    refusal,
    registered,
    text,
)
from tests.support.platform import Platform, eventually, running
from tests.support.years_to_come import lay_down_years_to_come

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEGIN = datetime.now(UTC)
"""As the log has it: a participant's time runs from when the log learnt what it is asked."""
DUE = (BEGIN + timedelta(days=60)).date().isoformat()
TO_SPEAK = "M2"
GOVERNMENT = agency(OrganisationKind.GOVERNMENT)
STAFF = {
    OFFICE: Role.OFFICER,
    HOUSING: Role.OFFICER,
    LABOUR: Role.OFFICER,
    GOVERNMENT: Role.OFFICER,
    AUDIT_BODY: Role.AUDITOR,
}
SETTLED = reception_types.MEETING_STATUS_SETTLED


@dataclass(frozen=True)
class Days:
    """A platform whose days pass when told, with an officer of each agency."""

    platform: Platform
    clock: ManualClock
    clients: dict[str, Client]

    def pass_by(self, days: int) -> None:
        self.clock.set(self.clock.now() + timedelta(days=days))
        for unit, role in STAFF.items():
            self.platform.employ(unit, role, clock=self.clock)

    async def waiting_for(self, case_id: str) -> list[str]:
        """Units that are to speak in a meeting on the case, as supervision knows."""
        asked = ExplainClocksRequest(case_id=case_id)
        clocks = (await self.clients[AUDIT_BODY].supervision.ExplainClocks(asked)).clocks
        waiting = [one for one in clocks if one.rule == TO_SPEAK and one.status == CLOCK_STATUS_RUNNING]
        return sorted(one.unit for one in waiting)

    async def pass_by_waiting_for(self, case_id: str, unit: str) -> None:
        """Ten days go by once supervision waits for this unit alone."""

        async def alone() -> bool:
            return await self.waiting_for(case_id) == [unit]

        await eventually(alone, f"supervision waiting for {unit}")
        self.pass_by(10)

    async def late(self, case_id: str) -> list[str]:
        """Units recorded as silent in a meeting on the case."""
        wanted = [DeadlinePassed.DESCRIPTOR.full_name]
        request = SubscribeRequest(case_ids=[case_id], types=wanted, until_caught_up=True)
        feed = self.clients[AUDIT_BODY].feed("supervision")
        found: list[Any] = [
            payload_of(one.event) async for one in feed.Subscribe(request) if one.HasField("event")
        ]
        return sorted(one.unit for one in found if one.rule == TO_SPEAK)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def days(postgres_server: EmbeddedPostgres, home: Path) -> AsyncIterator[Days]:
    clock = ManualClock(BEGIN)
    async with running(postgres_server.admin_dsn, home, clock) as platform, AsyncExitStack() as stack:
        clients = {
            unit: await stack.enter_async_context(platform.client(platform.employ(unit, role, clock=clock)))
            for unit, role in STAFF.items()
        }
        await lay_down_years_to_come(platform, clock)
        yield Days(platform, clock, clients)


@dataclass
class Sitting:
    """The responsible unit sits with HOUSING and LABOUR on one case."""

    days: Days
    case_id: str
    meeting: str = ""
    resolution: str = ""

    @property
    def host(self) -> Any:
        return self.days.clients[OFFICE].reception

    async def begin(self) -> None:
        participants = [OFFICE, HOUSING, LABOUR]
        convene = reception.ConveneMeetingRequest(
            info=info(), participants=participants, case_ids=[self.case_id], agenda=text("议题")
        )
        self.meeting = (await self.host.ConveneMeeting(convene)).meeting_id
        opened = reception.OpenMeetingRequest(info=info(), meeting_id=self.meeting, present=participants)
        await self.host.OpenMeeting(opened)

    async def propose(self, **item: Any) -> None:
        items = [reception_types.ResolutionItem(case_id=self.case_id, epoch=1, **item)]
        command = reception.ProposeResolutionRequest(info=info(), meeting_id=self.meeting, items=items)
        self.resolution = (await self.host.ProposeResolution(command)).resolution_id

    async def sign(self, *units: str) -> None:
        for unit in units:
            command = reception.SignResolutionRequest(info=info(), **self.named)
            await self.days.clients[unit].reception.SignResolution(command)

    @property
    def named(self) -> dict[str, Any]:
        return {"meeting_id": self.meeting, "resolution_id": self.resolution}

    def binding(self) -> Any:
        return self.host.BindResolution(reception.BindResolutionRequest(info=info(), **self.named))

    async def settled(self) -> reception.Meeting:
        asked = reception.GetMeetingRequest(meeting_id=self.meeting)

        async def over() -> bool:
            return bool((await self.host.GetMeeting(asked)).meeting.status == SETTLED)

        await eventually(over, "the items of the resolution")
        meeting: reception.Meeting = (await self.host.GetMeeting(asked)).meeting
        return meeting


async def test_who_says_nothing_is_late_and_stops_nothing(days: Days) -> None:
    office = days.clients[OFFICE]
    case_id = await registered(office)
    await office.intake.ClassifyPetition(claim(case_id))
    sitting = Sitting(days, case_id)
    await sitting.begin()
    task = types.RESOLUTION_ITEM_KIND_TASK
    await sitting.propose(kind=task, unit=HOUSING, due_date=DUE)
    await sitting.sign(OFFICE, HOUSING)
    refused = await refusal(sitting.binding())
    assert (refused.reason, refused.facts["agencies"]) == ("SIGNATURES_MISSING", LABOUR)
    await days.pass_by_waiting_for(case_id, LABOUR)

    async def known() -> bool:
        return await days.late(case_id) == [LABOUR]

    await eventually(known, "the lateness of who said nothing")
    await sitting.binding()
    (item,) = (await sitting.settled()).items
    await _moved_by_order(days, sitting, item.item_id)


async def _moved_by_order(days: Days, sitting: Sitting, task_item_id: str) -> None:
    """The same meeting resolves anew: the task goes to LABOUR, which says nothing; its superior decides."""
    move = types.RESOLUTION_ITEM_KIND_MOVE_TASK
    await sitting.propose(kind=move, unit=LABOUR, due_date=DUE, task_item_id=task_item_id)
    await sitting.sign(OFFICE, HOUSING)
    await days.pass_by_waiting_for(sitting.case_id, LABOUR)
    refused = await refusal(sitting.binding())
    assert (refused.reason, refused.facts["agencies"]) == ("LEAD_UNIT_NOT_SIGNED", LABOUR)
    order = reception.OrderResolutionRequest(info=info(), reasons=text("指定办理"), **sitting.named)
    await days.clients[GOVERNMENT].reception.OrderResolution(order)
    await sitting.binding()
    meeting = await sitting.settled()
    assert [outcome.applied for outcome in meeting.outcomes] == [True]
    report: dict[str, Any] = {"case_id": sitting.case_id, "epoch": 1, "report": text("已完成")}
    lost = intake.CompleteTaskRequest(info=info(), item_id=task_item_id, **report)
    assert (await refusal(days.clients[HOUSING].intake.CompleteTask(lost))).reason in _GONE
    done = intake.CompleteTaskRequest(info=info(), item_id=meeting.items[0].item_id, **report)
    await days.clients[LABOUR].intake.CompleteTask(done)


_GONE = ("TASK_REVOKED", "NO_SUCH_CASE")
"""A unit whose task was its only part in the case is a former party by now."""
