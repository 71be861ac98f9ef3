"""登记 of one filing: what looks wrong about it, until when it can be history, and its answer.

An identity number is no condition for registration (online rules of 2022, Art. 5), and real ones are known
whose check character does not fit: a doubt is told to who has the number in view, and stands nowhere else.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Person
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest
from huiyin.intake.v1.types_pb2 import IdentityNumberDoubt
from huiyin_domain.acts.entry import entry_of, filing_entry
from huiyin_domain.dates import start_of_day
from huiyin_domain.directory import Directory
from huiyin_domain.identifiers import resident_id_doubt
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.filing import Taken, taken
from huiyin_domain.refusal import Refusal
from huiyin_intake.corrections import Sketching, sketch_of
from huiyin_kernel.commands import Commands, Outcome, Prepared, fresh_ids
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.requests import Call
from huiyin_kernel.streams import Change, Loaded, decided
from huiyin_store.port import EventStore, WorldClock


class HistoryEnd:
    """Knows until when a filing can be history; no agency can move it."""

    def __init__(self, store: EventStore, directory: Directory, clock: WorldClock) -> None:
        self._store, self._directory, self._clock = store, directory, clock
        self._began: datetime | None = None

    async def of(self, agency: str) -> datetime:
        """The later of the log's first event and the day from which the agency takes part."""
        began = await self._log_began()
        unit = self._directory.get(agency)
        joined = start_of_day(unit.joined) if unit and unit.joined else began
        return max(began, joined)

    async def _log_began(self) -> datetime:
        if self._began is None:
            first = await self._store.read(0, 1)
            if not first:
                return self._clock.now()
            self._began = first[0].recorded
        return self._began


_DOUBTS: Mapping[str, IdentityNumberDoubt.ValueType] = {
    "MALFORMED": types.IDENTITY_NUMBER_DOUBT_MALFORMED,
    "CHECK_CHARACTER": types.IDENTITY_NUMBER_DOUBT_CHECK_CHARACTER,
    "BIRTH_DATE": types.IDENTITY_NUMBER_DOUBT_BIRTH_DATE,
}


def doubt_of(person: Person) -> IdentityNumberDoubt.ValueType:
    """What looks wrong about a person's identity number (GB 11643), if one was left."""
    number = person.identity_number
    doubt = resident_id_doubt(number) if number.strip() else None
    return _DOUBTS[doubt.reason] if doubt else types.IDENTITY_NUMBER_DOUBT_UNSPECIFIED


def keep_as_written(request: RegisterPetitionRequest, standing: Taken) -> None:
    """Adds what could not be taken to what is sealed, in clear as yet."""
    for name in ("place_as_written", "as_written"):
        given, kept = getattr(request, name), getattr(standing, name)
        if kept.strip():
            given.clear.text = "\n".join(filter(None, (given.clear.text, kept)))


Request = intake.RegisterPetitionRequest
Response = intake.RegisterPetitionResponse


Decided = tuple[Prepared, Change]
"""A filing ready to be written."""


class FilingRegistration:
    """The handler of RegisterPetition."""

    def __init__(self, commands: Commands, sketching: Sketching, history: HistoryEnd) -> None:
        self._commands, self._sketching, self._history = commands, sketching, history

    async def register(self, caller: Caller, request: Request) -> Message:
        """Registers one filing."""
        doubt = doubt_of(request.petitioner.clear.person)
        decided = await self.decided(caller, request)
        if isinstance(decided, Outcome):
            return await self.answer(decided, doubt)
        prepared, change = decided
        appended = await self._commands.append(prepared, [change])
        return await self.answer(Outcome(appended, tuple(change.events)), doubt)

    async def decided(self, caller: Caller, request: Request) -> Decided | Outcome:
        """What is to be written; or the first answer to what would be refused by now. Raises RefusedError."""
        ids = fresh_ids()
        prepared = await self._prepared(caller, request, ids)
        stream = f"{PETITION.category}-{ids[0]}"
        loaded = Loaded(stream, PETITION.initial(), 0)
        decision = decided(PETITION, loaded, request, prepared.context)
        if isinstance(decision, Refusal):
            return await self._commands.first_answer(prepared.call, loaded, decision)
        return prepared, Change(PETITION, loaded, decision)

    async def _prepared(self, caller: Caller, request: Request, ids: tuple[str, ...]) -> Prepared:
        commands, sealer = self._commands, self._commands.sealer
        call = commands.call(caller, request)
        new_person = not request.person_id and not request.person_reference
        if not request.person_id:
            request.person_id = self._person(caller, request, ids[1])
        subjects = (f"case-{ids[0]}", f"person-{request.person_id}")
        sketch = await sketch_of(self._sketching, request)
        keep_as_written(request, taken(request, commands.policy, call.occurred))
        sealed = await sealer.seal_request(
            request, *subjects, call.principal, fresh=subjects if new_person else subjects[:1]
        )
        call = await self._entered(call, request)
        context = commands.context(call, ids)
        code = sealer.query_code_hash(sealer.query_code(ids[0]))
        return Prepared(call, replace(context, query_code_hashes=(code,), issue_sketch=sketch), sealed)

    async def _entered(self, call: Call, request: Request) -> Call:
        """A filing alone can be history. Raises RefusedError."""
        entry = entry_of(request.info, call.principal)
        if isinstance(entry, Refusal):
            raise RefusedError(entry)
        if not request.info.imported:
            return replace(call, entry=entry)
        received = taken(request, self._commands.policy, call.occurred).received
        until = await self._history.of(call.principal.acting_agency)
        return replace(call, entry=filing_entry(entry, received, until))

    def _person(self, caller: Caller, request: Request, fresh: str) -> str:
        """The same reference from the same agency is the same person; without one, a new person."""
        if not request.person_reference:
            return fresh
        person = self._commands.sealer.person_id(caller.principal.acting_agency, request.person_reference)
        request.ClearField("person_reference")
        return str(person)

    async def answer(self, outcome: Outcome, doubt: IdentityNumberDoubt.ValueType) -> Response:
        """The response to a filing that is registered; `doubt` is about the identity number in it."""
        events = await self._commands.events_of(outcome)
        registered = next(event for event in events if isinstance(event, PetitionRegistered))
        return Response(
            receipt=self._commands.receipt(outcome.appended),
            case_id=registered.case_id,
            display_number=registered.display_number,
            query_code=self._commands.sealer.query_code(registered.case_id),
            doubts=registered.doubts,
            identity_number_doubt=doubt,
        )
