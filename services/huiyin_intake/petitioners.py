"""What petitioners do themselves with number and code: follow, rate, ask for recusal, withdraw, or go on."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any, TypeVar

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import ENTRY_KIND_LATE, Clear, Person, Sealed
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1.events_pb2 import RegistrationCorrected
from huiyin_domain.access import PETITIONERS_WAY, Action, CaseFacts, may, unknown_case
from huiyin_domain.clocks.clock import Clock
from huiyin_domain.clocks.derive import clocks
from huiyin_domain.clocks.fold import evolve, initial
from huiyin_domain.clocks.procedure_rules import REMEDY_RULES
from huiyin_domain.context import Context, Principal
from huiyin_domain.intake.decide.rating import is_query_code, is_take_back_code
from huiyin_domain.intake.decide.withdrawal import is_confirm_code
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.periods import confirmable
from huiyin_domain.intake.records import GivenRating
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import invalid
from huiyin_intake.case_numbers import CaseNumbers, Guessing
from huiyin_intake.queries import open_served
from huiyin_intake.service_of_documents import refuse_promises
from huiyin_intake.table import COMMANDS
from huiyin_kernel.codec import decode, decode_metadata, fact_of, timestamp
from huiyin_kernel.commands import Commands, fresh_ids
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.streams import Loaded
from huiyin_store.port import RecordedEvent

ResultT = TypeVar("ResultT")
Work = Callable[[Loaded[Petition]], Awaitable[ResultT]]
Proof = Callable[[Petition], bool]
Question = (
    intake.FollowPetitionRequest
    | intake.RatePetitionRequest
    | intake.TakeBackRatingRequest
    | intake.AskRecusalRequest
    | intake.WithdrawPetitionRequest
    | intake.ConfirmWithdrawalRequest
    | intake.ContinuePetitionRequest
    | intake.OpenServedDocumentsRequest
)


class PetitionerMethods:
    """The methods for petitioners; they come over the platform's own way in for them, and over no other."""

    def __init__(self, commands: Commands, numbers: CaseNumbers, guessing: Guessing) -> None:
        self._commands, self._numbers, self._guessing = commands, numbers, guessing

    async def follow(self, caller: Caller, request: intake.FollowPetitionRequest) -> Message:
        """What a petitioner sees. The query code is the proof; a wrong one looks like no such case."""

        async def shown(loaded: Loaded[Petition]) -> Message:
            events = await self._commands.store.read_stream(loaded.stream)
            rating = loaded.state.rating or GivenRating()
            return intake.FollowPetitionResponse(
                status=loaded.state.status,
                responsible_unit=loaded.state.holder,
                registered_time=timestamp(events[0].recorded),
                milestones=[event.type.rpartition(".")[2] for event in events],
                office_rating=rating.office,
                unit_rating=rating.unit,
                late_entries=[place for place, event in enumerate(events) if _entered_late(event)],
                received_time=timestamp(loaded.state.registration.received_time),
                channel=loaded.state.registration.channel,
                division=loaded.state.registration.division,
                corrections=_corrections(events),
                other_remedies=self._other_remedies(events),
                **self._withdrawal_days(loaded),
            )

        return await self._proved(caller, request, self._by_query_code(request.query_code), shown)

    def _other_remedies(self, events: Sequence[RecordedEvent]) -> list[intake.OtherRemedy]:
        """Periods of other law that run for the petitioner, from the facts on this record alone."""
        facts = (fact_of(self._commands.store.log, event) for event in events)
        state = reduce(evolve, facts, initial())
        found = clocks(state, self._commands.policy.timetable, REMEDY_RULES)
        return [_remedy(clock) for clock in found if clock.running]

    async def rate(self, caller: Caller, request: intake.RatePetitionRequest) -> Message:
        """Rates, if the code is the one on the receipt; the contact left, if there is one, is told of it."""

        async def rated(loaded: Loaded[Petition]) -> Message:
            return await noticed(self._commands, "RatePetition", caller, request, loaded)

        return await self._proved(caller, request, self._by_query_code(request.query_code), rated)

    async def withdraw(self, caller: Caller, request: intake.WithdrawPetitionRequest) -> Message:
        """Asks to withdraw; the contact left is told of it, with the code that confirms."""

        async def asked(loaded: Loaded[Petition]) -> Message:
            return await noticed(self._commands, "WithdrawPetition", caller, request, loaded)

        return await self._proved(caller, request, self._by_query_code(request.query_code), asked)

    async def record_withdrawal(self, caller: Caller, request: intake.RecordWithdrawalRequest) -> Message:
        """An officer records a signed statement; the contact left is told of it all the same."""
        refuse_promises(statement=request.statement)
        loaded = await self._commands.streams.of(PETITION, request.case_id)
        return await noticed(self._commands, "RecordWithdrawal", caller, request, loaded)

    async def confirm_withdrawal(self, caller: Caller, request: intake.ConfirmWithdrawalRequest) -> Message:
        """Confirms a withdrawal, if the code is the one in its notice, or where none went, on the receipt."""
        given = self._commands.sealer.query_code_hash(request.confirm_code)
        return await self._proved(
            caller,
            request,
            lambda state: is_confirm_code(state, given),
            self._plainly("ConfirmWithdrawal", caller, request),
        )

    async def go_on(self, caller: Caller, request: intake.ContinuePetitionRequest) -> Message:
        """Says that the petition goes on."""
        work = self._plainly("ContinuePetition", caller, request)
        return await self._proved(caller, request, self._by_query_code(request.query_code), work)

    def _plainly(self, name: str, caller: Caller, request: Any) -> Work[Message]:
        async def work(loaded: Loaded[Petition]) -> Message:
            request.case_id = loaded.state.case_id
            return await self._commands.run(COMMANDS[name], caller, request)

        return work

    def _withdrawal_days(self, loaded: Loaded[Petition]) -> dict[str, Any]:
        """When an open withdrawal can be confirmed."""
        now = self._commands.clock.now()
        anybody = Principal(PETITIONERS_WAY, "", frozenset())
        context = Context(now, now, anybody, (), self._commands.policy, acts=loaded.acts)
        days = confirmable(loaded.state, context)
        if days is None or (loaded.state.withdrawal and loaded.state.withdrawal.confirmed):
            return {}
        first, last = (day.isoformat() for day in days)
        return {"withdrawal_confirmable_from": first, "withdrawal_confirmable_until": last}

    async def take_back(self, caller: Caller, request: intake.TakeBackRatingRequest) -> Message:
        """Takes the rating back, if the code is the one that its notice carried."""
        given = self._commands.sealer.query_code_hash(request.take_back_code)

        async def taken_back(loaded: Loaded[Petition]) -> Message:
            request.case_id = loaded.state.case_id
            return await self._commands.run(COMMANDS["TakeBackRating"], caller, request)

        first = await self._commands.repeated(COMMANDS["TakeBackRating"], caller, request)
        if first is not None:
            return first
        return await self._proved(caller, request, lambda state: is_take_back_code(state, given), taken_back)

    async def ask_recusal(self, caller: Caller, request: intake.AskRecusalRequest) -> Message:
        """Asks that an officer be recused, if the code is the one on the receipt."""

        async def asked(loaded: Loaded[Petition]) -> Message:
            request.case_id = loaded.state.case_id
            return await self._commands.run(COMMANDS["AskRecusal"], caller, request)

        return await self._proved(caller, request, self._by_query_code(request.query_code), asked)

    async def open_served(self, caller: Caller, request: intake.OpenServedDocumentsRequest) -> Message:
        """Opens what was served under the query number, if the code is the one on the receipt."""

        async def opened(loaded: Loaded[Petition]) -> Message:
            request.case_id = loaded.state.case_id
            return await open_served(self._commands, caller, request, loaded.stream)

        return await self._proved(caller, request, self._by_query_code(request.query_code), opened)

    def _by_query_code(self, code: str) -> Proof:
        given = self._commands.sealer.query_code_hash(code)
        return lambda state: is_query_code(state, given)

    async def _proved(
        self,
        caller: Caller,
        request: Question,
        proof: Proof,
        work: Callable[[Loaded[Petition]], Awaitable[ResultT]],
    ) -> ResultT:
        """The work on the case, once it is proved that the caller may; slowed like every try."""
        directory = self._commands.policy.directory
        if refusal := may(caller.principal, Action.SERVE_PETITIONERS, CaseFacts(), directory):
            raise RefusedError(refusal)
        number = request.display_number.upper() or request.case_id
        if not number:
            message = "case_id and display_number are both missing: give the number on the receipt"
            raise RefusedError(invalid("CASE_REQUIRED", message, field="display_number"))
        async with self._guessing.attempt(number, request.source):
            loaded = await self._petition(request)
            if not proof(loaded.state):
                raise RefusedError(unknown_case())
            return await work(loaded)

    async def _petition(self, request: Question) -> Loaded[Any]:
        case_id = request.case_id or await self._numbers.case_id(request.display_number)
        return await self._commands.streams.of(PETITION, case_id)


