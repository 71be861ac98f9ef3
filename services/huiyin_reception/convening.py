"""Commands of joint reception that concern cases: intake is asked who has what to say in them."""

from collections.abc import Awaitable, Callable, Sequence

from google.protobuf.message import Message

from huiyin.reception.v1 import service_pb2 as reception
from huiyin_domain.context import Principal
from huiyin_domain.reception.meeting import MEETING, MeetingDecider
from huiyin_kernel.commands import Command, Commands
from huiyin_kernel.rpc.endpoint import Caller, Method, Unary
from huiyin_kernel.rpc.intake_client import Standings
from huiyin_reception.queries import Seats
from huiyin_reception.table import CONVENE, ON_CASES, RESUME, VISITS

Check = Callable[[MeetingDecider, str, Principal], Awaitable[None]]
"""Refuses who may not do something about a meeting."""


class Convening:
    """The handlers of every command that is judged by who is responsible for a case."""

    def __init__(self, commands: Commands, standings: Standings, seats: Seats) -> None:
        self._commands, self._standings, self._seats = commands, standings, seats

    async def convene(self, caller: Caller, request: reception.ConveneMeetingRequest) -> Message:
        """Calls a joint meeting."""
        cases = list(dict.fromkeys(request.case_ids))
        within = len(cases) <= self._commands.policy.limits.resolution_items_max  # the decision refuses more
        return await self._run(CONVENE, caller, request, cases if within else [])

    async def receive(self, caller: Caller, request: reception.ReceiveVisitRequest) -> Message:
        """Records a visit, with the case it belongs to where there is one."""
        return await self._run(VISITS, caller, request, [request.case_id] if request.case_id else [])

    def on_meetings(self) -> dict[str, Method]:
        """The methods of commands on a meeting for which its cases as they now stand are looked at."""
        methods = {name: self._method(command, self._seats.check) for name, command in ON_CASES.items()}
        return {**methods, "ResumeMeeting": self._method(RESUME, self._seats.check_anew)}

    def _method(self, command: Command, check: Check) -> Method:
        async def handle(caller: Caller, request: reception.BindResolutionRequest) -> Message:
            meeting = await self._commands.streams.of(MEETING, request.meeting_id)
            if (first := await self._commands.repeated(command, caller, request)) is not None:
                return first
            await check(MEETING, request.meeting_id, caller.principal)
            return await self._run(command, caller, request, meeting.state.case_ids)

        return Unary(command.request, handle)

    async def _run(
        self, command: Command, caller: Caller, request: Message, case_ids: Sequence[str]
    ) -> Message:
        first = await self._commands.repeated(command, caller, request)
        if first is not None:
            return first
        standings = await self._standings.get(case_ids)
        request.info.causes.extend(self._standings.causes(standings))  # type: ignore[attr-defined] # a command
        return await self._commands.run(command, caller, request, standings)
