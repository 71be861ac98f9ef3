"""Reading petitions: their state for agencies, their secrets for few."""

from dataclasses import replace
from typing import Any

from google.protobuf.message import Message

from huiyin.intake.v1 import service_pb2 as intake
from huiyin_domain.access import Action, may, unknown_case
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.disclosure import DISCLOSURE
from huiyin_domain.intake.facts import case_facts
from huiyin_domain.intake.reading import petition_message, standing
from huiyin_domain.intake.state import Petition
from huiyin_domain.principal import Principal, Role
from huiyin_domain.refusal import Refusal, forbidden, invalid
from huiyin_intake.opened import open_fields
from huiyin_kernel.commands import Commands
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.store.port import ANY_VERSION, RecordedEvent
from huiyin_kernel.writer import Change, Loaded, decided, load, to_append


class Queries:
    """The reading methods of IntakeService."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def get_petition(self, caller: Caller, request: intake.GetPetitionRequest) -> Message:
        """The state of a petition, for those who may see the case."""
        loaded = await self._entitled(caller.principal, request.case_id, Action.READ_CASE)
        return intake.GetPetitionResponse(petition=petition_message(loaded.state, loaded.version))

    async def get_standings(self, caller: Caller, request: intake.GetStandingsRequest) -> Message:
        """Who has what to say in cases: for the platform's services, which judge by it and show it nobody."""
        if not caller.principal.has(Role.SERVICE):
            message = "standings are for the platform's own services: read the case instead"
            raise RefusedError(forbidden("SERVICE_ONLY", message))
        maximum = self._commands.policy.limits.resolution_items_max
        if len(request.case_ids) > maximum:
            message = f"case_ids names {len(request.case_ids)} cases: ask for at most {maximum}"
            raise RefusedError(invalid("CASES_OUT_OF_RANGE", message, maximum=str(maximum)))
        found = [await self._petition(case_id) for case_id in dict.fromkeys(request.case_ids)]
        standings = [standing(loaded.state, loaded.version) for loaded in found if loaded.version]
        return intake.GetStandingsResponse(standings=standings)

    async def read_personal_data(self, caller: Caller, request: intake.ReadPersonalDataRequest) -> Message:
        """Opens sealed fields; the reading is on the record before anything is shown.

        Sent again it shows what it showed then: what came later takes a reading, and a record, of its own.
        """
        loaded = await self._entitled(caller.principal, request.case_id, Action.READ_PERSONAL)
        call = self._commands.call(caller, request)
        call = replace(call, occurred=call.now)  # a reading happens when it is asked for
        record = Loaded(f"{DISCLOSURE.category}-{request.case_id}", DISCLOSURE.initial(), ANY_VERSION)
        decision = decided(DISCLOSURE, record, request, self._commands.context(call, ()))
        if isinstance(decision, Refusal):
            raise RefusedError(decision)
        appended = await self._commands.store.append(to_append(call, [Change(DISCLOSURE, record, decision)]))
        events = [
            event for event in await self._events(loaded.stream) if event.position < appended.first_position
        ]
        fields = await open_fields(self._commands.sealer.vault, events, frozenset(request.purposes))
        receipt = self._commands.receipt(appended)
        return intake.ReadPersonalDataResponse(receipt=receipt, fields=fields)

    async def _entitled(self, principal: Principal, case_id: str, action: Action) -> Loaded[Petition]:
        loaded = await self._petition(case_id)
        if not loaded.version:
            raise RefusedError(unknown_case())
        directory = self._commands.policy.directory
        refusal = may(principal, action, case_facts(loaded.state, directory), directory)
        if refusal is not None:
            raise RefusedError(refusal)
        return loaded

    async def _petition(self, case_id: str) -> Loaded[Any]:
        return await load(self._commands.store, PETITION, f"{PETITION.category}-{case_id}")

    async def _events(self, stream: str) -> list[RecordedEvent]:
        return await self._commands.store.read_stream(stream)
