"""A registration put right, and a petition put again in other words."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Clear, Sealed, Secret
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1.events_pb2 import RegistrationCorrected
from huiyin.intake.v1.types_pb2 import IssueSketch
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.registered import SEALED_FIELDS, TEXTS
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal
from huiyin_intake.table import COMMANDS
from huiyin_kernel.commands import Commands, Prepared, fresh_ids
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.sketch import Sketching
from huiyin_kernel.streams import Loaded, decided
from huiyin_kernel.vault.vault import Destroyed

__all__ = ["Sketching", "sketch_of"]


async def sketch_of(sketching: Sketching, request: Any) -> IssueSketch | None:
    """The sketch of a request with subject and content; nothing about the petitioner counts in it."""
    person = request.petitioner.clear.person if hasattr(request, "petitioner") else None
    unwanted = () if person is None else (person.name, person.address, person.phone, person.contact)
    return await sketching.sketch(request.subject.clear.text, request.content.clear.text, unwanted)


class Restating:
    """The handler of RestatePetition."""

    def __init__(self, commands: Commands, sketching: Sketching) -> None:
        self._commands, self._sketching = commands, sketching

    async def restate(self, caller: Caller, request: intake.RestatePetitionRequest) -> Message:
        """Puts what a case is about in other words."""
        sketch = await sketch_of(self._sketching, request)
        return await self._commands.run(COMMANDS["RestatePetition"], caller, request, sketch=sketch)


Request = intake.CorrectRegistrationRequest
_WORDS = ("petitioner", "subject", "content")


class Stood(NamedTuple):
    """A field as it stands sealed in a registration now, and what it says."""

    sealed: Sealed
    clear: Clear


Standing = dict[str, Stood]
"""By field; what is not there, or was erased, is left out."""


class Correcting:
    """The handler of CorrectRegistration."""

    def __init__(self, commands: Commands, sketching: Sketching) -> None:
        self._commands, self._sketching = commands, sketching

    async def correct(self, caller: Caller, request: Request) -> Message:
        """Puts right what was registered. What is opened to compare is shown to nobody."""
        loaded = await self._commands.streams.of(PETITION, request.case_id)
        standing = await self._standing(loaded.state)
        prepared = await self._prepared(caller, request, loaded, standing)
        if request.trial:
            return _foreseen(loaded, request, prepared)
        outcome = await self._commands.carry_out(
            COMMANDS["CorrectRegistration"], loaded.stream, request, prepared
        )
        return await self._commands.answer(COMMANDS["CorrectRegistration"], request, outcome)

    async def _prepared(
        self, caller: Caller, request: Request, loaded: Loaded[Petition], standing: Standing
    ) -> Prepared:
        """Sealed, but for what says the same as before: that stands as it was sealed then."""
        same = _same(request, standing)
        sketch, person = await self._sketch(request, standing, same), loaded.state.registration.person_id
        for name in same:
            request.ClearField(name)  # type: ignore[arg-type] # a name of the contract
        subject = f"person-{person}" if person else loaded.stream
        prepared = await self._commands.prepare(caller, request, fresh_ids(), loaded.stream, person=subject)
        for name in same:
            getattr(request, name).sealed.CopyFrom(standing[name].sealed)
        return replace(prepared, context=replace(prepared.context, issue_sketch=sketch))

    async def _standing(self, state: Petition) -> Standing:
        there: dict[str, Sealed] = {}
        for name in SEALED_FIELDS:
            sealed = getattr(state.registration, name)
            if sealed is not None:
                there[name] = sealed
        opened = await self._commands.sealer.vault.open_many([*there.values()])
        found = zip(there.items(), opened, strict=True)
        return {
            name: Stood(sealed, clear) for (name, sealed), clear in found if not isinstance(clear, Destroyed)
        }

    async def _sketch(self, request: Request, standing: Standing, same: Sequence[str]) -> IssueSketch | None:
        """What the filing is about, by the words that will stand in it; None where none of them change."""
        if not TEXTS & {*request.fields} - {*same}:
            return None
        words: dict[str, Any] = {
            name: Secret(clear=standing[name].clear) for name in _WORDS if name in standing
        }
        words |= {name: getattr(request, name) for name in _WORDS if name in request.fields}
        return await sketch_of(self._sketching, intake.RegisterPetitionRequest(**words))


def _foreseen(loaded: Loaded[Petition], request: Request, prepared: Prepared) -> Message:
    """Which fields would be put right. Raises RefusedError."""
    decision = decided(PETITION, loaded, request, prepared.context)
    if isinstance(decision, Refusal):
        raise RefusedError(decision)
    fields = [one for event in decision if isinstance(event, RegistrationCorrected) for one in event.fields]
    return intake.CorrectRegistrationResponse(fields=fields)


def _same(request: Request, standing: Standing) -> list[str]:
    """A sealed field never equals another: whether it changes can be told from the clear text alone."""
    named = [name for name in standing if name in request.fields]
    return [name for name in named if getattr(request, name).clear == standing[name].clear]
