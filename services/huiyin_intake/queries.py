"""What is asked of petitions: as they stand, who stands how to them, what is opened, with each reading."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any
from uuid import UUID

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Clear, Sealed
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1.service_pb2 import OpenedField
from huiyin_domain.access import Action, CaseFacts, may, unknown_case
from huiyin_domain.context import Principal
from huiyin_domain.directory import Directory
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.disclosure import DISCLOSURE
from huiyin_domain.intake.guards import case_facts, recused
from huiyin_domain.intake.registered import is_by_query_number, superseded
from huiyin_domain.intake.standing import as_it_was, petition_message, standing
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, invalid
from huiyin_intake.registration import doubt_of
from huiyin_kernel.codec import decode, decode_metadata
from huiyin_kernel.commands import Commands
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.intake_client import CASES_MAX
from huiyin_kernel.streams import Change, Loaded, Streams, decided, to_append
from huiyin_kernel.vault.sealed_fields import sealed_in
from huiyin_kernel.vault.vault import Vault
from huiyin_store.port import ANY_VERSION, RecordedEvent

_AT_ONCE = 8
"""Streams that are read at once."""


class OwnStandings:
    """Standings from the petitions' own streams, and the method that tells other services."""

    def __init__(self, streams: Streams, directory: Directory) -> None:
        self._streams, self._directory = streams, directory
        self._reading = asyncio.Semaphore(_AT_ONCE)

    async def of(self, case_ids: Collection[str]) -> Mapping[str, CaseFacts]:
        loaded = await self._load(case_ids)
        return {one.state.case_id: case_facts(one.state, self._directory) for one in loaded}

    async def get_standings(self, caller: Caller, request: intake.GetStandingsRequest) -> Message:
        """For services alone: agencies learn of cases by reading them."""
        if refusal := may(caller.principal, Action.READ_STANDINGS, CaseFacts(), self._directory):
            raise RefusedError(refusal)
        if len(request.case_ids) > CASES_MAX:
            message = f"more than {CASES_MAX} cases: ask for fewer at a time"
            raise RefusedError(invalid("TOO_MANY_CASES", message, field="case_ids", limit=str(CASES_MAX)))
        found = await self._load(request.case_ids)
        standings = [standing(one.state, one.version, self._asked(one.state)) for one in found]
        return intake.GetStandingsResponse(standings=standings)

    def _asked(self, state: Petition) -> AbstractSet[str]:
        return case_facts(state, self._directory).asked

    async def _load(self, case_ids: Collection[str]) -> list[Loaded[Petition]]:
        found = await asyncio.gather(*(self._one(case_id) for case_id in dict.fromkeys(case_ids)))
        return [one for one in found if one.state.exists]

    async def _one(self, case_id: str) -> Loaded[Petition]:
        async with self._reading:
            return await self._streams.of(PETITION, case_id)


Closed = AbstractSet[tuple[UUID, str]]
"""Sealed fields, by the event's id and the field's name."""


async def open_fields(
    vault: Vault, events: Sequence[RecordedEvent], purposes: frozenset[str], closed: Closed = frozenset()
) -> list[OpenedField]:
    """The sealed fields with these purposes (all, when none is named), in the order of events.

    `closed` are those that are not opened: what a case was about before it was put in other words.
    """
    found = [
        (str(event.event_id), sealed)
        for event in events
        for sealed in (*sealed_in(decode(event)), *sealed_in(decode_metadata(event).entry))
        if not purposes or sealed.purpose in purposes
        if (event.event_id, sealed.purpose) not in closed
    ]
    opened = await vault.open_many([sealed for _, sealed in found])
    return [_field(event_id, sealed, clear) for (event_id, sealed), clear in zip(found, opened, strict=True)]


def _field(event_id: str, sealed: Sealed, clear: object) -> OpenedField:
    if isinstance(clear, Clear):
        doubt = doubt_of(clear.person)
        return OpenedField(
            purpose=sealed.purpose, clear=clear, event_id=event_id, identity_number_doubt=doubt
        )
    return OpenedField(purpose=sealed.purpose, event_id=event_id, destroyed=True)


Recorded = tuple[RecordedEvent, Any]
"""An event as it stands in the log, and what it says."""


async def open_served(commands: Commands, caller: Caller, request: Any, stream: str) -> Message:
    """The documents in clear; the reading is on the record before anything is shown. Raises RefusedError."""
    call = commands.call(caller, request)
    record = Loaded(f"{DISCLOSURE.category}-{request.case_id}", DISCLOSURE.initial(), ANY_VERSION)
    decision = DISCLOSURE.decide(record.state, request, commands.context(call, ()))
    if isinstance(decision, Refusal):
        raise RefusedError(decision)
    recorded = [(one, decode(one)) for one in await commands.store.read_stream(stream)]
    appended = await commands.store.append(to_append(call, [Change(DISCLOSURE, record, decision)]))
    found = [*served_documents(recorded)]
    opened = await commands.sealer.vault.open_many([event.document for _, event in found])
    return intake.OpenServedDocumentsResponse(
        receipt=commands.receipt(appended),
        documents=[_document(one, clear) for (one, _), clear in zip(found, opened, strict=True)],
    )


def _document(one: RecordedEvent, clear: object) -> intake.OpenedField:
    known = clear if isinstance(clear, Clear) else None
    event_id = str(one.event_id)
    return intake.OpenedField(purpose="document", clear=known, event_id=event_id, destroyed=known is None)


def served_documents(recorded: Sequence[Recorded]) -> Iterator[Recorded]:
    """The events whose document was served under the query number, in their order."""
    opinions = {e.opinion_id for _, e in recorded if _served(e, events.OpinionServed)}
    reviews = {e.review_id for _, e in recorded if _served(e, events.ReviewServed)}
    for one, event in recorded:
        opinion = isinstance(event, events.OpinionIssued) and event.opinion_id in opinions
        review = isinstance(event, events.ReviewDecided) and event.review_id in reviews
        told = is_by_query_number(event) and "document" in event.DESCRIPTOR.fields_by_name
        if (opinion or review or told) and event.HasField("document"):
            yield one, event


def _served(event: Message, kind: type[Message]) -> bool:
    return isinstance(event, kind) and is_by_query_number(event)


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
