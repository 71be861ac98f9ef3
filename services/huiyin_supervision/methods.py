"""Supervision's commands, on which stream each is, and those that first ask who stands how to the case."""

from collections.abc import Awaitable, Callable
from typing import Any

from google.protobuf.message import Message

from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin.supervision.v1.events_pb2 import OrderIssued, PolicyApplied
from huiyin_domain.policy import POLICY
from huiyin_domain.supervision.lateness import LATENESS
from huiyin_domain.supervision.order import ORDER
from huiyin_kernel.commands import Command, Commands
from huiyin_kernel.rpc.endpoint import Caller, Method, Unary
from huiyin_kernel.rpc.intake_client import Petitions, Standings
from huiyin_kernel.rpc.tables import command

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
