"""Commands of joint reception that concern cases: intake is asked who has what to say in them."""

from collections.abc import Sequence

from google.protobuf.message import Message

from huiyin.reception.v1 import service_pb2 as reception
from huiyin_domain.reception.decider import MEETING
from huiyin_kernel.commands import Command, Commands
from huiyin_kernel.rpc.endpoint import Caller, Method, Unary
from huiyin_kernel.rpc.reading import Entitled
from huiyin_kernel.rpc.standings import Standings
from huiyin_kernel.writer import load
from huiyin_reception.table import CONVENE, ON_CASES, VISITS


class Convening:
    """The handlers of every command that is judged by who is responsible for a case."""

    def __init__(self, commands: Commands, standings: Standings, entitled: Entitled) -> None:
        self._commands, self._standings, self._entitled = commands, standings, entitled

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
        return {name: self._method(command) for name, command in ON_CASES.items()}

    def _method(self, command: Command) -> Method:
        async def handle(caller: Caller, request: reception.BindResolutionRequest) -> Message:
            stream = f"{MEETING.category}-{request.meeting_id}"
            meeting = await load(self._commands.store, MEETING, stream)
            return await self._run(command, caller, request, meeting.state.case_ids, request.meeting_id)

        return Unary(command.request, handle)

    async def _run(
        self,
        command: Command,
        caller: Caller,
        request: Message,
        case_ids: Sequence[str],
        meeting_id: str = "",
    ) -> Message:
        first = await self._commands.repeated(command.response, caller, request)
        if first is not None:
            return first
        if meeting_id:
            await self._entitled.check(MEETING, meeting_id, caller.principal)
        standings = await self._standings.get(case_ids)
        request.info.causes.extend(self._standings.causes(standings))  # type: ignore[attr-defined] # a command
        return await self._commands.run(command, caller, request, standings)
