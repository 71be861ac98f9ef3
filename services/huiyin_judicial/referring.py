"""ReferLitigation: only the responsible unit refers, and only what it still holds."""

from google.protobuf.message import Message

from huiyin.intake.v1.service_pb2 import Petition
from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin_domain.refusal import Refusal, forbidden, stale_epoch
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
        petition = await self._petitions.get(request.case_id, caller, [request.organ])
        if refusal := _not_holder(petition, caller.principal.acting_agency) or _stale(
            petition, request.epoch
        ):
            raise RefusedError(refusal)
        request.info.causes.append(self._petitions.cause(petition))
        return await self._commands.run(REFER, caller, request)


def _not_holder(petition: Petition, unit: str) -> Refusal | None:
    """Who is responsible instead is for the parties to know: they read it in the case."""
    if petition.responsible_unit == unit:
        return None
    message = f"{unit} is not responsible for the case: only the responsible unit refers it"
    return forbidden("NOT_RESPONSIBLE", message, "Regulations of 2022, Art. 28(2)")


def _stale(petition: Petition, epoch: int) -> Refusal | None:
    if petition.epoch == epoch:
        return None
    return stale_epoch(epoch, petition.epoch, petition.responsible_unit)
