"""ReferLitigation: only the responsible unit refers, and only what it still holds."""

from google.protobuf.message import Message

from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin_domain.refusal import forbidden
from huiyin_judicial.table import REFER
from huiyin_kernel.commands import Commands
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.petitions import Petitions


class Referring:
    """The handler of ReferLitigation."""

    def __init__(self, commands: Commands, petitions: Petitions) -> None:
        self._commands, self._petitions = commands, petitions

    async def refer(self, caller: Caller, request: judicial.ReferLitigationRequest) -> Message:
        """Refers the litigation part of a matter to a judicial organ."""
        first = await self._commands.repeated(REFER.response, caller, request)
        if first is not None:
            return first
        petition = await self._petitions.current(request.case_id, request.epoch)
        unit = caller.principal.acting_agency
        if petition.responsible_unit != unit:
            message = f"{unit} is not responsible for the case: {petition.responsible_unit} is"
            facts = {"responsible_unit": petition.responsible_unit}
            raise RefusedError(forbidden("NOT_RESPONSIBLE", message, "Art. 28(2)", **facts))
        request.info.causes.append(self._petitions.cause(petition))
        return await self._commands.run(REFER, caller, request)
