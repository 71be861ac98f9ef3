"""What became of filings that were registered before under the request ids that come again."""

from collections.abc import Sequence
from uuid import UUID

from huiyin.intake.v1 import service_pb2 as intake
from huiyin_domain.access import Action, may
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.guards import case_facts
from huiyin_kernel.commands import Commands
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.requests import scope_of

_REUSED = "REQUEST_ID_REUSED"
_STREAMS = f"{PETITION.category}-"


class Earlier:
    """Tells who imports a file again which case a row became, and how often that was put right since."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def tell(
        self,
        caller: Caller,
        petitions: Sequence[intake.RegisterPetitionRequest],
        outcomes: Sequence[intake.RegistrationOutcome],
    ) -> None:
        """Adds it to the outcomes of what was registered before, for who may still read the case."""
        for petition, outcome in zip(petitions, outcomes, strict=True):
            if outcome.refusal_reason == _REUSED or outcome.registered.receipt.repeated:
                await self._add(caller, petition, outcome)

    async def _add(
        self,
        caller: Caller,
        petition: intake.RegisterPetitionRequest,
        outcome: intake.RegistrationOutcome,
    ) -> None:
        case_id = outcome.registered.case_id
        stream = f"{_STREAMS}{case_id}" if case_id else await self._stream(caller, petition)
        if stream is None:
            return
        loaded = await self._commands.streams.read(PETITION, stream)
        directory = self._commands.policy.directory
        if may(caller.principal, Action.READ_CASE, case_facts(loaded.state, directory), directory) is None:
            outcome.case_id = loaded.state.case_id
            outcome.registration_version = loaded.state.corrections
            outcome.epoch = loaded.state.epoch

    async def _stream(self, caller: Caller, petition: intake.RegisterPetitionRequest) -> str | None:
        """That of the case that the request id was used for first."""
        scope, request_id = scope_of(caller.principal), UUID(petition.info.request_id)
        first = await self._commands.store.find(scope, request_id, None)
        streams = (end.stream for end in first.ends) if first else iter(())
        return next((one for one in streams if one.startswith(_STREAMS)), None)
