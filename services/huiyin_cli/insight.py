"""`huiyin insight`: evaluation figures, always with what makes them."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Annotated

import typer

from huiyin.insight.v1.service_pb2 import ListFiguresRequest, ListFiguresResponse
from huiyin.insight.v1.types_pb2 import Figure
from huiyin_cli import insight_lists
from huiyin_cli.client import open_client
from huiyin_cli.output import Json, Profile, message_dict, print_json, run
from huiyin_domain.dates import local_date
from huiyin_domain.directory import NOWHERE, Directory
from huiyin_domain.figures.contribution import Piece
from huiyin_domain.figures.table import BY_NAME
from huiyin_domain.figures.words import PIECES
from huiyin_kernel.policy import load_policy

app = typer.Typer(no_args_is_help=True, add_completion=False)
for listed in (insight_lists.issues, insight_lists.warnings, insight_lists.counters):
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