async def noticed(
    commands: Commands, name: str, caller: Caller, request: Any, loaded: Loaded[Petition]
) -> Message:
    """Carries out a command of which the contact left is told, if there is one, with a code of its own."""
    request.case_id, ids = loaded.state.case_id or request.case_id, fresh_ids()
    prepared = await commands.prepare(caller, request, ids, loaded.stream)
    told = left_contact if name == "RatePetition" else first_contact
    if has_contact(await told(commands, loaded.state)):
        code = commands.sealer.derived.take_back_code(ids[0])
        hashed = commands.sealer.query_code_hash(code)
        prepared = replace(prepared, context=replace(prepared.context, take_back_hash=hashed))
    command = COMMANDS[name]
    outcome = await commands.carry_out(command, loaded.stream, request, prepared)
    return await commands.answer(command, request, outcome)


async def left_contact(commands: Commands, state: Petition) -> Person:
    """Who is told of ratings, as was left with the filing; empty when nothing was left or it was erased."""
    return await _opened(commands, state.registration.contact)


async def first_contact(commands: Commands, state: Petition) -> Person:
    """Who is told of a withdrawal: as first left, whatever was put right since; nobody moves the code so."""
    person = await _opened(commands, state.registration.first_contact)
    return person if has_contact(person) else await left_contact(commands, state)


def has_contact(person: Person) -> bool:
    """Whether somebody can be told anything there."""
    return bool(person.phone or person.contact)


async def _opened(commands: Commands, sealed: Sealed | None) -> Person:
    if sealed is None:
        return Person()
    (clear,) = await commands.sealer.vault.open_many([sealed])
    return clear.person if isinstance(clear, Clear) else Person()


def _remedy(clock: Clock) -> intake.OtherRemedy:
    last = clock.rolled_due or clock.raw_due
    return intake.OtherRemedy(
        rule=clock.rule,
        basis=clock.basis_zh,
        last_day=last.isoformat() if last else "",
        provisional=clock.provisional,
        why_zh=clock.why_zh,
        why_en=clock.why_en,
    )


def _corrections(events: Sequence[RecordedEvent]) -> list[intake.RegistrationCorrection]:
    """What was put right in the registration; of what stood there before, nothing."""
    made = ((place, decode(event)) for place, event in enumerate(events))
    return [
        intake.RegistrationCorrection(milestone=place, fields=event.fields)
        for place, event in made
        if isinstance(event, RegistrationCorrected)
    ]


def _entered_late(event: RecordedEvent) -> bool:
    return decode_metadata(event).entry.kind == ENTRY_KIND_LATE
