"""A year is loaded and amended while cases run: every open clock follows at once, and the record stays right.

An invented 2027, with days off of one county's own (the holiday rules of 2024, Art. 4: local days off).
"""

import os
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode, aio

from huiyin.cases.v1.service_pb2 import GetCaseRequest, ListCasesRequest
from huiyin.common.v1.types_pb2 import Receipt
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.insight.v1.service_pb2 import ListWarningsRequest
from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin.supervision.v1.events_pb2 import DeadlinePassed, LatenessWithdrawn
from huiyin.supervision.v1.types_pb2 import CLOCK_STATUS_RUNNING, WITHDRAWAL_CAUSE_CALENDAR
from huiyin_audit.checks import acts_in_time, clocks_follow_events, nothing_late
from huiyin_audit.findings import PromiseOutcome, Verdict, verdict
from huiyin_audit.history import load_from_database
from huiyin_audit.insight import compare_insight
from huiyin_audit.live_models import READ_MODELS
from huiyin_audit.replay_logs import compare_models
from huiyin_cli.client import Client
from huiyin_domain.calendar.due import YearCalendar
from huiyin_domain.context import Role
from huiyin_domain.policy import policy_of
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.codec import payload_of
from huiyin_kernel.policy import load_policy
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.support.calling import AUDIT_BODY, LOGS, OFFICE, filing, info, refusal, registered
from tests.support.invented_year import invented
from tests.support.platform import Platform, eventually, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEGIN = datetime(2026, 12, 21, 2, 0, tzinfo=UTC)
"""15 days on, the time to transfer a petition (Art. 22) ends on Tuesday 2027-01-05."""
DUE = date(2027, 1, 5)
PROVINCE = "119900000000000275"
TOWN, COUNTY = "990100", "990101"
CASES = int(os.environ.get("HUIYIN_TEST_CASES", "200"))
"""`make calendars` takes a thousand."""
IN_TOWN, IN_COUNTY = CASES - CASES // 10, CASES // 10
STAFF = (
    (OFFICE, Role.OFFICER),
    (AUDIT_BODY, Role.AUDITOR),
    (PROVINCE, Role.ADMINISTRATOR),
    (PROVINCE, Role.SUPERVISOR),
    (OFFICE, Role.ADMINISTRATOR),
)


