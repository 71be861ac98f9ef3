"""`huiyin clock`: dates of the law with their reasons, and a unit's clocks that run or have passed."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import reduce
from typing import Annotated, Any

import typer
from grpc import aio

from huiyin.supervision.v1.service_pb2 import (
    ExplainClocksRequest,
    HeldCalendar,
    ListCalendarsRequest,
    ListClocksRequest,
    Policy,
    StatutoryClock,
)
from huiyin.supervision.v1.types_pb2 import ClockStatus
from huiyin_cli.output import (
    PROVISIONAL,
    Exit,
    Json,
    Language,
    Profile,
    checked_language,
    fail,
    listed,
    message_dict,
    print_json,
    run,
)
from huiyin_domain.calendar.calendar import explain_due
from huiyin_domain.calendar.due import DueDate
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.directory import Directory
from huiyin_domain.policy import lines_of, year_of
from huiyin_domain.refusal import Refusal
from huiyin_kernel.identity.files import KeyFileError
from huiyin_kernel.identity.profiles import UnknownProfileError
from huiyin_kernel.policy import load_policy


def list_clocks(
    unit: Annotated[str, typer.Option(help="单位代码 · Only this organisation.")] = "",
    passed: Annotated[bool, typer.Option("--passed", help="已逾期 · Those that passed.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="最多几条 · At most this many.")] = 50,
    as_json: Json = False,
    profile: Profile = "supervisor",
) -> None:
    """期限清单，按届满日 · Clocks by last day; a provisional one stands where its raw last day does."""
    found = run(lambda: _ask(profile, ListClocksRequest(unit=unit, passed_only=passed), limit))
    if as_json:
        print_json([message_dict(clock) for clock in found])
        return
    for line in _lines(found, load_policy().directory):
        print(line)


def last_day(clock: StatutoryClock) -> str:
    """The last day, marked while a missing calendar may still move it; or the bound of it, said as such."""
    bound = f"不早于 · not before {clock.not_before_date}" if clock.not_before_date else "—"
    day = clock.rolled_due_date or clock.raw_due_date or bound
    return f"{day}{PROVISIONAL}" if clock.provisional else day


def _lines(found: Sequence[StatutoryClock], directory: Directory) -> Iterator[str]:
    for clock in found:
        unit = directory.name(clock.unit) if clock.unit else "信访人 · the petitioner"
        yield f"{last_day(clock)}  {clock.rule:<8} {unit}  {clock.case_id}"
    provisional = sum(clock.provisional for clock in found)
    yield f"{len(found)} 条期限 · clock(s)，其中暂定 · provisional {provisional}"


async def _ask(profile: str, request: ListClocksRequest, limit: int) -> list[StatutoryClock]:
    # Imported here: `clock due` needs no platform and shall not wait for its client.
    from huiyin_cli.client import open_client

    async with open_client(profile) as client:
        return await listed(client.supervision.ListClocks, request, "clocks", limit)


ANSWER_SECONDS = 5.0
"""For the platform to say which calendars hold."""

app = typer.Typer(no_args_is_help=True, add_completion=False)
app.command("list")(list_clocks)


@app.command("due")
def due(
    day: Annotated[str, typer.Argument(help="起始日 · First day, YYYY-MM-DD; it is not counted.")],
    span: Annotated[str, typer.Argument(help="+15d 日 · +5wd 工作日 · +3m 月")],
    division: Annotated[str, typer.Option(help="属地代码 · By the calendar of this division.")] = "",
    as_json: Json = False,
    profile: Profile = "supervisor",
) -> None:
    """某日起若干日的届满日及理由 · The last day of a period, rolled past days off, and why."""
    found = explain_due(_timetable(profile).calendar_of(division), day, span)
    if isinstance(found, Refusal):
        wrongly_asked = found.reason.startswith(("MALFORMED", "SPAN", "DATE"))
        fail(f"{found.reason}: {found.message}", Exit.USAGE if wrongly_asked else Exit.REFUSED)
    if as_json:
        print_json(_document(found))
    else:
        print(f"届满日 raw     {found.raw}")
        print(f"顺延后 rolled  {found.rolled or '暂定 · provisional'}")
        print(found.why_zh)
        print(found.why_en)
    if found.provisional:
        raise typer.Exit(Exit.REFUSED)


def _timetable(profile: str) -> Timetable:
    """What holds on the platform; where none is here or none answers, what is shipped, and that is said."""
    try:
        held = asyncio.run(_held(profile))
    except (aio.AioRpcError, UnknownProfileError, KeyFileError):
        print(
            "平台没有应答，按随附的放假安排计算 · no platform answers: by the shipped calendars",
            file=sys.stderr,
        )
        return load_policy().timetable
    return reduce(_with, held, Timetable(rules=()))


def _with(timetable: Timetable, one: HeldCalendar) -> Timetable:
    said = Policy(version=one.version, verification=one.verification, source_document=one.source_document)
    said.calendar.CopyFrom(one.calendar)
    year = year_of(said)
    lines = lines_of([one.division] if one.division else [])
    return timetable if isinstance(year, Refusal) else timetable.amended(year, lines)


async def _held(profile: str) -> list[HeldCalendar]:
    from huiyin_cli.client import open_client

    async with open_client(profile) as client:
        found = await client.supervision.ListCalendars(ListCalendarsRequest(), timeout=ANSWER_SECONDS)
        return list(found.calendars)


def _document(found: DueDate) -> dict[str, Any]:
    document = {key: str(value) if value is not None else None for key, value in asdict(found).items()}
    document.pop("span")
    flags = {"provisional": found.provisional, "unverified": found.unverified}
    return {**document, **flags, "why_zh": found.why_zh, "why_en": found.why_en}


@app.command("explain")
def explain(
    case: Annotated[str, typer.Argument(help="编号或标识 · Display number or case id.")],
    language: Language = "zh",
    as_json: Json = False,
    profile: Profile = "supervisor",
) -> None:
    """一件信访事项的全部期限及依据 · Every clock of a case, each with a sentence why."""
    language = checked_language(language)
    clocks = run(lambda: _clocks(profile, case))
    if as_json:
        print_json([message_dict(clock) for clock in clocks])
        return
    for clock in clocks:
        status = ClockStatus.Name(clock.status).removeprefix("CLOCK_STATUS_")
        print(f"{clock.rule:<4} {last_day(clock)}  {status:<8} {clock.unit}")
        print(f"     {clock.why_zh if language == 'zh' else clock.why_en}")


async def _clocks(profile: str, case: str) -> list[StatutoryClock]:
    # Imported here: `clock due` needs no platform and shall not wait for its client.
    from huiyin_cli.cases import case_request
    from huiyin_cli.client import open_client

    async with open_client(profile) as client:
        found = await client.cases.GetCase(case_request(case))
        request = ExplainClocksRequest(case_id=found.summary.case_id)
        return list((await client.supervision.ExplainClocks(request)).clocks)
