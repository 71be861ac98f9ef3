"""CorrectRegistration: what already stands sealed as it is given is left out, and so is never sealed anew."""

from dataclasses import replace
from typing import Any

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Sealed, Secret
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1.events_pb2 import RegistrationCorrected
from huiyin.intake.v1.types_pb2 import IssueSketch
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.registered import SEALED_FIELDS
from huiyin_domain.intake.state import Petition
from huiyin_domain.intake.superseded import TEXTS
from huiyin_intake.sketching import Sketching, sketch_of
from huiyin_intake.table import COMMANDS
from huiyin_kernel.commands import Commands, Outcome, Prepared, fresh_ids
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.vault.vault import Destroyed
from huiyin_kernel.writer import Loaded, load

Request = intake.CorrectRegistrationRequest
Standing = dict[str, Secret]
"""What stands in a registration now, opened, by field; what is not there, or was erased, is left out."""


class Correcting:
    """The handler of CorrectRegistration."""

    def __init__(self, commands: Commands, sketching: Sketching) -> None:
        self._commands, self._sketching = commands, sketching

    async def correct(self, caller: Caller, request: Request) -> Message:
        """Puts right what was registered. What is opened to compare is shown to nobody."""
        loaded = await load(self._commands.store, PETITION, f"{PETITION.category}-{request.case_id}")
        standing = await self._standing(loaded.state)
        _leave_out_the_same(request, standing)
        prepared = await self._prepared(caller, request, loaded, standing)
        outcome = await self._commands.carry_out(
            COMMANDS["CorrectRegistration"], loaded.stream, request, prepared
        )
        return await self._answer(outcome)

    async def _prepared(
        self, caller: Caller, request: Request, loaded: Loaded[Petition], standing: Standing
    ) -> Prepared:
        sketch, person = await self._sketch(request, standing), loaded.state.registration.person_id
        subject = f"person-{person}" if person else loaded.stream
        prepared = await self._commands.prepare(caller, request, fresh_ids(), loaded.stream, person=subject)
        return replace(prepared, context=replace(prepared.context, issue_sketch=sketch))

    async def _answer(self, outcome: Outcome) -> Message:
        """Which fields were put right is told by the event: a field that held what was given is not."""
        events = await self._commands.events_of(outcome)
        fields = [one for event in events if isinstance(event, RegistrationCorrected) for one in event.fields]
        return intake.CorrectRegistrationResponse(
            receipt=self._commands.receipt(outcome.appended), fields=fields
        )

    async def _standing(self, state: Petition) -> Standing:
        there: dict[str, Sealed] = {}
        for name in SEALED_FIELDS:
            sealed = getattr(state.registration, name)
            if sealed is not None:
                there[name] = sealed
        opened = await self._commands.sealer.vault.open_many([*there.values()])
        found = zip(there, opened, strict=True)
        return {name: Secret(clear=clear) for name, clear in found if not isinstance(clear, Destroyed)}

    async def _sketch(self, request: Request, standing: Standing) -> IssueSketch | None:
        """What the filing is about, by the words that will stand in it."""
        if not TEXTS & {*request.fields}:
            return None
        words: dict[str, Any] = {
            name: getattr(request, name) if name in request.fields else standing.get(name)
            for name in ("petitioner", "subject", "content")
        }
        return await sketch_of(self._sketching, intake.RegisterPetitionRequest(**words))


def _leave_out_the_same(request: Request, standing: Standing) -> None:
    """A sealed field never equals another: whether it changes can be told from the clear text alone."""
    for name in SEALED_FIELDS:
        given = getattr(request, name)
        if name not in request.fields or given.WhichOneof("form") == "sealed":
            continue
        if given.clear == standing.get(name, Secret()).clear:
            request.ClearField(name)  # type: ignore[arg-type] # a name of the contract
            request.fields[:] = [field for field in request.fields if field != name]
