"""`huiyin calendar check|add|list|changes`: the year's days off, for all or for single divisions."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from huiyin.common.v1.types_pb2 import CommandInfo
from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin_cli.output import Exit, Json, Profile, fail, listed, message_dict, print_json, run
from huiyin_domain.calendar.due import YearCalendar
from huiyin_domain.policy import digest_of, policy_of
from huiyin_kernel.ids import uuid7
from huiyin_kernel.policy_tables import PolicyError, read_year

app = typer.Typer(no_args_is_help=True, add_completion=False)

WAIT_SECONDS, LOOK_SECONDS = 120.0, 0.3

File = Annotated[Path, typer.Argument(help="年度放假安排文件 · The year's file (TOML).", show_default=False)]
Divisions = Annotated[
    list[str], typer.Option("--division", help="行政区划代码，可重复；不给则全部 · For this division alone.")
]


class StillCountingError(Exception):
    """The policy is recorded, and not every clock is counted by it yet."""


@app.callback()
def calendar() -> None:
    """放假安排 · Days off and worked weekend days, year by year."""


@app.command("check")
def check(file: File, as_json: Json = False) -> None:
    """检查文件，不载入 · Reads a year's file whole and says what is wrong with it; applies nothing."""
    year = _read(file)
    document = _document(year)
    if as_json:
        print_json(document)
        return
    for name, value in document.items():
        print(f"{name:<14} {value}")


@app.command("add")
def add(
    file: File,
    division: Divisions = [],  # noqa: B006 - typer reads it, nobody changes it
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看影响 · Say what it would do.")] = False,
    as_json: Json = False,
    profile: Profile = "administrator",
) -> None:
    """载入或修订一年的安排 · Loads or amends a year: open clocks are counted anew at once."""
    policy = policy_of(_read(file), division)
    try:
        found = run(lambda: _add(profile, policy, dry_run=dry_run))
    except StillCountingError as error:
        fail(
            f"已记录，期限仍在重算 · recorded; clocks are still counted: huiyin calendar changes {error}",
            Exit.BEHIND,
        )
    if as_json:
        print_json({name: message_dict(part) for name, part in found.items()})
    else:
        _print_added(found)


@app.command("list")
def list_calendars(as_json: Json = False, profile: Profile = "supervisor") -> None:
    """列出现行安排 · Every year that holds, and where it comes from."""
    found = run(lambda: _list(profile))
    if as_json:
        print_json([message_dict(one) for one in found])
        return
    for one in found:
        place = one.division or "全部 all"
        origin = f"载入 applied {one.policy_id}" if one.policy_id else "随附 shipped"
        known = f"{one.version:<10} [{one.verification}] {origin}"
        print(f"{one.calendar.year}  {place:<8} {known}  {one.source_document}")


@app.command("changes")
def changes(
    policy_id: Annotated[str, typer.Argument(help="载入标识 · The policy_id that `add` gave.")],
    as_json: Json = False,
    profile: Profile = "supervisor",
) -> None:
    """列出改了日期的期限 · The open clocks that got another date by it, as far as the caller sees them."""
    found = run(lambda: _changes(profile, policy_id))
    if as_json:
        print_json([message_dict(one) for one in found])
        return
    for one in found:
        before = _day(one.due_date_before, provisional=one.provisional_before)
        now = _day(one.due_date, provisional=one.provisional)
        print(f"{one.rule:<4} {before} → {now}  {one.unit}  {one.case_id}")


def _day(day: str, *, provisional: bool) -> str:
    return f"{day or '—'}{'（暂定 provisional）' if provisional else ''}"


def _read(file: Path) -> YearCalendar:
    try:
        return read_year(file)
    except PolicyError as error:
        fail(str(error), Exit.USAGE)


def _document(year: YearCalendar) -> dict[str, Any]:
    return {
        "year": year.year,
        "version": year.version,
        "verification": year.verification.value,
        "source": year.source,
        "days_off": len(year.holidays),
        "worked": len(year.workdays),
        "digest": digest_of(year),
    }


async def _add(profile: str, policy: supervision.Policy, *, dry_run: bool) -> dict[str, Any]:
    """Looks at what holds, and replaces exactly that: what others changed meanwhile is refused, and said."""
    # Imported here: `check` needs no platform and shall not wait for its client.
    from huiyin_cli.client import open_client

    async with open_client(profile) as client:
        forecast = await client.supervision.ForecastPolicy(supervision.ForecastPolicyRequest(policy=policy))
        if dry_run:
            return {"forecast": forecast}
        request = supervision.ApplyPolicyRequest(
            info=CommandInfo(request_id=str(uuid7())),
            policy=policy,
            replaced_digests=forecast.replaced_digests,
        )
        applied = await client.supervision.ApplyPolicy(request)
        found = {"forecast": forecast, "applied": applied}
        return found | ({"amended": await _counted(client, applied.policy_id)} if applied.policy_id else {})


async def _counted(client: Any, policy_id: str) -> supervision.ListAmendedClocksResponse:
    """How many clocks it moved, once all are counted."""
    request = supervision.ListAmendedClocksRequest(policy_id=policy_id, page_size=1)
    for _ in range(int(WAIT_SECONDS / LOOK_SECONDS)):
        found: supervision.ListAmendedClocksResponse = await client.supervision.ListAmendedClocks(request)
        if found.complete:
            return found
        await asyncio.sleep(LOOK_SECONDS)
    raise StillCountingError(policy_id)


def _print_added(found: dict[str, Any]) -> None:
    forecast = found["forecast"]
    print(f"新的休息日 days off     {', '.join(forecast.days_off) or '—'}")
    print(f"新的工作日 days worked  {', '.join(forecast.days_worked) or '—'}")
    print(
        f"将改期的期限 clocks that get another date: {forecast.clock_count}"
        f"（{forecast.case_count} 件 cases），其中由暂定变为确定 settled by it: {forecast.settled_count}"
    )
    applied = found.get("applied")
    if applied is None:
        print("未载入 · nothing was applied (--dry-run)")
    elif not applied.policy_id:
        print("此前已载入，未作改动 · it held already; nothing changed")
    else:
        moved = found["amended"]
        print(f"已载入 · applied as {applied.policy_id}, digest {applied.digest}")
        print(
            f"已重算，改期期限 · counted anew: {moved.clock_count} clocks of {moved.case_count} cases moved"
        )
        print(f"huiyin calendar changes {applied.policy_id}")


async def _list(profile: str) -> list[supervision.HeldCalendar]:
    from huiyin_cli.client import open_client

    async with open_client(profile) as client:
        found = await client.supervision.ListCalendars(supervision.ListCalendarsRequest())
        return list(found.calendars)


async def _changes(profile: str, policy_id: str) -> list[supervision.AmendedClock]:
    from huiyin_cli.client import open_client

    request = supervision.ListAmendedClocksRequest(policy_id=policy_id)
    async with open_client(profile) as client:
        return await listed(client.supervision.ListAmendedClocks, request, "clocks", sys.maxsize)
