"""诉访分离: a part split off into a linked case; origin and part are written in one append (promise P3)."""

from dataclasses import replace

from google.protobuf.message import Message

from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin_domain.access import kept_out_by, unknown_case
from huiyin_domain.acts.judge import judged
from huiyin_domain.checks import beyond_bounds
from huiyin_domain.context import Context
from huiyin_domain.intake.decide.split import SplitDecision, split
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal
from huiyin_intake.corrections import Sketching, sketch_of
from huiyin_kernel.commands import Commands, Outcome, Prepared, entered, fresh_ids
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.streams import Change, Loaded


class Splitting:
    """The handler of SplitPetition."""

    def __init__(self, commands: Commands, sketching: Sketching) -> None:
        self._commands, self._sketching = commands, sketching

    async def split(self, caller: Caller, request: intake.SplitPetitionRequest) -> Message:
        """Splits a part off into a case of its own."""
        ids = fresh_ids()
        prepared = await self._prepared(caller, request, ids)
        outcome = await self._decide_and_append(request, prepared)
        return await self._answer(caller, outcome)

    async def _prepared(
        self, caller: Caller, request: intake.SplitPetitionRequest, ids: tuple[str, ...]
    ) -> Prepared:
        commands = self._commands
        call, part = commands.call(caller, request), f"case-{ids[0]}"
        of_part = {"subject": part, "content": part, "reasons": part}
        of_part_about = await sketch_of(self._sketching, request)
        about = await sketch_of(self._sketching, request.remainder)
        sealed = await commands.sealer.seal_request(
            request, f"case-{request.case_id}", None, call.principal, fields=of_part, fresh=(part,)
        )
        call = entered(call, request.info)
        code = commands.sealer.query_code_hash(commands.sealer.query_code(ids[0]))
        context = replace(
            commands.context(call, ids),
            query_code_hashes=(code,),
            issue_sketch=about,
            part_sketch=of_part_about,
        )
        return Prepared(call, context, sealed)

    async def _decide_and_append(self, request: intake.SplitPetitionRequest, prepared: Prepared) -> Outcome:
        stream = f"{PETITION.category}-{request.case_id}"

        async def attempt() -> Outcome:
            origin, decision = await self._commands.streams.decide(
                PETITION, stream, lambda loaded: self._decided(loaded, request, prepared.context)
            )
            if isinstance(decision, Refusal):
                return await self._commands.first_answer(prepared.call, origin, decision)
            part = Loaded(f"{PETITION.category}-{decision.part_case_id}", PETITION.initial(), 0)
            changes = [
                Change(PETITION, origin, decision.origin_events),
                Change(PETITION, part, decision.part_events),
            ]
            appended = await self._commands.append(prepared, changes)
            return Outcome(appended, (*decision.origin_events, *decision.part_events))

        return await self._commands.settled(attempt)

    @staticmethod
    def _decided(
        origin: Loaded[Petition], request: intake.SplitPetitionRequest, context: Context
    ) -> Refusal | SplitDecision:
        """Both streams are judged by when the acts of the origin happened."""
        decision = split(origin.state, request, context)
        if isinstance(decision, Refusal):
            return decision
        times = judged((*decision.origin_events, *decision.part_events), replace(context, acts=origin.acts))
        if isinstance(times, Refusal):
            return times
        return beyond_bounds(request, context) or decision

    async def _answer(self, caller: Caller, outcome: Outcome) -> intake.SplitPetitionResponse:
        """The part is named to who may see it; no more to who was accused in it since it split it off."""
        events = await self._commands.events_of(outcome)
        registered = next(event for event in events if isinstance(event, PetitionRegistered))
        await self._check_wall(caller, outcome, registered.case_id)
        return intake.SplitPetitionResponse(
            receipt=self._commands.receipt(outcome.appended),
            part_case_id=registered.case_id,
            part_display_number=registered.display_number,
        )

    async def _check_wall(self, caller: Caller, outcome: Outcome, part: str) -> None:
        if not outcome.appended.repeated:
            return
        state = (await self._commands.streams.of(PETITION, part)).state
        directory = self._commands.policy.directory
        if caller.principal.acting_agency in kept_out_by(directory)(state.accused_units):
            raise RefusedError(unknown_case())
