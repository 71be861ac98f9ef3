"""Reading clocks and orders."""

from google.protobuf.message import Message
from psycopg_pool import AsyncConnectionPool

from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin_domain.access import Action, may, scope, unknown_case
from huiyin_domain.context import Policy, Role
from huiyin_domain.supervision.order import ORDER, order_message
from huiyin_kernel.access_sql import CLOCKS, not_walled, within
from huiyin_kernel.clock import Clock
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.intake_client import Standings
from huiyin_kernel.rpc.paging import page_size
from huiyin_kernel.rpc.tables import Entitled
from huiyin_kernel.settings import RuntimeLimits
from huiyin_supervision.clock_model import Page, as_of, clocks_of_case, list_clocks

_SEES_ALL = (Role.SUPERVISOR, Role.AUDITOR, Role.SERVICE)


class Queries:
    """The reading methods of SupervisionService."""

    def __init__(
        self,
        entitled: Entitled,
        standings: Standings,
        pool: AsyncConnectionPool,
        limits: RuntimeLimits,
        policy: Policy,
        clock: Clock,
    ) -> None:
        self._entitled, self._standings = entitled, standings
        self._pool, self._limits = pool, limits
        self._policy, self._clock = policy, clock

    async def get_order(self, caller: Caller, request: supervision.GetOrderRequest) -> Message:
        """The state of an order."""
        loaded = await self._entitled.read(ORDER, request.order_id, caller.principal)
        return supervision.GetOrderResponse(order=order_message(loaded.state, loaded.version))

    async def list_clocks(self, caller: Caller, request: supervision.ListClocksRequest) -> Message:
        """Clocks by due time; an agency sees its own."""
        seen = within(scope(caller.principal, self._policy.directory), CLOCKS)
        unit = request.unit if caller.principal.has(*_SEES_ALL) else caller.principal.acting_agency
        page = Page(unit, request.passed_only, page_size(request.page_size, self._limits), request.page_token)
        async with self._pool.connection() as connection:
            clocks, token = await list_clocks(connection, page, seen)
        return supervision.ListClocksResponse(clocks=self._now(clocks), next_page_token=token)

    async def explain_clocks(self, caller: Caller, request: supervision.ExplainClocksRequest) -> Message:
        """Every clock of a case, for those who read it; its own, for an agency that had to act in it."""
        principal, directory = caller.principal, self._policy.directory
        facts = (await self._standings.of([request.case_id])).get(request.case_id)
        reach = scope(principal, directory)
        whole = facts is not None and may(principal, Action.READ_CASE, facts, directory) is None
        seen = not_walled(reach, CLOCKS) if whole else within(reach, CLOCKS)
        async with self._pool.connection() as connection:
            clocks = await clocks_of_case(connection, request.case_id, seen)
        if not whole:
            clocks = [clock for clock in clocks if clock.unit == reach.agency]
        if not clocks or facts is None or reach.walled(facts):
            raise RefusedError(unknown_case())
        return supervision.ExplainClocksResponse(clocks=self._now(clocks))

    def _now(self, clocks: list[supervision.StatutoryClock]) -> list[supervision.StatutoryClock]:
        now = self._clock.now()
        return [as_of(clock, now) for clock in clocks]
