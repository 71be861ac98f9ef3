"""LinkCase and DeclinePetition name another case, only where nobody who reads it is kept from that case."""

from google.protobuf.message import Message

from huiyin.intake.v1 import service_pb2 as intake
from huiyin_domain.access import Action, may
from huiyin_domain.intake.decide.links import tells_of_accusation
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.facts import case_facts
from huiyin_domain.intake.state import Petition
from huiyin_intake.table import COMMANDS
from huiyin_kernel.commands import Commands
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.writer import load


class Naming:
    """The handlers of LinkCase and DeclinePetition."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def link(self, caller: Caller, request: intake.LinkCaseRequest) -> Message:
        """Links a case to another one."""
        return await self._named("LinkCase", caller, request, request.other_case_id)

    async def decline(self, caller: Caller, request: intake.DeclinePetitionRequest) -> Message:
        """Does not accept a case, which may be in hand as another one."""
        return await self._named("DeclinePetition", caller, request, request.same_case_id)

    async def _named(
        self,
        name: str,
        caller: Caller,
        request: intake.LinkCaseRequest | intake.DeclinePetitionRequest,
        other: str,
    ) -> Message:
        command = COMMANDS[name]
        first = await self._commands.repeated(command.response, caller, request) if other else None
        if first is None and other and other != request.case_id:
            await self._check(caller, request.case_id, other)
        return first or await self._commands.run(command, caller, request)

    async def _check(self, caller: Caller, case_id: str, other: str) -> None:
        """The caller must see the other case; what its parties must not learn is not written here."""
        this, named = await self._petition(case_id), await self._petition(other)
        directory = self._commands.policy.directory
        for petition in (this, named):
            refusal = may(caller.principal, Action.READ_CASE, case_facts(petition, directory), directory)
            if refusal is not None:
                raise RefusedError(refusal)
        if refusal := tells_of_accusation(this, named, directory):
            raise RefusedError(refusal)

    async def _petition(self, case_id: str) -> Petition:
        return (await load(self._commands.store, PETITION, f"{PETITION.category}-{case_id}")).state
