"""`huiyin insight issues|warnings|counters`: what the stream workers keep for display."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from huiyin.insight.v1 import service_pb2 as insight
from huiyin.insight.v1.types_pb2 import ClockWarning, HotIssue
from huiyin_cli.cases import local_time
from huiyin_cli.client import open_client
from huiyin_cli.output import PROVISIONAL, Json, Profile, message_dict, print_json, run
from huiyin_domain.codes import CodeTable
from huiyin_domain.context import Policy
from huiyin_domain.directory import Directory
from huiyin_kernel.codec import instant
from huiyin_kernel.policy import load_policy

Division = Annotated[str, typer.Option(help="行政区划 · Only this division and those below.")]
Unit = Annotated[str, typer.Option(help="单位代码 · Only this organisation.")]
Limit = Annotated[int, typer.Option(min=1, max=500, help="最多几条 · At most this many.")]


def issues(
    division: Division = "", limit: Limit = 50, as_json: Json = False, profile: Profile = "supervisor"
) -> None:
    """热点问题：一地一类近似诉求，不涉及个人 · Like filings of one class and place; never about persons."""
    request = insight.ListHotIssuesRequest(division=division, page_size=limit)
    found = run(lambda: _ask(profile, "ListHotIssues", request))
    _print(found, _issue_lines(found.issues, load_policy()), as_json)


def warnings(
    unit: Unit = "",
    division: Division = "",
    limit: Limit = 50,
    as_json: Json = False,
    profile: Profile = "supervisor",
) -> None:
    """期限预警：即将届满而仍在运行的期限 · Clocks that run and pass soon, earliest first."""
    request = insight.ListWarningsRequest(unit=unit, division=division, page_size=limit)
    found = run(lambda: _ask(profile, "ListWarnings", request))
    _print(found, _warning_lines(found.warnings, load_policy().directory), as_json)


def counters(
    unit: Unit = "", division: Division = "", as_json: Json = False, profile: Profile = "supervisor"
) -> None:
    """实时计数：按区划、责任单位和状态 · Cases by division, responsible unit and status."""
    request = insight.ListCountersRequest(unit=unit, division=division)
    found = run(lambda: _ask(profile, "ListCounters", request))
    _print(found, _counter_lines(found.counters, load_policy().directory), as_json)


async def _ask(profile: str, method: str, request: Any) -> Any:
    async with open_client(profile) as client:
        return await getattr(client.insight, method)(request)


def _print(found: Any, lines: Iterator[str], as_json: bool) -> None:
    if as_json:
        print_json(message_dict(found))
        return
    for line in lines:
        print(line)


def _issue_lines(found: Sequence[HotIssue], policy: Policy) -> Iterator[str]:
    for issue in found:
        count = f"{issue.filing_count}{'+' if issue.count_is_minimum else ''}"
        about = _named(policy.codes.content_classes, issue.content_class, "未分类 · not classified")
        place = _named(policy.codes.divisions, issue.division, "")
        yield f"{count:>5} 件  {place}  {about}  {issue.first_date} – {issue.last_date}"
    yield f"{len(found)} 个热点 · hot issue(s)"


def _named(table: CodeTable, code: str, otherwise: str) -> str:
    if not code:
        return otherwise
    known = table.codes.get(code)
    return f"{code} {known.name_zh} {known.name_en}".rstrip() if known else code


def _warning_lines(found: Sequence[ClockWarning], directory: Directory) -> Iterator[str]:
    for warning in found:
        due = local_time(instant(warning.due_time))
        note = f"  {PROVISIONAL}" if warning.provisional else ""
        yield f"{due}  {warning.rule:<4} {directory.name(warning.unit)}  {warning.case_id}{note}"
    yield f"{len(found)} 条预警 · warning(s)"


def _counter_lines(found: Sequence[insight.Counter], directory: Directory) -> Iterator[str]:
    for counter in found:
        unit = directory.name(counter.unit)
        yield f"{counter.case_count:>7}  {counter.division}  {counter.status:<22} {unit}"
    yield f"{sum(counter.case_count for counter in found)} 件 · case(s)"