@dataclass
class Office:
    """A platform with cases in a town and in a county of it, whose days pass when told."""

    platform: Platform
    clock: ManualClock
    clients: dict[tuple[str, Role], Client]
    town: list[str] = field(default_factory=list)
    county: list[str] = field(default_factory=list)

    def at(self, unit: str, role: Role) -> Client:
        return self.clients[unit, role]

    @property
    def seen(self) -> Any:
        """As the auditor sees it."""
        return self.at(AUDIT_BODY, Role.AUDITOR).supervision

    def go_to(self, instant: datetime) -> None:
        self.clock.set(instant)
        for unit, role in STAFF:
            self.platform.employ(unit, role, clock=self.clock)

    async def file(self, count: int, division: str) -> list[str]:
        officer = self.at(OFFICE, Role.OFFICER)
        return [await registered(officer, division=division) for _ in range(count)]

    async def applies(
        self, year: YearCalendar, *divisions: str
    ) -> tuple[supervision.ForecastPolicyResponse, supervision.ListAmendedClocksResponse]:
        """An administrator loads a year: what was foretold, and what came of it once all were counted."""
        asked, policy = self.at(PROVINCE, Role.ADMINISTRATOR).supervision, policy_of(year, divisions)
        foretold = await asked.ForecastPolicy(supervision.ForecastPolicyRequest(policy=policy))
        request = supervision.ApplyPolicyRequest(
            info=info(), policy=policy, replaced_digests=foretold.replaced_digests
        )
        policy_id = (await asked.ApplyPolicy(request)).policy_id
        page = supervision.ListAmendedClocksRequest(policy_id=policy_id, page_size=500)
        counted: list[supervision.ListAmendedClocksResponse] = []

        async def complete() -> bool:
            counted.append(await self.seen.ListAmendedClocks(page))
            return counted[-1].complete

        await eventually(complete, "the counting", 300)
        return foretold, counted[-1]

    async def clock_of(self, case_id: str) -> supervision.StatutoryClock:
        asked = supervision.ExplainClocksRequest(case_id=case_id)
        clocks: Sequence[supervision.StatutoryClock] = (await self.seen.ExplainClocks(asked)).clocks
        return next(clock for clock in clocks if clock.rule == "T1")

    async def said(self) -> list[Any]:
        """What is on the record of lateness."""
        types = [kind.DESCRIPTOR.full_name for kind in (DeadlinePassed, LatenessWithdrawn)]
        feed = self.at(AUDIT_BODY, Role.AUDITOR).feed("supervision")
        items = feed.Subscribe(SubscribeRequest(types=types, until_caught_up=True))
        return [payload_of(item.event) async for item in items if item.HasField("event")]

    async def until_said(self, count: int) -> list[Any]:
        async def known() -> bool:
            return len(await self.said()) >= count

        await eventually(known, f"{count} events of lateness", 300)
        return await self.said()

    async def until_listed(self, case_ids: Iterable[str], next_date: str) -> None:
        """The lists of cases say that date."""
        for case_id in case_ids:

            async def says(case_id: str = case_id) -> bool:
                auditor = self.at(AUDIT_BODY, Role.AUDITOR)
                try:
                    found = await auditor.cases.GetCase(GetCaseRequest(case_id=case_id))
                    clock = await self.clock_of(case_id)
                except aio.AioRpcError as error:
                    if error.code() is StatusCode.NOT_FOUND:
                        return False
                    raise
                dates = (clock.rolled_due_date or clock.raw_due_date, found.summary.next_due_date)
                return dates == (next_date, next_date)

            await eventually(says, f"the date {next_date} of {case_id}")

    async def proves_right(self, *, at_rest: bool = True) -> None:
        """Replay is exact, and P4 and P5 hold.

        But for one rule: the database records by today's clock, before the days that the services live in.
        """
        verdicts = [_without_too_soon(one) for one in await self._verdicts(at_rest=at_rest)]
        assert [
            (one.promise, one.violations[:3], one.outcome)
            for one in verdicts
            if one.outcome is not PromiseOutcome.HOLDS
        ] == []

    async def _verdicts(self, *, at_rest: bool) -> list[Verdict]:
        dsn, logs = self.platform.dsns["auditor"], [self.platform.settings.log_name(name) for name in LOGS]
        history, policy = await load_from_database(dsn, logs, at_rest=at_rest), load_policy()
        return [
            clocks_follow_events.check(history, policy.timetable),
            acts_in_time.check(history, policy),
            nothing_late.check(history, policy.timetable, self.clock.now()),
            *[one for schema, folds in READ_MODELS for one in await compare_models(dsn, logs, schema, folds)],
            await compare_insight(dsn, logs),
        ]


def _without_too_soon(found: Verdict) -> Verdict:
    rule = clocks_follow_events.PASSED_TOO_SOON.name
    left = tuple(one for one in found.violations if one.rule != rule)
    return verdict(found.promise, left, found.open_questions, found.reach)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(postgres_server: EmbeddedPostgres, home: Path) -> AsyncIterator[Office]:
    clock = ManualClock(BEGIN)
    async with running(postgres_server.admin_dsn, home, clock) as platform:
        clients = {}
        opened = []
        for unit, role in STAFF:
            opened.append(platform.client(platform.employ(unit, role, clock=clock)))
            clients[unit, role] = await opened[-1].__aenter__()
        yield Office(platform, clock, clients)
        for one in reversed(opened):
            await one.__aexit__(None, None, None)


