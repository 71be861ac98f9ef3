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


async def read_issues(connection: Connection, conditions: Sequence[Condition], limit: int) -> list[HotIssue]:
    """Hot issues that meet all conditions, most filings first."""
    query = (
        f"SELECT issue FROM streams.hot_issue WHERE {conjunction(conditions).text}"  # noqa: S608 - our own constant texts
        " ORDER BY filing_count DESC, issue_id LIMIT %(limit)s"
    )
    found = await _rows(connection, query, {**conjunction(conditions).parameters, "limit": limit})
    return [HotIssue.FromString(row[0]) for row in found]


async def read_warnings(
    connection: Connection, seen: Condition, conditions: Sequence[Condition], now: datetime, limit: int
) -> list[ClockWarning]:
    """Warnings that are due to be shown, earliest end first; while a calendar is missing they stay."""
    asked = conjunction(conditions)
    query = (
        "SELECT w.warning FROM streams.clock_warning AS w"  # noqa: S608 - our own constant texts
        f" JOIN (SELECT case_id, division FROM streams.case_row WHERE {seen.text}) AS c USING (case_id)"
        f" WHERE w.warning IS NOT NULL AND w.warn <= %(now)s"
        f" AND (w.due > %(now)s OR w.provisional) AND {asked.text}"
        " ORDER BY w.due, w.clock_id LIMIT %(limit)s"
    )
    given = {**seen.parameters, **conjunction(conditions).parameters, "now": now, "limit": limit}
    return [ClockWarning.FromString(row[0]) for row in await _rows(connection, query, given)]


async def read_counters(
    connection: Connection, seen: Condition, conditions: Sequence[Condition]
) -> list[tuple[Any, ...]]:
    """Division, unit, status and how many cases stand so."""
    query = (
        f"SELECT {by_county('k.division')}, k.unit, k.status, count(*) FROM streams.case_count AS k"  # noqa: S608 - our own constant texts
        f" JOIN (SELECT case_id FROM streams.case_row WHERE {seen.text}) AS c USING (case_id)"
        f" WHERE {conjunction(conditions).text} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    return await _rows(connection, query, {**seen.parameters, **conjunction(conditions).parameters})


async def _rows(connection: Connection, query: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(sql.SQL(query), parameters, binary=True)
    return await cursor.fetchall()
