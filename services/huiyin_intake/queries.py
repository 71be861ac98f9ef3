"""Reading petitions: their state for agencies, their secrets for few."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from google.protobuf.message import Message

from huiyin.intake.v1 import service_pb2 as intake
from huiyin_domain.access import Action, may, unknown_case
from huiyin_domain.context import Principal
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.disclosure import DISCLOSURE
from huiyin_domain.intake.guards import case_facts
from huiyin_domain.intake.recusals import recused
from huiyin_domain.intake.standing import as_it_was, petition_message
from huiyin_domain.intake.state import Petition
from huiyin_domain.intake.superseded import superseded
from huiyin_domain.refusal import Refusal
from huiyin_intake.opened import open_fields
from huiyin_kernel.codec import decode
from huiyin_kernel.commands import Commands
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.streams import Change, Loaded, decided, to_append
from huiyin_store.port import ANY_VERSION, RecordedEvent


class Queries:
    """The reading methods of IntakeService."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def get_petition(self, caller: Caller, request: intake.GetPetitionRequest) -> Message:
        """The state of a petition, for those who may see the case; for a former party as it was then."""
        loaded = await self._petition(request.case_id)
        if self._refusal(caller.principal, Action.READ_CASE, loaded.state) is None:
            return intake.GetPetitionResponse(petition=petition_message(loaded.state, loaded.version))
        if refusal := self._refusal(caller.principal, Action.READ_AS_IT_WAS, loaded.state):
            raise RefusedError(refusal)
        history = [decode(event) for event in await self._events(loaded.stream)]
        state, version = as_it_was(history, caller.principal.acting_agency)
        return intake.GetPetitionResponse(petition=petition_message(state, version))

    async def read_personal_data(self, caller: Caller, request: intake.ReadPersonalDataRequest) -> Message:
        """Opens sealed fields; the reading is on the record before anything is shown.

        Sent again it shows what it showed then, but for words that others have replaced since: what came
        later takes a reading, and a record, of its own.
        """
        loaded = await self._entitled(caller.principal, request.case_id, Action.READ_PERSONAL)
        if refusal := recused(loaded.state, caller.principal):
            raise RefusedError(refusal)
        call = self._commands.call(caller, request)
        call = replace(call, occurred=call.now)  # a reading happens when it is asked for
        record = Loaded(f"{DISCLOSURE.category}-{request.case_id}", DISCLOSURE.initial(), ANY_VERSION)
        decision = decided(DISCLOSURE, record, request, self._commands.context(call, ()))
        if isinstance(decision, Refusal):
            raise RefusedError(decision)
        appended = await self._commands.store.append(to_append(call, [Change(DISCLOSURE, record, decision)]))
        events = await self._events(loaded.stream)
        closed = _closed(events, caller.principal.acting_agency)
        then = [event for event in events if event.position < appended.first_position]
        fields = await open_fields(self._commands.sealer.vault, then, frozenset(request.purposes), closed)
        receipt = self._commands.receipt(appended)
        return intake.ReadPersonalDataResponse(receipt=receipt, fields=fields)

    async def _entitled(self, principal: Principal, case_id: str, action: Action) -> Loaded[Petition]:
        loaded = await self._petition(case_id)
        if refusal := self._refusal(principal, action, loaded.state):
            raise RefusedError(refusal)
        return loaded

    def _refusal(self, principal: Principal, action: Action, state: Petition) -> Refusal | None:
        """Why not, word for word the same for a case that is not there."""
        directory = self._commands.policy.directory
        if not state.exists:
            return unknown_case()
        return may(principal, action, case_facts(state, directory), directory)

    async def _petition(self, case_id: str) -> Loaded[Any]:
        return await self._commands.streams.of(PETITION, case_id)

    async def _events(self, stream: str) -> list[RecordedEvent]:
        return await self._commands.store.read_stream(stream)


def _closed(events: Sequence[RecordedEvent], agency: str) -> frozenset[tuple[UUID, str]]:
    """The texts that are not opened for an agency any more, by event and field."""
    texts = superseded([decode(event) for event in events], agency)
    return frozenset((events[place].event_id, field) for place, field in texts)
