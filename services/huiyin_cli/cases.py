"""`huiyin case`: cases and their timelines for a person to read, and a registration put right.

A person names a case by its number or its identifier. Personal data and texts of a correction come from a
file or standard input, the reason from a prompt where it is not given: what stands on a command line is read
by every process of the machine.
"""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from huiyin.cases.v1 import service_pb2 as cases
from huiyin.common.v1.types_pb2 import CommandInfo, LateEntry, Track
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1.types_pb2 import RegistrationDoubt
from huiyin_cli.client import open_client
from huiyin_cli.correction_fields import doubts, from_file, from_options, put, sealed_text
from huiyin_cli.output import (
    PROVISIONAL,
    Json,
    Language,
    Profile,
    checked_language,
    listed,
    message_dict,
    print_json,
    run,
)
from huiyin_domain.directory import Directory
from huiyin_domain.narrative.intake_words import WORDS
from huiyin_kernel.codec import instant
from huiyin_kernel.ids import uuid7
from huiyin_kernel.policy import load_policy

_CASE_ID_LENGTH = 36


def case_request(case: str) -> cases.GetCaseRequest:
    """A request for a case by its id or by its display number."""
    if len(case) == _CASE_ID_LENGTH:
        return cases.GetCaseRequest(case_id=case)
    return cases.GetCaseRequest(display_number=case.upper())


Request = intake.CorrectRegistrationRequest

_NAMES = WORDS["huiyin.intake.v1.RegistrationCorrected.fields"]


def correct(
    case: Annotated[str, typer.Argument(help="编号或标识 · Display number or case id.")],
    reason: Annotated[str, typer.Option(prompt="更正理由 · why", help="更正理由 · Why; it is sealed.")],
    given: Annotated[
        list[str] | None,
        typer.Option("--set", help="字段=值 · FIELD=VALUE, such as division=990102.", metavar="FIELD=VALUE"),
    ] = None,
    file: Annotated[
        str,
        typer.Option(help="JSON 文件，- 为标准输入 · Fields as a JSON object; - is stdin."),
    ] = "",
    settle: Annotated[
        list[str] | None,
        typer.Option(help="核定登记疑点 · Settles a doubt, by its name in `huiyin case show --json`."),
    ] = None,
    late_reason: Annotated[
        str, typer.Option(help="由负责人补录的理由 · Sent by the head as a late entry, for this reason.")
    ] = "",
    language: Language = "zh",
    as_json: Json = False,
    profile: Profile = "supervisor",
) -> None:
    """更正登记 · Puts right what was registered; what stood there stays on the record."""
    language = checked_language(language)
    request = Request(info=CommandInfo(request_id=str(uuid7())), reasons=sealed_text(reason))
    if late_reason:
        request.info.late_entry.CopyFrom(LateEntry(reason=sealed_text(late_reason)))
    for name, value in {**from_file(file), **from_options(given or [])}.items():
        put(request, name, value)
    request.settled.extend(doubts(settle or []))
    answer = run(lambda: _send(profile, case, request))
    if as_json:
        print_json(message_dict(answer))
        return
    print(_sentence([*answer.fields], language, settled=answer.receipt.event_count > 0))


async def _send(profile: str, case: str, request: Request) -> intake.CorrectRegistrationResponse:
    """Corrects what stands there now: who corrected in between is not overwritten."""
    async with open_client(profile) as client:
        request.case_id = (await client.cases.GetCase(case_request(case))).summary.case_id
        found = (await client.intake.GetPetition(intake.GetPetitionRequest(case_id=request.case_id))).petition
        request.epoch, request.registration_version = found.epoch, found.registration_version
        answer: intake.CorrectRegistrationResponse = await client.intake.CorrectRegistration(request)
        return answer


def _sentence(fields: list[str], language: str, *, settled: bool) -> str:
    if not fields and settled:
        return ("登记疑点已核定", "what was in doubt is settled")[language == "en"]
    if not fields:
        same = ("所给内容与记录相同，未作更正", "the record says so already: nothing was put right")
        return same[language == "en"]
    named = [_NAMES[one][language == "en"] for one in fields]
    if language == "zh":
        return f"已更正：{'、'.join(named)}；原记录仍在案"
    return f"put right: {', '.join(named)}; what stood there stays on the record"


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
