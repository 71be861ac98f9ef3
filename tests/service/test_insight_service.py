"""Hot issues, early warnings and live counters of filings that come in, through all of the platform."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from grpc import StatusCode

from huiyin.common.v1.types_pb2 import TRACK_DISCIPLINE
from huiyin.insight.v1 import service_pb2 as insight
from huiyin.insight.v1.types_pb2 import HotIssue
from huiyin.intake.v1.types_pb2 import PETITION_CLASS_ACCUSATION, ROUTE_UNSPECIFIED
from huiyin_cli.client import Client
from huiyin_domain.context import Role
from huiyin_kernel.clock import ManualClock
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.support.calling import (
    AUDIT_BODY,
    COUNTY,
    HOUSING,
    OFFICE,
    claim,
    filing,
    handover,
    info,
    person,
    refusal,
    text,
)
from tests.support.platform import Platform, eventually, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEGIN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
STAFF = {
    "office": (OFFICE, Role.OFFICER),
    "supervisor": (OFFICE, Role.SUPERVISOR),
    "auditor": (AUDIT_BODY, Role.AUDITOR),
}
PARKING = "020500"
FILERS = ("赵一", "钱二", "孙三", "李四", "周五")
WORDS = (
    "幸福家园小区物业公司擅自提高停车费，不交费就锁车，请物价部门核查收费标准。",
    "我们小区的物业公司提高停车费，拒绝交费的业主车辆被锁，收费标准从未公示。",
    "物业公司锁车收取停车费，幸福家园小区业主要求公示收费标准并停止锁车。",
    "幸福家园小区停车费涨价，物业公司锁车，收费标准没有公示，请核查。",
    "小区物业公司违规提高停车费，锁业主的车，请核查幸福家园小区的收费标准。",
)


class Town:
    """A platform, its day, and clients by name."""

    def __init__(self, platform: Platform, clock: ManualClock) -> None:
        self.platform, self.clock = platform, clock
        self.clients: dict[str, Client] = {}
        self.cases: list[str] = []

    async def issues(self) -> list[HotIssue]:
        """Hot issues as the supervisor sees them."""
        found = await self.clients["supervisor"].insight.ListHotIssues(insight.ListHotIssuesRequest())
        return list(found.issues)

    async def warned(self, who: str) -> list[str]:
        """The rules of the clocks of which somebody is warned."""
        found = await self.clients[who].insight.ListWarnings(insight.ListWarningsRequest())
        return [warning.rule for warning in found.warnings]

    async def counted(self, who: str) -> dict[tuple[str, str], int]:
        """Cases by unit and status, as somebody sees them."""
        found = await self.clients[who].insight.ListCounters(insight.ListCountersRequest())
        return {(one.unit, one.status): one.case_count for one in found.counters}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(postgres_server: EmbeddedPostgres, home: Path) -> AsyncIterator[Town]:
    """Five persons complain of one matter in their own words; a sixth filing is about something else."""
    clock = ManualClock(BEGIN)
    async with running(postgres_server.admin_dsn, home, clock) as platform, AsyncExitStack() as stack:
        town = Town(platform, clock)
        for name, (agency, role) in STAFF.items():
            profile = platform.employ(agency, role, clock=clock)
            town.clients[name] = await stack.enter_async_context(platform.client(profile))
        housing = platform.employ(HOUSING, Role.OFFICER, clock=clock)
        town.clients["housing"] = await stack.enter_async_context(platform.client(housing))
        for name, words in zip(FILERS, WORDS, strict=True):
            await _file(town, name, words)
        await _file(town, "吴六", "自来水管道破裂，连续三天停水，请自来水公司抢修管道。", "自来水停水")

        async def counted() -> bool:
            is_counted = sum((await town.counted("auditor")).values()) == 6
            return is_counted and bool(await town.issues())

        await eventually(counted, "counting six cases, and five of them as one issue")
        yield town


async def _file(town: Town, name: str, words: str, subject: str = "小区停车费") -> None:
    request = filing(
        petitioner=person(name=name),
        subject=text(subject),
        content=text(f"本人{name}。{words}"),
        division=COUNTY,
        content_class=PARKING,
    )
    response = await town.clients["office"].intake.RegisterPetition(request)
    town.cases.append(response.case_id)


async def test_like_filings_of_several_persons_become_a_hot_issue(town: Town) -> None:
    (issue,) = await town.issues()
    assert (issue.division, issue.content_class, issue.filing_count) == (COUNTY, PARKING, 5)
    assert (issue.first_date, issue.last_date) == ("2026-03-02", "2026-03-02")


async def test_a_hot_issue_tells_nothing_of_persons_or_texts(town: Town) -> None:
    told = str(await town.issues())
    assert not [word for word in (*FILERS, *town.cases, "停车", "物业") if word in told]


async def test_officers_are_not_shown_hot_issues(town: Town) -> None:
    refused = await refusal(town.clients["office"].insight.ListHotIssues(insight.ListHotIssuesRequest()))
    assert (refused.code, refused.reason) == (StatusCode.PERMISSION_DENIED, "ROLE_NOT_ALLOWED")


async def test_counters_follow_the_cases_and_show_each_agency_its_own(town: Town) -> None:
    assert await town.counted("housing") == {}
    case_id = town.cases[0]
    await town.clients["office"].intake.ClassifyPetition(claim(case_id))
    await town.clients["office"].intake.HandOverPetition(handover(case_id, HOUSING))

    async def handed_over() -> bool:
        return await town.counted("housing") == {(OFFICE, "HANDED_OVER"): 1}

    await eventually(handed_over, "counting the case that was handed over")
    assert await town.counted("supervisor") == {(OFFICE, "HANDED_OVER"): 1, (OFFICE, "REGISTERED"): 5}


async def test_a_clock_warns_before_it_passes_and_no_more_once_it_is_met(town: Town) -> None:
    assert await town.warned("supervisor") == []
    town.clock.set(BEGIN + timedelta(days=13))
    _renew(town)

    async def five() -> bool:  # warnings follow what counters show already
        return (await town.warned("supervisor")).count("T1") == 5

    await eventually(five, "warning of the five that wait")
    case_id = town.cases[1]
    await town.clients["office"].intake.ClassifyPetition(claim(case_id))
    await town.clients["office"].intake.HandOverPetition(handover(case_id, HOUSING))

    async def met() -> bool:
        return (await town.warned("supervisor")).count("T1") == 4

    await eventually(met, "taking a warning away")


def _renew(town: Town) -> None:
    """Tokens of this day."""
    for agency, role in STAFF.values():
        town.platform.employ(agency, role, clock=town.clock)


async def test_an_accusation_leaves_the_hot_issue_and_too_small_a_one_is_not_shown(town: Town) -> None:
    await town.clients["office"].intake.ClassifyPetition(
        claim(
            town.cases[4],
            petition_class=PETITION_CLASS_ACCUSATION,
            route=ROUTE_UNSPECIFIED,
            track=TRACK_DISCIPLINE,
            accused_units=[HOUSING],
            info=info(),
        )
    )

    async def gone() -> bool:
        return await town.issues() == []

    await eventually(gone, "taking the issue away")
