"""`huiyin insight`: figures, always with what makes them; hot issues, warnings and counters."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Annotated, Any

import typer

from huiyin.insight.v1 import service_pb2 as messages
from huiyin.insight.v1.service_pb2 import ListFiguresRequest, ListFiguresResponse
from huiyin.insight.v1.types_pb2 import ClockWarning, Figure, HotIssue
from huiyin_cli.cases import local_time
from huiyin_cli.client import open_client
from huiyin_cli.output import PROVISIONAL, Json, Profile, message_dict, print_json, run
from huiyin_domain.codes import CodeTable
from huiyin_domain.context import Policy
from huiyin_domain.dates import local_date
from huiyin_domain.directory import NOWHERE, Directory
from huiyin_domain.figures.contribution import Piece
from huiyin_domain.figures.table import BY_NAME
from huiyin_domain.figures.value import PIECES
from huiyin_kernel.codec import instant
from huiyin_kernel.policy import load_policy

Division = Annotated[str, typer.Option(help="行政区划 · Only this division and those below.")]
Unit = Annotated[str, typer.Option(help="单位代码 · Only this organisation.")]
Limit = Annotated[int, typer.Option(min=1, max=500, help="最多几条 · At most this many.")]


def issues(
    division: Division = "", limit: Limit = 50, as_json: Json = False, profile: Profile = "supervisor"
) -> None:
    """热点问题：一地一类近似诉求，不涉及个人 · Like filings of one class and place; never about persons."""
    request = messages.ListHotIssuesRequest(division=division, page_size=limit)
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
    request = messages.ListWarningsRequest(unit=unit, division=division, page_size=limit)
    found = run(lambda: _ask(profile, "ListWarnings", request))
    _print(found, _warning_lines(found.warnings, load_policy().directory), as_json)


def counters(
    unit: Unit = "", division: Division = "", as_json: Json = False, profile: Profile = "supervisor"
) -> None:
    """实时计数：按区划、责任单位和状态 · Cases by division, responsible unit and status."""
    request = messages.ListCountersRequest(unit=unit, division=division)
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


def _counter_lines(found: Sequence[messages.Counter], directory: Directory) -> Iterator[str]:
    for counter in found:
        unit = directory.name(counter.unit)
        yield f"{counter.case_count:>7}  {counter.division}  {counter.status:<22} {unit}"
    yield f"{sum(counter.case_count for counter in found)} 件 · case(s)"


app = typer.Typer(no_args_is_help=True, add_completion=False)
for listed in (issues, warnings, counters):
    app.command()(listed)


@app.callback()
def insight() -> None:
    """评价指标与态势 · Figures and what stream folds derive."""


@app.command("figures")
def figures(
    month: Annotated[str, typer.Option(help="月份 YYYY-MM，缺省为本月 · Month; this one by default.")] = "",
    until: Annotated[str, typer.Option(help="至某月 · Up to this month.")] = "",
    unit: Annotated[str, typer.Option(help="单位代码 · Only this organisation.")] = "",
    division: Annotated[str, typer.Option(help="行政区划 · Only this division and those below.")] = "",
    name: Annotated[list[str] | None, typer.Option(help="指标 · Only figures of these names.")] = None,
    by_unit: Annotated[bool, typer.Option("--by-unit", help="分单位 · One for each organisation.")] = False,
    by_division: Annotated[bool, typer.Option("--by-division", help="分区划 · For each division.")] = False,
    as_json: Json = False,
    profile: Profile = "supervisor",
) -> None:
    """评价指标：分子、分母与缺失一并列出 · Figures with numerator, denominator and what is missing."""
    first = month or local_date(datetime.now(UTC)).isoformat()[:7]
    request = ListFiguresRequest(
        from_month=first,
        to_month=until or first,
        unit=unit,
        division=division,
        names=name or [],
        by_unit=by_unit,
        by_division=by_division,
    )
    found = run(lambda: _figures(profile, request))
    if as_json:
        print_json(message_dict(found))
    else:
        print(*_lines(found.figures, load_policy().directory), sep="\n")


async def _figures(profile: str, request: ListFiguresRequest) -> ListFiguresResponse:
    async with open_client(profile) as client:
        response: ListFiguresResponse = await client.insight.ListFigures(request)
        return response


def _lines(found: Iterable[Figure], directory: Directory) -> Iterator[str]:
    """The figures under a heading for each month, division and unit."""
    count = 0
    for (month, division, unit), group in groupby(found, lambda one: (one.month, one.division, one.unit)):
        whose = f"{directory.name(unit)} {unit}" if unit else "各单位合计 · all units"
        yield f"{month}  {_place(division)}  {whose}"
        for figure in group:
            count += 1
            yield from _figure_lines(figure)
    yield f"{count} 项 · figure(s)"


def _figure_lines(figure: Figure) -> Iterator[str]:
    title = BY_NAME[figure.name].title
    yield f"  {title.zh} · {title.en}"
    if figure.suppressed:
        yield "    数量过少，不予公开 · too few cases to be shown"
        return
    yield f"    {_rate(figure)}  = {figure.numerator} / {figure.denominator}  缺失 · missing {figure.missing}"
    words = [(PIECES[Piece(piece.name)], piece.case_count) for piece in figure.pieces]
    yield "    " + "，".join(f"{text.zh} {text.en} {cases}" for text, cases in words)


def _rate(figure: Figure) -> str:
    """A share as percent, an average in days; nothing is a rate of nothing."""
    if not figure.denominator:
        return "—"
    value = figure.numerator / figure.denominator
    return f"{value:.1f} 日 · days" if figure.in_days else f"{value:.1%}"


def _place(division: str) -> str:
    if division == NOWHERE:
        return f"{NOWHERE} 属地待定 · place to be settled"
    return division or "全部区划 · all divisions"