async def test_without_a_calendar_dates_are_provisional(office: Office) -> None:
    office.town, office.county = await office.file(IN_TOWN, TOWN), await office.file(IN_COUNTY, COUNTY)
    await office.until_listed([office.town[-1], office.county[-1]], DUE.isoformat())
    clock = await office.clock_of(office.town[0])
    assert (clock.raw_due_date, clock.rolled_due_date, clock.provisional) == (DUE.isoformat(), "", True)


async def test_a_year_is_loaded_and_every_open_clock_has_its_date(office: Office) -> None:
    foretold, counted = await office.applies(invented("2027.t1"))
    assert (foretold.case_count, counted.case_count) == (IN_TOWN + IN_COUNTY,) * 2
    assert (foretold.clock_count, counted.complete) == (counted.clock_count, True)
    assert foretold.settled_count == foretold.clock_count
    assert "2027-01-01" in foretold.days_off
    assert "2027-01-30" in foretold.days_worked
    clock = await office.clock_of(office.town[0])
    assert (clock.rolled_due_date, clock.provisional, clock.calendar_version) == (
        "2027-01-05",
        False,
        "2027.t1",
    )
    await office.proves_right()


async def test_a_county_has_days_off_of_its_own(office: Office) -> None:
    local = invented("2027.county1", more=[date(2027, 1, 5), date(2027, 1, 6)])
    foretold, counted = await office.applies(local, COUNTY)
    assert foretold.case_count == counted.case_count == IN_COUNTY
    await office.until_listed(office.county[:3], "2027-01-07")
    await office.until_listed(office.town[:3], "2027-01-05")
    await office.proves_right()


async def test_loading_the_same_again_changes_nothing_and_what_others_changed_is_refused(
    office: Office,
) -> None:
    asked = office.at(PROVINCE, Role.ADMINISTRATOR).supervision
    policy = policy_of(invented("2027.t1"))
    again = await asked.ApplyPolicy(supervision.ApplyPolicyRequest(info=info(), policy=policy))
    assert (again.policy_id, bool(again.digest), isinstance(again.receipt, Receipt)) == ("", True, True)
    other = policy_of(invented("2027.t9", (date(2027, 1, 1), date(2027, 1, 2))))
    stale = supervision.ApplyPolicyRequest(info=info(), policy=other, replaced_digests=["0" * 64])
    refused = await refusal(asked.ApplyPolicy(stale))
    assert refused.reason == "POLICY_CHANGED_MEANWHILE"
    used = policy_of(invented("2027.t1", (date(2027, 1, 1), date(2027, 1, 2))))
    refused = await refusal(asked.ApplyPolicy(supervision.ApplyPolicyRequest(info=info(), policy=used)))
    assert refused.reason == "VERSION_USED"


async def test_only_an_administrator_of_the_place_loads_a_calendar(office: Office) -> None:
    request = supervision.ApplyPolicyRequest(info=info(), policy=policy_of(invented("2027.x")))
    refused = await refusal(office.at(OFFICE, Role.OFFICER).supervision.ApplyPolicy(request))
    assert refused.reason == "ROLE_NOT_ALLOWED"
    refused = await refusal(office.at(OFFICE, Role.ADMINISTRATOR).supervision.ApplyPolicy(request))
    assert refused.reason == "NOT_ITS_PLACE"


async def test_what_is_then_late_is_said_by_the_calendar_of_its_place(office: Office) -> None:
    office.go_to(datetime(2027, 1, 6, 2, 0, tzinfo=UTC))
    said = await office.until_said(IN_TOWN)
    assert {one.case_id for one in said} == set(office.town)
    assert {(one.calendar_version, one.rolled_due_date) for one in said} == {("2027.t1", "2027-01-05")}
    await office.proves_right()


