"""IssueOrder: orders concern cases that exist."""

from google.protobuf.message import Message

from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin_kernel.commands import Commands
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.intake_client import Petitions
from huiyin_supervision.table import ISSUE


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
