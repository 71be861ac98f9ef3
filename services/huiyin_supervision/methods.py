"""Supervision's commands and questions, and on which stream each is."""

from collections.abc import Awaitable, Callable
from typing import Any

from google.protobuf.message import Message
from psycopg_pool import AsyncConnectionPool

from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin.supervision.v1.events_pb2 import OrderIssued, PolicyApplied
from huiyin_domain.access import Action, may, scope, unknown_case
from huiyin_domain.context import Policy, Role
from huiyin_domain.policy import POLICY
from huiyin_domain.supervision.lateness import LATENESS
from huiyin_domain.supervision.order import ORDER, order_message
from huiyin_kernel.access_sql import CLOCKS, not_walled, within
from huiyin_kernel.commands import Command, Commands
from huiyin_kernel.rpc.endpoint import Caller, Method, Unary
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.intake_client import Petitions, Standings
from huiyin_kernel.rpc.requests import page_size
from huiyin_kernel.rpc.tables import Entitled, command
from huiyin_kernel.settings import RuntimeLimits
from huiyin_store.port import WorldClock
from huiyin_supervision.clock_model import ClockPage, as_of, clocks_of_case, list_clocks

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
        clock: WorldClock,
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
        page = ClockPage(
            unit, request.passed_only, page_size(request.page_size, self._limits), request.page_token
        )
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
            clocks = await clocks_of_case(connection, request.case_id, seen, self._policy.timetable)
        if not whole:
            clocks = [clock for clock in clocks if clock.unit == reach.agency]
        if not clocks or facts is None or reach.walled(facts):
            raise RefusedError(unknown_case())
        return supervision.ExplainClocksResponse(clocks=self._now(clocks))

    def _now(self, clocks: list[supervision.StatutoryClock]) -> list[supervision.StatutoryClock]:
        now = self._clock.now()
        return [as_of(clock, now) for clock in clocks]


SERVICE = supervision.DESCRIPTOR.services_by_name["SupervisionService"]

ISSUE: Command = command(SERVICE, "IssueOrder", ORDER, None, {"order_id": [(OrderIssued, "order_id")]})
"""Begins an order; the service first looks whether the case exists."""

COMMANDS: dict[str, Command] = {
    name: command(SERVICE, name, ORDER, "order_id") for name in ("AnswerOrder", "CheckAnswer")
}
"""Commands by rpc name."""

APPLY: Command = command(
    SERVICE,
    "ApplyPolicy",
    POLICY,
    "policy",
    {"policy_id": [(PolicyApplied, "policy_id")], "digest": [(PolicyApplied, "digest")]},
)
"""Goes to the stream of its kind of policy."""

ON_LATENESS: dict[str, Command] = {
    name: command(SERVICE, name, LATENESS, "case_id")
    for name in ("ObjectToLateness", "DecideLatenessObjection")
}
"""Commands on the lateness of a case, by rpc name; the service first asks who stands how to the case."""


class Ordering:
    """The handler of IssueOrder."""

    def __init__(self, commands: Commands, petitions: Petitions) -> None:
        self._commands, self._petitions = commands, petitions

    async def issue(self, caller: Caller, request: supervision.IssueOrderRequest) -> Message:
        """Issues an order to a unit on a case."""
        first = await self._commands.repeated(ISSUE, caller, request)
        if first is not None:
            return first
        petition = await self._petitions.get(request.case_id, caller, [request.unit])
        self._petitions.follow(request.info, petition)
        return await self._commands.run(ISSUE, caller, request)


class Objecting:
    """The handlers of commands on a case's lateness."""

    def __init__(self, commands: Commands, standings: Standings) -> None:
        self._commands, self._standings = commands, standings

    def methods(self) -> dict[str, Method]:
        """A method for each of them."""
        return {name: Unary(entry.request, self._handler(entry)) for name, entry in ON_LATENESS.items()}

    def _handler(self, entry: Command) -> Callable[[Caller, Any], Awaitable[Message]]:
        async def handle(caller: Caller, request: Any) -> Message:
            if first := await self._commands.repeated(entry, caller, request):
                return first
            standings = await self._standings.get([request.case_id] if request.case_id else [])
            request.info.causes.extend(self._standings.causes(standings))
            return await self._commands.run(entry, caller, request, standings)

        return handle
