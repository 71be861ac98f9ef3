"""Commands of joint reception that concern cases: intake is asked whether these exist."""

import asyncio

from google.protobuf.message import Message

from huiyin.reception.v1 import service_pb2 as reception
from huiyin_kernel.commands import Commands
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.petitions import Petitions
from huiyin_reception.table import CONVENE, VISITS


class Convening:
    """The handlers of ConveneMeeting and ReceiveVisit."""

    def __init__(self, commands: Commands, petitions: Petitions) -> None:
        self._commands, self._petitions = commands, petitions

    async def convene(self, caller: Caller, request: reception.ConveneMeetingRequest) -> Message:
        """Calls a joint meeting on cases that exist, of agencies that none of these accuses."""
        first = await self._commands.repeated(CONVENE.response, caller, request)
        if first is not None:
            return first
        cases = list(dict.fromkeys(request.case_ids))
        if len(cases) <= self._commands.policy.limits.resolution_items_max:  # the decision refuses more
            told = (*request.participants, request.centre)
            found = await asyncio.gather(*(self._petitions.get(case_id, caller, told) for case_id in cases))
            request.info.causes.extend(self._petitions.cause(petition) for petition in found)
        return await self._commands.run(CONVENE, caller, request)

    async def receive(self, caller: Caller, request: reception.ReceiveVisitRequest) -> Message:
        """Records a visit, with the case it belongs to where there is one."""
        first = await self._commands.repeated(VISITS.response, caller, request)
        if first is not None:
            return first
        if request.case_id:
            petition = await self._petitions.get(request.case_id, caller, (request.centre, *request.agencies))
            request.info.causes.append(self._petitions.cause(petition))
        return await self._commands.run(VISITS, caller, request)
