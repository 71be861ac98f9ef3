"""Reads what the stream folds derive; who may see what is a condition inside each query."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, LiteralString

from psycopg import AsyncConnection, sql

from huiyin.insight.v1.types_pb2 import ClockWarning, HotIssue
from huiyin_kernel.access_sql import Condition, by_county, conjunction

Connection = AsyncConnection[Any]


def of_unit(unit: str, column: LiteralString) -> list[Condition]:
    """Only of this unit; of every one when it is empty."""
    return [Condition(f"{column} = %(unit)s", {"unit": unit})] if unit else []


def since(day: date) -> Condition:
    """Only issues with a filing on this day or later."""
    return Condition("last_date >= %(since)s", {"since": day})


_ISSUES = sql.SQL(
    "SELECT issue FROM streams.hot_issue WHERE {} ORDER BY filing_count DESC, issue_id LIMIT %(limit)s"
)


async def read_issues(connection: Connection, conditions: Sequence[Condition], limit: int) -> list[HotIssue]:
    """Hot issues that meet all conditions, most filings first."""
    asked = conjunction(conditions)
    query = _ISSUES.format(sql.SQL(asked.text))
    found = await _rows(connection, query, {**asked.parameters, "limit": limit})
    return [HotIssue.FromString(row[0]) for row in found]


_WARNINGS = sql.SQL("""
(SELECT w.warning, w.due, w.clock_id FROM streams.clock_warning AS w JOIN {cases} AS c USING (case_id)
  WHERE w.warning IS NOT NULL AND w.due > %(now)s AND w.warn <= %(now)s AND {asked}
  ORDER BY w.due, w.clock_id LIMIT %(limit)s)
UNION ALL
(SELECT w.warning, w.due, w.clock_id FROM streams.clock_warning AS w JOIN {cases} AS c USING (case_id)
  WHERE w.warning IS NOT NULL AND w.provisional AND w.due <= %(now)s AND w.warn <= %(now)s AND {asked}
  ORDER BY w.due, w.clock_id LIMIT %(limit)s)
ORDER BY due, clock_id LIMIT %(limit)s
""")
"""Those that are still to come, and those past that are provisional: each in the order of an index."""


async def read_warnings(
    connection: Connection, seen: Condition, conditions: Sequence[Condition], now: datetime, limit: int
) -> list[ClockWarning]:
    """Warnings that are due to be shown, earliest end first; while a calendar is missing they stay."""
    asked = conjunction(conditions)
    cases = sql.SQL("(SELECT case_id, division FROM streams.case_row WHERE {})").format(sql.SQL(seen.text))
    query = _WARNINGS.format(cases=cases, asked=sql.SQL(asked.text))
    given = {**seen.parameters, **asked.parameters, "now": now, "limit": limit}
    cursor = await connection.execute(query, given, binary=True)
    return [ClockWarning.FromString(row[0]) for row in await cursor.fetchall()]


_COUNTERS = sql.SQL("""
SELECT {place}, unit, status, sum(cases)::bigint FROM streams.case_cell WHERE {asked}
GROUP BY 1, 2, 3 HAVING sum(cases) > 0 ORDER BY 1, 2, 3
""")


async def read_counters(
    connection: Connection, seen: Condition, conditions: Sequence[Condition]
) -> list[tuple[Any, ...]]:
    """Division, unit, status and how many cases stand so."""
    asked = conjunction([seen, *conditions])
    query = _COUNTERS.format(place=sql.SQL(by_county("division")), asked=sql.SQL(asked.text))
    return await _rows(connection, query, asked.parameters)


async def _rows(
    connection: Connection, query: sql.Composed, parameters: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(query, parameters, binary=True)
    return await cursor.fetchall()
