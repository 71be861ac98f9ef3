"""What a request for figures asks of the rows: its filters and its caller's view, as conditions in SQL."""

import re
from collections.abc import Sequence

from huiyin.insight.v1.service_pb2 import ListFiguresRequest
from huiyin_domain.directory import has_form
from huiyin_domain.figures.table import BY_NAME, FIGURES, Figure
from huiyin_domain.refusal import Refusal, invalid
from huiyin_kernel.access_sql import Condition

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
    unknown = next((name for name in names if name not in BY_NAME), None)
    if unknown is None:
        return None
    allowed = ",".join(BY_NAME)
    message = f"figure {unknown[:40]!r} is unknown: give names of {allowed}"
    return invalid("UNKNOWN_FIGURE", message, field="names", allowed=allowed)


def asked(request: ListFiguresRequest) -> tuple[Figure, ...]:
    """The figures that a request names; all when it names none."""
    return tuple(figure for figure in FIGURES if not request.names or figure.name in request.names)


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