async def test_an_amended_year_takes_back_once_what_it_makes_untrue_while_cases_come_in(
    office: Office,
) -> None:
    more = [await office.file(5, TOWN)]
    foretold, _ = await office.applies(invented("2027.t2", (date(2027, 1, 1), date(2027, 1, 6))))
    more.append(await office.file(5, TOWN))
    assert foretold.days_off == ["2027-01-04", "2027-01-05", "2027-01-06"]
    said = await office.until_said(2 * IN_TOWN)
    assert len(said) == 2 * IN_TOWN
    withdrawn = said[IN_TOWN:]
    assert {type(one) for one in withdrawn} == {LatenessWithdrawn}
    assert {one.cause for one in withdrawn} == {WITHDRAWAL_CAUSE_CALENDAR}
    assert {one.case_id for one in withdrawn} == set(office.town)
    clock = await office.clock_of(office.town[0])
    assert (clock.status, clock.rolled_due_date) == (CLOCK_STATUS_RUNNING, "2027-01-07")
    await office.until_listed(office.town[:3], "2027-01-07")
    await office.proves_right()
    office.town += [case_id for found in more for case_id in found]


async def test_amended_back_the_same_last_day_passes_again(office: Office) -> None:
    """The town's first cases are late on 5 January once more; what the record said in between stays there."""
    before = len(await office.said())
    await office.applies(invented("2027.t3"))
    said = await office.until_said(before + IN_TOWN)
    again = said[before:]
    assert {type(one) for one in again} == {DeadlinePassed}
    assert {one.calendar_version for one in again} == {"2027.t3"}
    assert len({one.clock_id for one in again}) == len(again) == IN_TOWN
    await office.proves_right()


async def test_the_clocks_that_moved_are_listed_in_pages(office: Office) -> None:
    held = await office.seen.ListCalendars(supervision.ListCalendarsRequest())
    (of_all,) = [one for one in held.calendars if one.calendar.year == 2027 and not one.division]
    (of_county,) = [one for one in held.calendars if one.division]
    assert (of_all.version, of_county.version, of_county.division) == ("2027.t3", "2027.county1", COUNTY)
    request = supervision.ListAmendedClocksRequest(policy_id=of_county.policy_id, page_size=7)
    supervisor, found = office.at(PROVINCE, Role.SUPERVISOR).supervision, []
    while True:
        page = await supervisor.ListAmendedClocks(request)
        found += list(page.clocks)
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert {one.case_id for one in found} == set(office.county)
    assert len(found) == page.clock_count
    routed = [one for one in found if one.rule == "T1"]
    assert {(one.due_date_before, one.due_date) for one in routed} == {("2027-01-05", "2027-01-07")}


async def test_warnings_and_lists_of_a_unit_have_the_new_dates(office: Office) -> None:
    officer = office.at(OFFICE, Role.OFFICER)
    dates: dict[str, str] = {}
    asked = ListCasesRequest(page_size=500)
    while True:
        page = await officer.cases.ListCases(asked)
        dates |= {one.case_id: one.next_due_date for one in page.cases}
        if not page.next_page_token:
            break
        asked.page_token = page.next_page_token
    assert {dates[case_id] for case_id in office.county} == {"2027-01-07"}
    question = ListWarningsRequest(division=COUNTY, page_size=500)
    warned = (await officer.insight.ListWarnings(question)).warnings
    due = {one.case_id: one.due_time.ToDatetime(tzinfo=UTC) for one in warned if one.rule == "T1"}
    assert {due[case_id] for case_id in office.county} == {datetime(2027, 1, 7, 16, 0, tzinfo=UTC)}


async def test_a_decider_counts_by_the_calendar_that_was_loaded(office: Office) -> None:
    """Three working days to enter an act (docs/times.md), by the office's own place: from 31 December."""
    act = datetime(2026, 12, 31, 2, 0, tzinfo=UTC)
    office.go_to(datetime(2027, 1, 6, 3, 0, tzinfo=UTC) + timedelta(minutes=5))
    officer = office.at(OFFICE, Role.OFFICER)
    await registered(officer, info=info(act))
    office.go_to(datetime(2027, 1, 7, 3, 0, tzinfo=UTC))
    refused = await refusal(officer.intake.RegisterPetition(filing(info=info(act))))
    assert (refused.reason, refused.facts["last_day"]) == ("LATE_ENTRY_REQUIRED", "2027-01-06")
