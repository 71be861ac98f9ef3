"""Other cases and earlier texts that a command names: looked at, compared, and only then decided on."""

from collections.abc import Sequence
from dataclasses import replace

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Clear, Sealed
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as intake
from huiyin_domain.access import Action, may
from huiyin_domain.context import Petitioners
from huiyin_domain.directory import Directory
from huiyin_domain.identifiers import resident_id_doubt
from huiyin_domain.intake.decide.split import tells_of_accusation
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.guards import case_facts
from huiyin_domain.intake.same_matter import is_redo, not_to_be_named, same_matter
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal
from huiyin_domain.text_comparison import NOT_COMPARED, Comparison, of_filing, of_redo
from huiyin_intake.petitioners import left_contact
from huiyin_intake.table import COMMANDS
from huiyin_kernel.codec import decode
from huiyin_kernel.commands import Commands, Outcome, fresh_ids
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.streams import Loaded


class Comparing:
    """The handler of IssueOpinion, and the comparison of a filing with an earlier one.

    What is compared is opened by the service alone and shown to nobody; nothing leaves here but how alike the
    texts are. What cannot be opened any more, for its key was destroyed, is not compared.
    """

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def issue_opinion(self, caller: Caller, request: intake.IssueOpinionRequest) -> Message:
        """Issues an opinion; a redo is compared with every earlier opinion of the case."""
        comparison = await self._redo(caller, request)
        return await self._commands.run(COMMANDS["IssueOpinion"], caller, request, comparison=comparison)

    async def filings(self, case_id: str, earlier_case_id: str) -> Comparison:
        """How much of what a case says, as it is put now, stands in an earlier case. The caller sees both."""
        said, earlier = [await self._content(case) for case in (case_id, earlier_case_id)]
        return of_filing(said, earlier, earlier_case_id) if said and earlier else NOT_COMPARED

    async def _redo(self, caller: Caller, request: intake.IssueOpinionRequest) -> Comparison:
        """Only for the responsible unit: to others it says nothing of the case, not even by its time."""
        loaded = await self._commands.streams.of(PETITION, request.case_id)
        state: Petition = loaded.state
        if not is_redo(state) or caller.principal.acting_agency != state.holder:
            return NOT_COMPARED
        issued = [one for one in await self._events(loaded.stream) if isinstance(one, events.OpinionIssued)]
        texts = await self._texts([one.document for one in issued])
        new, opinions = request.document.clear.text, zip(texts, issued, strict=True)
        compared = [of_redo(new, text, one.opinion_id) for text, one in opinions if text]
        return max(compared, key=lambda one: one.percent, default=NOT_COMPARED)

    async def _content(self, case_id: str) -> str:
        """What a case is about, as it is put now."""
        state: Petition = (await self._commands.streams.of(PETITION, case_id)).state
        content = state.registration.content
        return (await self._texts([content]))[0] if content else ""

    async def _events(self, stream: str) -> list[Message]:
        return [decode(one) for one in await self._commands.store.read_stream(stream)]

    async def _texts(self, sealed: Sequence[Sealed]) -> list[str]:
        opened = await self._commands.sealer.vault.open_many(sealed)
        return [one.text if isinstance(one, Clear) else "" for one in opened]


class Naming:
    """The handlers of LinkCase and DeclinePetition."""

    def __init__(self, commands: Commands) -> None:
        self._commands, self._comparing = commands, Comparing(commands)

    async def link(self, caller: Caller, request: intake.LinkCaseRequest) -> Message:
        """Links a case to another one."""
        command, other = COMMANDS["LinkCase"], request.other_case_id
        first = await self._commands.repeated(command, caller, request) if other else None
        if first is None and other and other != request.case_id:
            this, named = await self._petition(request.case_id), await self._petition(other)
            self._readable(caller, this.state)
            self._readable(caller, named.state)
            self._refuse(tells_of_accusation(this.state, named.state, self._directory))
        return first or await self._commands.run(command, caller, request)

    async def decline(self, caller: Caller, request: intake.DeclinePetitionRequest) -> Message:
        """Does not accept a case, which may be in hand, or was handled, as another one."""
        command, other = COMMANDS["DeclinePetition"], request.same_case_id
        if not other or other == request.case_id:
            return await self._commands.run(command, caller, request)
        first = await self._commands.repeated(command, caller, request)
        return first or await self._decline_naming(caller, request)

    async def _decline_naming(self, caller: Caller, request: intake.DeclinePetitionRequest) -> Message:
        """Decided on both cases as they stand when it is written: of two that name each other as in hand, one
        is declined at most, whichever processes are asked.
        """
        commands, command = self._commands, COMMANDS["DeclinePetition"]
        stream = command.stream(request, "")
        prepared = await commands.prepare(caller, request, fresh_ids(), stream)

        async def attempt() -> Outcome:
            this, named = await self._petition(request.case_id), await self._petition(request.same_case_id)
            self._check_naming(caller, this.state, named.state)
            found = same_matter(named.state, named.acts, await self._compared(this.state, named.state))
            alike = await self._comparing.filings(request.case_id, request.same_case_id)
            known = replace(prepared.context, same_matter=found, comparison=alike)
            return await commands.attempt(command, stream, request, replace(prepared, context=known), [named])

        return await commands.answer(command, request, await commands.settled(attempt))

    def _check_naming(self, caller: Caller, this: Petition, named: Petition) -> None:
        self._readable(caller, this)
        self._refuse(not_to_be_named(named, caller.principal, self._directory))
        self._refuse(tells_of_accusation(this, named, self._directory))

    async def _compared(self, this: Petition, named: Petition) -> Petitioners:
        """Whether one person filed both; of groups, and of who left no sound number, an officer finds it.

        The service compares, and shows nothing of what was left.
        """
        registrations = (this.registration, named.registration)
        if len({one.person_id for one in registrations}) == 1:
            return Petitioners.SAME
        if any(one.person_count > 1 for one in registrations):
            return Petitioners.UNKNOWN
        people = [await left_contact(self._commands, one) for one in (this, named)]
        numbers = {person.identity_number.strip().upper() for person in people}
        if any(resident_id_doubt(number) for number in numbers):
            return Petitioners.UNKNOWN
        return Petitioners.SAME if len(numbers) == 1 else Petitioners.DIFFERENT

    def _readable(self, caller: Caller, petition: Petition) -> None:
        """The caller must see the case; what its parties must not learn is not written here."""
        facts = case_facts(petition, self._directory)
        self._refuse(may(caller.principal, Action.READ_CASE, facts, self._directory))

    @staticmethod
    def _refuse(refusal: Refusal | None) -> None:
        if refusal is not None:
            raise RefusedError(refusal)

    @property
    def _directory(self) -> Directory:
        return self._commands.policy.directory

    async def _petition(self, case_id: str) -> Loaded[Petition]:
        return await self._commands.streams.of(PETITION, case_id)
