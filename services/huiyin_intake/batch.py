"""登记 of many filings at once: each stands alone with its own request id and answer; none stops another.

What was registered before under request ids that come again is looked up once for all of them.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from google.protobuf.message import Message
from google.rpc.status_pb2 import Status

from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin.intake.v1.types_pb2 import IdentityNumberDoubt
from huiyin_domain.access import Action, may
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.guards import case_facts
from huiyin_domain.refusal import Refusal, invalid
from huiyin_intake.registration import Decided, FilingRegistration, Request, doubt_of
from huiyin_kernel.commands import Commands, Outcome
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError, status_of, status_of_store_error
from huiyin_kernel.rpc.requests import Call, check_form, scope_of
from huiyin_kernel.settings import RuntimeLimits
from huiyin_kernel.streams import to_append
from huiyin_store.port import Appended, EventStore, RequestReusedError, StoreError

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


WRITTEN_TOGETHER = 16
"""Filings of a batch in one write: who calls meanwhile waits behind as many and no more."""

Result = Appended | StoreError
WhatBecame = Decided | Outcome | Refusal | StoreError
Told = tuple[WhatBecame, IdentityNumberDoubt.ValueType]
"""What was decided on a filing, and what looks wrong about the identity number in it."""


class BatchRegistration:
    """The handler of RegisterPetitions."""

    def __init__(
        self, registration: FilingRegistration, earlier: Earlier, store: EventStore, limits: RuntimeLimits
    ) -> None:
        self._registration, self._earlier = registration, earlier
        self._store, self._limits = store, limits
        self._deciding, self._writing = asyncio.Lock(), asyncio.Lock()

    async def register(self, caller: Caller, request: intake.RegisterPetitionsRequest) -> Message:
        """Registers many filings in few transactions; or says what would become of them."""
        self._check_size(len(request.petitions))
        doubts = [doubt_of(one.petitioner.clear.person) for one in request.petitions]
        filed = [intake.RegisterPetitionRequest(info=one.info) for one in request.petitions]
        decided = [await self._decided(_part(caller, one), one) for one in request.petitions]
        told = [*zip(decided, doubts, strict=True)]
        if request.trial:
            outcomes = [await self._tried(index, *one) for index, one in enumerate(told)]
        else:
            outcomes = await self._written(caller, told)
        await self._earlier.tell(caller, filed, outcomes)
        return intake.RegisterPetitionsResponse(outcomes=outcomes)

    async def _written(self, caller: Caller, told: Sequence[Told]) -> list[intake.RegistrationOutcome]:
        """Some at a time, and of one batch only: no batch fills the queue that others wait in."""
        outcomes = list[intake.RegistrationOutcome]()
        for first in range(0, len(told), WRITTEN_TOGETHER):
            some = told[first : first + WRITTEN_TOGETHER]
            async with self._writing:
                await caller.give_way()
                ready = [one for one, _ in some if isinstance(one, tuple)]
                appends = [to_append(one.call, [change], one.sealed.new_keys) for one, change in ready]
                results = iter(await self._store.append_many(appends))
            for index, (one, doubt) in enumerate(some, first):
                outcomes.append(await self._outcome(index, one, doubt, results))
        return outcomes

    async def _tried(
        self, index: int, decided: WhatBecame, doubt: IdentityNumberDoubt.ValueType
    ) -> intake.RegistrationOutcome:
        """What would become of a filing: the first answer, where there was one."""
        match decided:
            case (prepared, change):
                return await self._foreseen(index, prepared.call, change.events, doubt)
            case Outcome():
                return await self._registered(index, decided, doubt)
            case StoreError():
                return _failed(index, decided)
            case Refusal():
                return _refused(index, decided)

    async def _foreseen(
        self, index: int, call: Call, events: Sequence[Message], doubt: IdentityNumberDoubt.ValueType
    ) -> intake.RegistrationOutcome:
        try:
            first = await self._store.find(call.scope, call.request_id, call.fingerprint)
        except RequestReusedError as error:
            return _failed(index, error)
        if first is not None:
            return await self._registered(index, Outcome(first), doubt)
        doubts = [one for event in events if isinstance(event, PetitionRegistered) for one in event.doubts]
        response = intake.RegisterPetitionResponse(doubts=doubts, identity_number_doubt=doubt)
        return intake.RegistrationOutcome(index=index, registered=response)

    def _check_size(self, count: int) -> None:
        most = self._limits.batch_filings_max
        if count > most:
            message = f"{count} petitions in one call, at most {most} are taken: send them in several calls"
            raise RefusedError(invalid("BATCH_TOO_LARGE", message, limit=str(most)))

    async def _decided(self, caller: Caller, petition: Request) -> WhatBecame:
        """One filing of all batches at a time; who else calls is served before the next."""
        async with self._deciding:
            await caller.give_way()
            try:
                check_form(petition, self._limits.text_characters_max)
                return await self._registration.decided(caller, petition)
            except RefusedError as error:
                return error.refusal
            except StoreError as error:
                return error

    async def _outcome(
        self,
        index: int,
        decided: WhatBecame,
        doubt: IdentityNumberDoubt.ValueType,
        results: Iterator[Result],
    ) -> intake.RegistrationOutcome:
        match decided:
            case Refusal():
                return _refused(index, decided)
            case StoreError():
                return _failed(index, decided)
            case Outcome():
                return await self._registered(index, decided, doubt)
            case (_, change):
                result = next(results)
                if isinstance(result, StoreError):
                    return _failed(index, result)
                return await self._registered(index, Outcome(result, tuple(change.events)), doubt)

    async def _registered(
        self, index: int, outcome: Outcome, doubt: IdentityNumberDoubt.ValueType
    ) -> intake.RegistrationOutcome:
        answer = await self._registration.answer(outcome, doubt)
        return intake.RegistrationOutcome(index=index, registered=answer)


def _part(caller: Caller, petition: Request) -> Caller:
    """The caller of one filing of a batch: its bytes stand for it as if it had come alone.

    How it is entered is no part of what is filed: a file that is imported again brings the same filings.
    """
    method, filed = caller.method.replace("RegisterPetitions", "RegisterPetition"), Request()
    filed.CopyFrom(petition)
    for field in ("late_entry", "imported"):
        filed.info.ClearField(field)
    return replace(caller, method=method, raw=filed.SerializeToString(deterministic=True))


def _refused(index: int, refusal: Refusal) -> intake.RegistrationOutcome:
    return _not_registered(index, status_of(refusal))


def _failed(index: int, error: StoreError) -> intake.RegistrationOutcome:
    return _not_registered(index, status_of_store_error(error))


def _not_registered(index: int, status: Status) -> intake.RegistrationOutcome:
    reason, _, message = status.message.partition(": ")
    return intake.RegistrationOutcome(index=index, refusal_reason=reason, refusal_message=message)
