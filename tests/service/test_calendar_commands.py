"""`huiyin calendar`: a year is checked, its effect foretold, it is loaded and listed; in both modes."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from huiyin.cases.v1.service_pb2 import GetCaseRequest
from huiyin.supervision.v1.service_pb2 import ExplainClocksRequest
from huiyin_audit.findings import PromiseOutcome
from huiyin_audit.live_models import READ_MODELS
from huiyin_audit.replay_logs import compare_models
from huiyin_cli.client import Client
from huiyin_domain.calendar.due import YearCalendar
from huiyin_domain.dates import local_date
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.policy import load_policy
from huiyin_kernel.settings import SERVICE_NAMES
from tests.support.calling import LOGS, OFFICE, registered
from tests.support.invented_year import invented, year_file
from tests.support.platform import Platform, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

HUIYIN = str(Path(sys.executable).with_name("huiyin"))


def environment(platform: Platform) -> Mapping[str, str]:
    """Where the platform is, as a person's shell would have it."""
    addresses = platform.settings.addresses
    places = {f"HUIYIN_ADDRESSES__{name.upper()}": addresses.of(name) for name in SERVICE_NAMES}
    return {**os.environ, **places, "HUIYIN_HOME": str(platform.settings.home)}


async def huiyin(platform: Platform, *words: str) -> tuple[int, str, str]:
    """Exit status and both outputs of the command."""
    process = await asyncio.create_subprocess_exec(
        HUIYIN,
        *words,
        env=environment(platform),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode is not None
    return process.returncode, out.decode(), error.decode()


async def document(platform: Platform, *words: str) -> Any:
    """What it prints for machines."""
    status, out, error = await huiyin(platform, *words, "--json")
    assert status == 0, error
    return json.loads(out)


def amended(day: date, version: str) -> YearCalendar:
    """The year of a day, with that day off as well."""
    shipped = (one for one in load_policy().timetable.calendar.years if one.year == day.year)
    year = next(shipped, None) or replace(
        invented(), year=day.year, holidays=frozenset(), workdays=frozenset()
    )
    return replace(year, version=version, holidays=year.holidays | {day}, workdays=year.workdays - {day})


async def time_to_route(client: Client, case_id: str) -> date:
    """The last day of T1, once the clock is derived."""
    found: list[str] = []

    async def known() -> bool:
        try:
            clocks = (await client.supervision.ExplainClocks(ExplainClocksRequest(case_id=case_id))).clocks
        except Exception:
            return False
        found.extend(one.rolled_due_date or one.raw_due_date for one in clocks if one.rule == "T1")
        return bool(found)

    await eventually(known, "the clocks of the case")
    return date.fromisoformat(found[0])


async def test_a_year_is_loaded_by_one_command_and_what_it_moved_is_listed(
    platform: Platform, tmp_path: Path
) -> None:
    async with platform.client(f"officer@{OFFICE}") as office, platform.client("auditor") as auditor:
        case_id = await registered(office)
        due = await time_to_route(auditor, case_id)
        assert due >= local_date(SystemClock().now()) + timedelta(days=15)
        file = str(year_file(tmp_path, amended(due, f"{due.year}.cli")))
        foretold = (await document(platform, "calendar", "add", file, "--dry-run"))["forecast"]
        assert foretold["days_off"] == [due.isoformat()]
        assert foretold["clock_count"] >= 1
        assert due == await time_to_route(auditor, case_id), "nothing was applied"
        done = await document(platform, "calendar", "add", file)
        policy_id = done["applied"]["policy_id"]
        assert done["amended"]["clock_count"] == done["forecast"]["clock_count"]
        moved = await document(platform, "calendar", "changes", policy_id)
        (own,) = [one for one in moved if one["case_id"] == case_id and one["rule"] == "T1"]
        assert own["due_date_before"] == due.isoformat() < own["due_date"]
        assert own["due_date"] == (await time_to_route(auditor, case_id)).isoformat()

        async def listed() -> bool:
            found = await auditor.cases.GetCase(GetCaseRequest(case_id=case_id))
            return bool(found.summary.next_due_date == own["due_date"])

        await eventually(listed, "the new date in the list of cases")
        again = await document(platform, "calendar", "add", file)
        assert again["applied"]["policy_id"] == ""
        assert again["applied"]["digest"] == done["applied"]["digest"]
    held = await document(platform, "calendar", "list")
    assert policy_id in [one["policy_id"] for one in held if one["version"] == f"{due.year}.cli"]


async def test_days_are_counted_by_what_the_platform_holds(platform: Platform, tmp_path: Path) -> None:
    monday = date(2031, 1, 6)
    words = ("clock", "due", "2031-01-03", "+1wd")
    status, _, error = await huiyin(platform, *words)
    assert (status, "MISSING_CALENDAR" in error) == (1, True)
    year = replace(amended(date(2031, 1, 1), "2031.cli"), year=2031)
    await document(platform, "calendar", "add", str(year_file(tmp_path, year)))
    assert (await document(platform, *words))["rolled"] == monday.isoformat()
    local = replace(year, version="2031.local", holidays=year.holidays | {monday})
    await document(platform, "calendar", "add", str(year_file(tmp_path, local)), "--division", "990101")
    assert (await document(platform, *words, "--division", "990101"))["rolled"] == "2031-01-07"
    assert (await document(platform, *words))["rolled"] == monday.isoformat()


async def test_who_may_not_and_what_is_wrong_is_said(platform: Platform, tmp_path: Path) -> None:
    file = year_file(tmp_path, amended(date(2032, 1, 1), "2032.cli"))
    status, _, error = await huiyin(platform, "calendar", "add", str(file), "--as", "supervisor")
    assert (status, "ROLE_NOT_ALLOWED" in error) == (1, True)
    file.write_text(file.read_text(encoding="utf-8").replace("days = []", "days = [2032-01-05]"), "utf-8")
    status, _, error = await huiyin(platform, "calendar", "check", str(file))
    assert (status, "2032-01-05" in error, "no weekend day" in error) == (2, True, True)


async def test_replay_is_exact_after_all_that(platform: Platform) -> None:
    dsn, logs = platform.dsns["auditor"], [platform.settings.log_name(name) for name in LOGS]

    async def exact() -> bool:
        found = [
            one for schema, folds in READ_MODELS for one in await compare_models(dsn, logs, schema, folds)
        ]
        assert [one.violations for one in found if one.outcome is PromiseOutcome.BROKEN] == []
        return {one.outcome for one in found} == {PromiseOutcome.HOLDS}

    await eventually(exact, "the views at the ends of the logs")
