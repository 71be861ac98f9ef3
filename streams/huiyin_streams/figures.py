"""ListFigures: counts what cases add to figures, as asked and within what the caller may see, as of now."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from huiyin.insight.v1.service_pb2 import ListFiguresRequest, ListFiguresResponse
from huiyin.insight.v1.types_pb2 import Figure
from huiyin_domain.directory import Directory, has_form
from huiyin_domain.figures import table as figure_table
from huiyin_domain.figures.table import View, view
from huiyin_domain.refusal import Refusal, invalid
from huiyin_kernel.access_sql import FIGURES, Condition, in_division, in_line, not_walled, within
from huiyin_kernel.codec import timestamp
from huiyin_kernel.rpc.endpoint import Caller, Method, Unary
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_store.port import WorldClock
from huiyin_streams.figure_rows import Table, at, count_figures, listed, public, table_of

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def fault(request: ListFiguresRequest) -> Refusal | None:
    """What is wrong with a request, if anything."""
    months = (("from_month", request.from_month), ("to_month", request.to_month))
    for field, month in months:
        if month and not _MONTH.fullmatch(month):
            message = f"{field} {month[:20]!r} is no month: write YYYY-MM, such as 2026-03"
            return invalid("MALFORMED_MONTH", message, field=field)
    if request.from_month and request.to_month and request.from_month > request.to_month:
        message = "to_month lies before from_month: give the earlier month first"
        return invalid("MONTHS_REVERSED", message, field="to_month")
    if request.division and not has_form(request.division):
        message = f"division {request.division[:20]!r} is no code: give 6, 9 or 12 digits"
        return invalid("MALFORMED_DIVISION", message, field="division")
    return _unknown_name(request.names)


def _unknown_name(names: Sequence[str]) -> Refusal | None:
    unknown = next((name for name in names if name not in figure_table.BY_NAME), None)
    if unknown is None:
        return None
    allowed = ",".join(figure_table.BY_NAME)
    message = f"figure {unknown[:40]!r} is unknown: give names of {allowed}"
    return invalid("UNKNOWN_FIGURE", message, field="names", allowed=allowed)


def asked(request: ListFiguresRequest) -> tuple[figure_table.Figure, ...]:
    """The figures that a request names; all when it names none."""
    return tuple(
        figure for figure in figure_table.FIGURES if not request.names or figure.name in request.names
    )


def filters(request: ListFiguresRequest) -> list[Condition]:
    """Months and measures."""
    measures = sorted({figure.measure.value for figure in asked(request)})
    conditions = [Condition("measure = ANY(%(measures)s)", {"measures": measures})]
    if request.from_month:
        conditions.append(Condition("month >= %(from_month)s", {"from_month": request.from_month}))
    if request.to_month:
        conditions.append(Condition("month <= %(to_month)s", {"to_month": request.to_month}))
    return conditions


def of_unit(unit: str) -> list[Condition]:
    """Only of this unit; of every one when it is empty."""
    return [Condition("unit = %(unit)s", {"unit": unit})] if unit else []


PIECES_MAX = 20_000
"""Pieces that one answer is made of; a question that needs more is refused, not cut."""


class Figures:
    """The method of InsightService about figures. Denominators below `cell_min` are kept from outsiders."""

    def __init__(
        self, pool: AsyncConnectionPool, directory: Directory, clock: WorldClock, cell_min: int
    ) -> None:
        self._pool, self._directory, self._clock, self._cell_min = pool, directory, clock, cell_min

    def methods(self) -> dict[str, Method]:
        """The method by its name."""
        return {"ListFigures": Unary(ListFiguresRequest, self.list_figures)}

    async def list_figures(self, caller: Caller, request: ListFiguresRequest) -> ListFiguresResponse:
        """Figures with everything that makes them."""
        seen = fault(request) or view(caller.principal, request.unit, self._directory)
        if isinstance(seen, Refusal):
            raise RefusedError(seen)
        now = self._clock.now()
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            counting = _Counting(connection, request, now)
            figures = await (_wide(counting, seen) if seen.wide else self._narrow(counting, seen))
        return ListFiguresResponse(figures=figures, as_of_time=timestamp(now))

    async def _narrow(self, counting: "_Counting", seen: View) -> list[Figure]:
        """An agency's own figures, and its division's in sum."""
        request, agency, walled = counting.request, seen.scope.agency, not_walled(seen.scope, FIGURES)
        own_conditions = [walled, *of_unit(agency)]
        own = await counting.table(
            [*own_conditions, *in_division(request.division)], by_division=request.by_division
        )
        own = at(own, request.division, agency)
        if request.unit or not self._asks_for_own_division(request, seen):
            return listed(own)
        line = [walled, *in_line(seen.public_line)]
        whole, known = await counting.table(line), await counting.table([*own_conditions, *line])
        return listed(own, at(public(whole, known, self._cell_min), self._division(agency), ""))

    def _asks_for_own_division(self, request: ListFiguresRequest, seen: View) -> bool:
        """Sums over parts of it would show small cells by subtraction."""
        return bool(seen.public_line) and request.division in ("", self._division(seen.scope.agency))

    def _division(self, agency: str) -> str:
        organisation = self._directory.get(agency)
        return organisation.division if organisation else ""


async def _wide(counting: "_Counting", seen: View) -> list[Figure]:
    """Everything within the caller's scope."""
    request = counting.request
    conditions = [
        within(seen.scope, FIGURES),
        *of_unit(request.unit),
        *in_division(request.division),
    ]
    found = await counting.table(conditions, by_unit=request.by_unit, by_division=request.by_division)
    return listed(at(found, request.division, request.unit))


class _Counting:
    """Counts for one request, in one snapshot."""

    def __init__(self, connection: AsyncConnection[Any], request: ListFiguresRequest, now: datetime) -> None:
        self._connection, self.request, self._now = connection, request, now

    async def table(
        self, conditions: Sequence[Condition], *, by_unit: bool = False, by_division: bool = False
    ) -> Table:
        """The figures asked for. Raises RefusedError when they are too many."""
        rows = await count_figures(
            self._connection,
            [*filters(self.request), *conditions],
            self._now,
            PIECES_MAX + 1,
            by_unit=by_unit,
            by_division=by_division,
        )
        if len(rows) > PIECES_MAX:
            message = f"more than {PIECES_MAX} pieces: ask for fewer months or names, or without a breakdown"
            raise RefusedError(invalid("TOO_MANY_FIGURES", message))
        return table_of(rows, asked(self.request))
