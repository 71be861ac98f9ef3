"""What a request for figures asks of the rows: its filters and its caller's view, as conditions in SQL."""

import re
from collections.abc import Sequence

from huiyin.insight.v1.service_pb2 import ListFiguresRequest
from huiyin_domain.access import Scope
from huiyin_domain.directory import line_of
from huiyin_domain.figures.table import BY_NAME, FIGURES, Figure
from huiyin_domain.refusal import Refusal, invalid
from huiyin_streams.case_rows import Condition

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_DIVISION = re.compile(r"[0-9]{6}([0-9]{6})?")


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
    if request.division and not _DIVISION.fullmatch(request.division):
        message = f"division {request.division[:20]!r} is no code: give 6 or 12 digits"
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


def within(line: str) -> list[Condition]:
    """Only of divisions that begin with these digits."""
    return [Condition("division LIKE %(line)s", {"line": f"{line}%"})] if line else []


def of_division(division: str) -> list[Condition]:
    """Only of this division and those below; of every one when it is empty."""
    return within(line_of(division))


def not_accused(reach: Scope) -> Condition:
    """Nothing of a case in which the caller's agency is accused (Art. 30(3))."""
    return Condition("NOT (%(agency)s = ANY(accused))", {"agency": reach.agency})


def admitted(reach: Scope) -> Condition:
    """What is within a wide scope: a region, all, or the agency's own."""
    ways = ["true"] if reach.all_cases else []
    if reach.division_line:
        ways.append("division LIKE %(region)s")
    if reach.as_party:
        ways.append("unit = %(agency)s")
    parameters = {"agency": reach.agency, "region": f"{reach.division_line}%"}
    return Condition(f"({' OR '.join(ways) or 'false'})", parameters)
