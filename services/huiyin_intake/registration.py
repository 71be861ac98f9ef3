"""登记: one filing, or many at once; each stands alone with its own request id and answer."""

from dataclasses import replace

from google.protobuf.message import Message

from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.refusal import Refusal, invalid
from huiyin_kernel.commands import Commands, Outcome, Prepared, fresh_ids
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError, status_of, status_of_store_error
from huiyin_kernel.rpc.requests import check_form
from huiyin_kernel.settings import RuntimeLimits
from huiyin_kernel.store.port import Append, Appended, StoreError
from huiyin_kernel.writer import Change, Loaded, to_append

Request = intake.RegisterPetitionRequest
Response = intake.RegisterPetitionResponse


class Registration:
    """The handlers of RegisterPetition and RegisterPetitions."""

    def __init__(self, commands: Commands, limits: RuntimeLimits) -> None:
        self._commands, self._limits = commands, limits

    async def register(self, caller: Caller, request: Request) -> Message:
        """Registers one filing."""
        prepared, change = await self._decided(caller, request)
        appended = await self._commands.append(prepared, [change])
        return await self._answer(Outcome(appended, tuple(change.events)))

    async def register_many(self, caller: Caller, request: intake.RegisterPetitionsRequest) -> Message:
        """Registers many filings in one append; a refused one stops no other."""
        self._check_size(request)
        outcomes: dict[int, intake.RegistrationOutcome] = {}
        decided: dict[int, tuple[Prepared, Change]] = {}
        for index, petition in enumerate(request.petitions):
            try:
                check_form(petition, self._limits.text_characters_max)
                decided[index] = await self._decided(_part(caller, petition), petition)
            except RefusedError as error:
                outcomes[index] = _refused(index, error.refusal)
        appends = [_append(prepared, change) for prepared, change in decided.values()]
        results = await self._commands.store.append_many(appends)
        for (index, (_, change)), result in zip(decided.items(), results, strict=True):
            outcomes[index] = await self._outcome(index, tuple(change.events), result)
        return intake.RegisterPetitionsResponse(outcomes=[outcomes[index] for index in sorted(outcomes)])

    def _check_size(self, request: intake.RegisterPetitionsRequest) -> None:
        count, most = len(request.petitions), self._limits.batch_filings_max
        if count > most:
            message = f"{count} petitions in one call, at most {most} are taken: send them in several calls"
            raise RefusedError(invalid("BATCH_TOO_LARGE", message, limit=str(most)))

    async def _outcome(
        self, index: int, events: tuple[Message, ...], result: Appended | StoreError
    ) -> intake.RegistrationOutcome:
        if isinstance(result, StoreError):
            return _failed(index, result)
        answer = await self._answer(Outcome(result, events))
        return intake.RegistrationOutcome(index=index, registered=answer)

    async def _decided(self, caller: Caller, request: Request) -> tuple[Prepared, Change]:
        ids = fresh_ids()
        prepared = await self._prepared(caller, request, ids)
        stream = f"{PETITION.category}-{ids[0]}"
        loaded = Loaded(stream, PETITION.initial(), 0)
        decision = PETITION.decide(loaded.state, request, prepared.context)
        if isinstance(decision, Refusal):
            raise RefusedError(decision)
        return prepared, Change(PETITION, loaded, decision)

    async def _prepared(self, caller: Caller, request: Request, ids: tuple[str, ...]) -> Prepared:
        commands, sealer = self._commands, self._commands.sealer
        call = commands.call(caller, request)
        new_person = not request.person_id and not request.person_reference
        if not request.person_id:
            request.person_id = self._person(caller, request, ids[1])
        subjects = (f"case-{ids[0]}", f"person-{request.person_id}")
        sealed = await sealer.seal_request(
            request, *subjects, call.principal, fresh=subjects if new_person else subjects[:1]
        )
        context = commands.context(call, ids)
        code = sealer.query_code_hash(sealer.query_code(ids[0]))
        return Prepared(call, replace(context, query_code_hashes=(code,)), sealed)

    def _person(self, caller: Caller, request: Request, fresh: str) -> str:
        """The same reference from the same agency is the same person; without one, a new person."""
        if not request.person_reference:
            return fresh
        person = self._commands.sealer.person_id(caller.principal.acting_agency, request.person_reference)
        request.ClearField("person_reference")
        return str(person)

    async def _answer(self, outcome: Outcome) -> Response:
        events = await self._commands.events_of(outcome)
        registered = next(event for event in events if isinstance(event, PetitionRegistered))
        return Response(
            receipt=self._commands.receipt(outcome.appended),
            case_id=registered.case_id,
            display_number=registered.display_number,
            query_code=self._commands.sealer.query_code(registered.case_id),
        )


def _append(prepared: Prepared, change: Change) -> Append:
    return to_append(prepared.call, [change], prepared.sealed.new_keys)


def _part(caller: Caller, petition: Request) -> Caller:
    """The caller of one filing of a batch: its bytes stand for it as if it had come alone."""
    method = caller.method.replace("RegisterPetitions", "RegisterPetition")
    return replace(caller, method=method, raw=petition.SerializeToString(deterministic=True))


def _refused(index: int, refusal: Refusal) -> intake.RegistrationOutcome:
    return intake.RegistrationOutcome(
        index=index, refusal_reason=refusal.reason, refusal_message=status_of(refusal).message
    )


def _failed(index: int, error: StoreError) -> intake.RegistrationOutcome:
    status = status_of_store_error(error)
    reason, _, message = status.message.partition(": ")
    return intake.RegistrationOutcome(index=index, refusal_reason=reason, refusal_message=message)
