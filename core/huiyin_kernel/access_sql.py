"""The access policy in SQL: the one place that turns a principal's scope into conditions on tables.

`huiyin_domain.access` says who may see what; here stands how each table that is read for agencies answers it.
A row that may not be seen is not found by the query, so that pages, counts and totals tell nothing of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, LiteralString

from huiyin_domain.access import Scope
from huiyin_domain.directory import NOWHERE, line_of


@dataclass(frozen=True, slots=True)
class Condition:
    """A part of a WHERE clause with its parameters; who may see what is one of these."""

    text: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CaseTable:
    """What a table knows of the cases of its rows, as conditions on a row.

    `walled`: kept from one of %(closed_by)s. `party`, `asked`: %(agency)s has a part, or is asked to decide.
    `division`: the column of its place. `whole`, `watched`: what holds for who sees all, or a region.
    """

    walled: str
    party: str = "false"
    asked: str = "false"
    division: str = ""
    whole: str = "true"
    watched: str = "true"


CASES = CaseTable(
    "accused && %(closed_by)s", "parties @> ARRAY[%(agency)s]", "asked @> ARRAY[%(agency)s]", "division"
)
"""streams.case_row."""

_OWN_CLOCK = "own.case_id = case_row.case_id AND own.unit = %(agency)s"
CLOCKS = CaseTable(
    "accused && %(closed_by)s",
    f"EXISTS (SELECT FROM supervision.clock_row AS own WHERE {_OWN_CLOCK})",
    division="division",
)
"""supervision.case_row: an agency is a party of a case when a clock of that case was or is its own."""

_WHOLE_CELL, _OWN_CELL = "agency = ''", "agency = %(agency)s"
CELLS = CaseTable(
    "accused && %(closed_by)s",
    f"{_OWN_CELL} AND party",
    f"{_OWN_CELL} AND asked",
    "division",
    _WHOLE_CELL,
    _WHOLE_CELL,
)
"""streams.case_cell: a case counts under no agency for who sees all or a region, else under each agency."""

SUMS: LiteralString = """
SELECT 'counter ' || ROW(p.agency, division, unit, status, p.agency = ANY (parties), p.agency = ANY (asked),
  accused)::text, count(*)::text
FROM {}.case_row AS c, LATERAL (SELECT '' AS agency UNION SELECT unnest(c.parties || c.asked)) AS p
WHERE status <> 'UNSPECIFIED' GROUP BY 1
"""
"""The cells as case_row gives them, for replay: a key with all columns, and how many cases."""

FIGURES = CaseTable("accused && %(closed_by)s", "unit = %(agency)s", division="division")
"""streams.figure_row, for who sees figures of others; all others see their own alone."""

ISSUES = CaseTable("false", division="division")
"""streams.hot_issue: counts of filings by place, of no single case."""

_WALLED_ENTRY = """EXISTS (
  SELECT FROM streams.timeline_case c
  WHERE c.case_id = ANY(array_append(e.others, e.case_id)) AND c.walled && %(closed_by)s
)"""


_REACHED: LiteralString = "coalesce(e.reached, e.recipients)"
HAD: LiteralString = _REACHED + " @> ARRAY[%(agency)s]"
"""Of streams.timeline_entry e: what an agency has had, which it may see again."""


def entries(reach: Scope, whole: str, viewed: str) -> CaseTable:
    """streams.timeline_entry e. Nobody who is accused in any of an event's cases, now, reads of it.

    `whole` holds for what is open to who sees a region or all, `viewed` for what reached the viewer; each
    entry is the subscriber's in one way alone.
    """
    beyond = "e.division NOT LIKE %(region)s AND " if reach.division_line else ""
    return CaseTable(
        _WALLED_ENTRY, f"({beyond}{viewed})", "false", "e.division", whole, f"NOT e.closed AND {whole}"
    )


def reached(name: str, agencies: Sequence[str]) -> str:
    """All of these agencies have it, and one of them not before; with no agencies, when it is new."""
    if not agencies:
        return "NOT e.catch_up"
    return f"({_REACHED} @> %({name})s AND (NOT e.catch_up OR e.recipients && %({name})s))"


def within(reach: Scope, table: CaseTable) -> Condition:
    """Only rows of cases within a scope."""
    ways = [f"({way})" for way in _ways(reach, table)]
    parameters = {
        "agency": reach.agency,
        "closed_by": sorted(reach.closed_by),
        "region": f"{reach.division_line}%",
    }
    return Condition(f"NOT ({table.walled}) AND ({' OR '.join(ways) or 'false'})", parameters)


def counted_within(reach: Scope) -> Condition:
    """Of streams.case_cell: only what counts cases within a scope, each of them once."""
    seen = within(reach, CELLS)
    if not reach.division_line:
        return seen
    beyond = f"({_WHOLE_CELL} OR division NOT LIKE %(region)s)"  # in the region it counts for all
    return Condition(f"{seen.text} AND {beyond}", seen.parameters)


def _ways(reach: Scope, table: CaseTable) -> list[str]:
    ways = [table.whole] if reach.all_cases else []
    if reach.division_line and table.division and not reach.all_cases:
        ways.append(f"{table.division} LIKE %(region)s AND {table.watched}")
    if reach.as_party and not reach.all_cases:
        ways.append(table.party)
    return [*ways, table.asked] if reach.as_superior and not reach.all_cases else ways


def closed_by(reach: Scope, viewer: str) -> Scope:
    """The same scope, closed as well where the one through whose eyes somebody looks is accused."""
    return replace(reach, closed_by=reach.closed_by | {viewer})


def not_walled(reach: Scope, table: CaseTable) -> Condition:
    """Nothing of a case in which the caller's agency, or one that is one body with it, is accused."""
    return Condition(f"NOT ({table.walled})", {"closed_by": sorted(reach.closed_by)})


def of_former(reach: Scope) -> Condition:
    """Of streams.case_row: only cases in which the agency had a part, and has none any more."""
    text = "NOT (accused && %(closed_by)s) AND %(remembers)s AND former @> ARRAY[%(agency)s]"
    parameters = {
        "agency": reach.agency,
        "closed_by": sorted(reach.closed_by),
        "remembers": reach.as_party,
    }
    return Condition(text, parameters)


def by_county(column: str) -> LiteralString:
    """The column of a division as figures are told by: down to the county; 000000 for no known place."""
    return f"CASE WHEN {column} = '' THEN '000000' ELSE left({column}, 6) END"


def in_division(division: str, column: str = "division") -> list[Condition]:
    """Only of this division and those below, as a caller asked; of every one when it is empty.

    000000 asks for what is of no known place.
    """
    if division == NOWHERE:
        return [Condition(f"{column} = ''", {})]
    return in_line(line_of(division), column) if division else []


def in_line(line: str, column: str = "division") -> list[Condition]:
    """Only of divisions that begin with these digits; of every one when there are none."""
    return [Condition(f"{column} LIKE %(asked_line)s", {"asked_line": f"{line}%"})] if line else []


def conjunction(conditions: Sequence[Condition]) -> Condition:
    """All of the conditions as one."""
    text = " AND ".join(["true", *(f"({condition.text})" for condition in conditions)])
    return Condition(text, {key: value for one in conditions for key, value in one.parameters.items()})
