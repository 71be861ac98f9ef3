"""InsightService, but for figures: hot issues, warnings and counters, within what the caller may see."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, LiteralString

from psycopg import AsyncConnection, sql
from psycopg_pool import AsyncConnectionPool

from huiyin.insight.v1 import service_pb2 as insight
from huiyin.insight.v1.types_pb2 import ClockWarning, HotIssue
from huiyin_domain.access import Scope, scope
from huiyin_domain.context import Policy, Principal
from huiyin_domain.dates import local_date
from huiyin_domain.directory import has_form
from huiyin_domain.refusal import forbidden, invalid
from huiyin_domain.streams.cells import IssuePolicy
from huiyin_kernel.access_sql import (
    CASES,
    ISSUES,
    Condition,
    by_county,
    conjunction,
    counted_within,
    in_division,
    within,
)
from huiyin_kernel.rpc.endpoint import Caller, Method, Unary
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.requests import page_size
from huiyin_kernel.settings import RuntimeLimits
from huiyin_store.port import WorldClock

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


class Insight:
    """The methods."""

    def __init__(
        self,
        pool: AsyncConnectionPool,
        policy: Policy,
        limits: RuntimeLimits,
        clock: WorldClock,
    ) -> None:
        self._pool, self._policy, self._limits, self._clock = pool, policy, limits, clock
        self._window = IssuePolicy().window

    def methods(self) -> dict[str, Method]:
        """The methods by name."""
        return {
            "ListHotIssues": Unary(insight.ListHotIssuesRequest, self.list_hot_issues),
            "ListWarnings": Unary(insight.ListWarningsRequest, self.list_warnings),
            "ListCounters": Unary(insight.ListCountersRequest, self.list_counters),
        }

    async def list_hot_issues(
        self, caller: Caller, request: insight.ListHotIssuesRequest
    ) -> insight.ListHotIssuesResponse:
        """Issues with a filing within the window that ends today, in the caller's region."""
        reach = self._watched(caller.principal)
        conditions = [
            since(local_date(self._clock.now() - self._window)),
            *in_division(_checked(request.division)),
            within(reach, ISSUES),
        ]
        size = page_size(request.page_size, self._limits)
        async with self._pool.connection() as connection:
            found = await read_issues(connection, conditions, size)
        return insight.ListHotIssuesResponse(issues=found)

    async def list_warnings(
        self, caller: Caller, request: insight.ListWarningsRequest
    ) -> insight.ListWarningsResponse:
        """Clocks that are shown by now and have not passed, of cases that the caller may see."""
        conditions = [
            *in_division(_checked(request.division), "c.division"),
            *of_unit(request.unit, "w.unit"),
        ]
        size = page_size(request.page_size, self._limits)
        seen = within(scope(caller.principal, self._policy.directory), CASES)
        async with self._pool.connection() as connection:
            found = await read_warnings(connection, seen, conditions, self._clock.now(), size)
        return insight.ListWarningsResponse(warnings=found)

    async def list_counters(
        self, caller: Caller, request: insight.ListCountersRequest
    ) -> insight.ListCountersResponse:
        """Cases that the caller may see, by division, unit and status."""
        conditions = [*in_division(_checked(request.division)), *of_unit(request.unit, "unit")]
        seen = counted_within(scope(caller.principal, self._policy.directory))
        async with self._pool.connection() as connection:
            counted = await read_counters(connection, seen, conditions)
        return insight.ListCountersResponse(counters=[_counter(row) for row in counted])

    def _watched(self, principal: Principal) -> Scope:
        """The region whose issues the caller watches over. Raises RefusedError."""
        reach = scope(principal, self._policy.directory)
        if reach.all_cases or reach.division_line:
            return reach
        roles = ",".join(sorted(principal.roles))
        message = "hot issues are shown to supervisors of a region and to auditors"
        raise RefusedError(forbidden("ROLE_NOT_ALLOWED", message, roles=roles))


def _checked(division: str) -> str:
    """The division asked for, or none. Raises RefusedError."""
    if division and not has_form(division):
        message = f"division {division[:20]!r} is no code: give 6, 9 or 12 digits"
        raise RefusedError(invalid("MALFORMED_DIVISION", message, field="division"))
    return division


def _counter(row: tuple[Any, ...]) -> insight.Counter:
    division, unit, status, count = row
    return insight.Counter(division=division, unit=unit, status=status, case_count=count)
