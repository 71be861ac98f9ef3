"""InsightService, but for figures: hot issues, early warnings and live counters."""

from typing import Any

from psycopg_pool import AsyncConnectionPool

from huiyin.insight.v1 import service_pb2 as insight
from huiyin_domain.access import Scope, scope
from huiyin_domain.context import Policy, Principal
from huiyin_domain.dates import local_date
from huiyin_domain.directory import has_form
from huiyin_domain.refusal import forbidden, invalid
from huiyin_domain.streams.cells import IssuePolicy
from huiyin_kernel.access_sql import CASES, ISSUES, counted_within, in_division, within
from huiyin_kernel.clock import Clock
from huiyin_kernel.rpc.endpoint import Caller, Method, Unary
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.paging import page_size
from huiyin_kernel.settings import RuntimeLimits
from huiyin_streams import insight_rows as rows


class Insight:
    """The methods."""

    def __init__(
        self,
        pool: AsyncConnectionPool,
        policy: Policy,
        limits: RuntimeLimits,
        clock: Clock,
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
        since = local_date(self._clock.now() - self._window)
        conditions = [
            rows.since(since),
            *in_division(_checked(request.division)),
            within(reach, ISSUES),
        ]
        size = page_size(request.page_size, self._limits)
        async with self._pool.connection() as connection:
            found = await rows.read_issues(connection, conditions, size)
        return insight.ListHotIssuesResponse(issues=found)

    async def list_warnings(
        self, caller: Caller, request: insight.ListWarningsRequest
    ) -> insight.ListWarningsResponse:
        """Clocks that are shown by now and have not passed, of cases that the caller may see."""
        conditions = [
            *in_division(_checked(request.division), "c.division"),
            *rows.of_unit(request.unit, "w.unit"),
        ]
        size = page_size(request.page_size, self._limits)
        seen = within(scope(caller.principal, self._policy.directory), CASES)
        async with self._pool.connection() as connection:
            found = await rows.read_warnings(connection, seen, conditions, self._clock.now(), size)
        return insight.ListWarningsResponse(warnings=found)

    async def list_counters(
        self, caller: Caller, request: insight.ListCountersRequest
    ) -> insight.ListCountersResponse:
        """Cases that the caller may see, by division, unit and status."""
        conditions = [*in_division(_checked(request.division)), *rows.of_unit(request.unit, "unit")]
        seen = counted_within(scope(caller.principal, self._policy.directory))
        async with self._pool.connection() as connection:
            counted = await rows.read_counters(connection, seen, conditions)
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
