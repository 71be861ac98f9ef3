"""`huiyin case`: cases and their timelines for a person to read, and a registration put right."""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from huiyin.cases.v1 import service_pb2 as cases
from huiyin.common.v1.types_pb2 import Track
from huiyin.intake.v1.types_pb2 import RegistrationDoubt
from huiyin_cli.case_names import case_request
from huiyin_cli.client import open_client
from huiyin_cli.correcting import correct
from huiyin_cli.options import Json, Language, Profile, checked_language
from huiyin_cli.output import PROVISIONAL, message_dict, print_json, run
from huiyin_cli.paging import listed
from huiyin_domain.directory import Directory
from huiyin_domain.narrative.intake_words import WORDS
from huiyin_kernel.codec import instant
from huiyin_kernel.policy import load_policy

app = typer.Typer(no_args_is_help=True, add_completion=False)

LOCAL = ZoneInfo("Asia/Shanghai")
_COLUMNS = ("编号", "状态", "责任单位", "纪元", "渠道", "收到", "下一期限")
_WIDTH_MIN = 130
_DOUBTS = {
    name.removeprefix("REGISTRATION_DOUBT_"): WORDS["huiyin.intake.v1.RegistrationDoubt"][number]
    for name, number in RegistrationDoubt.items()
}


app.command("correct")(correct)


@app.command("list")
def list_cases(
    unit: Annotated[str, typer.Option(help="责任单位代码 · Only this responsible unit.")] = "",
    status: Annotated[str, typer.Option(help="状态 · Only this status, such as ACCEPTED.")] = "",
    to_settle: Annotated[
        bool, typer.Option("--to-settle", help="登记待核定 · Only with something to settle at registration.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="最多几件 · At most this many.")] = 50,
    as_json: Json = False,
    profile: Profile = "supervisor",
) -> None:
    """信访事项列表 · Cases you may see, newest first."""
    found = run(lambda: _list(profile, _asked(unit, status, to_settle), limit))
    if as_json:
        print_json([message_dict(case) for case in found])
        return
    table, directory = Table(*_COLUMNS, box=None), load_policy().directory
    for case in found:
        due = next_due(case, "zh")
        received = local_time(instant(case.received_time))
        unit = directory.name(case.responsible_unit)
        table.add_row(case.display_number, case.status, unit, str(case.epoch), case.channel, received, due)
    console = Console()
    Console(width=max(console.width, _WIDTH_MIN)).print(table)
    print(f"{len(found)} 件 · case(s). huiyin case show <编号>")


@app.command("show")
def show_case(
    case: Annotated[str, typer.Argument(help="编号或标识 · Display number or case id.")],
    language: Language = "zh",
    as_json: Json = False,
    profile: Profile = "supervisor",
) -> None:
    """一件信访事项的始末 · One case from beginning to now."""
    language = checked_language(language)
    found = run(lambda: _show(profile, case))
    if as_json:
        print_json(message_dict(found))
        return
    _print_summary(found.summary, language, load_policy().directory)
    for entry in found.entries:
        text = entry.text_zh if language == "zh" else entry.text_en
        print(f"{local_time(instant(entry.event.occurred_time))}  {text}")


def _asked(unit: str, status: str, to_settle: bool) -> cases.ListCasesRequest:
    return cases.ListCasesRequest(unit=unit, status=status.upper(), to_settle=to_settle)


async def _list(profile: str, request: cases.ListCasesRequest, limit: int) -> list[cases.CaseSummary]:
    async with open_client(profile) as client:
        return await listed(client.cases.ListCases, request, "cases", limit)


async def _show(profile: str, case: str) -> Any:
    async with open_client(profile) as client:
        return await client.cases.GetCase(case_request(case))


def _print_summary(summary: cases.CaseSummary, language: str, directory: Directory) -> None:
    unit = directory.name(summary.responsible_unit, language)
    track = Track.Name(summary.track).removeprefix("TRACK_")
    if language == "zh":
        print(f"{summary.display_number}  状态 {summary.status}  轨道 {track}")
        print(f"责任单位 {unit}（纪元 {summary.epoch}）")
        print(f"下一期限 {next_due(summary, language) or '无'}")
        _print_doubts("登记待核定", summary, 0)
    else:
        print(f"{summary.display_number}  status {summary.status}  track {track}")
        print(f"responsible unit {unit} (epoch {summary.epoch})")
        print(f"next due date {next_due(summary, language) or 'none'}")
        _print_doubts("to be settled about its registration", summary, 1)
    print()


def _print_doubts(heading: str, summary: cases.CaseSummary, language: int) -> None:
    for doubt in summary.doubts:
        print(f"{heading}: {_DOUBTS[doubt][language] if doubt in _DOUBTS else doubt}")


def next_due(summary: cases.CaseSummary, language: str) -> str:
    """The next date and its rule, marked while a missing calendar may still move it; or nothing."""
    bound = {"zh": "不早于 ", "en": "not before "}[language] + summary.next_due_not_before
    day = summary.next_due_date or (bound if summary.next_due_not_before else "")
    mark = PROVISIONAL if summary.next_due_provisional else ""
    return f"{day}{mark} {summary.next_due_rule}".strip()


def local_time(moment: datetime) -> str:
    """An instant as people in Shanghai write it."""
    return moment.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M")
