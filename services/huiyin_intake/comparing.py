"""Compares texts before they are sealed: a redo with what was revoked, a filing with an earlier one."""

from collections.abc import Sequence

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Clear, Sealed
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as intake
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.same_matter import is_redo
from huiyin_domain.intake.state import Petition
from huiyin_domain.text_comparison import NOT_COMPARED, Comparison, of_filing, of_redo
from huiyin_intake.table import COMMANDS
from huiyin_kernel.codec import decode
from huiyin_kernel.commands import Commands
from huiyin_kernel.rpc.endpoint import Caller


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
        stream = f"{PETITION.category}-{request.case_id}"
        state: Petition = (await self._commands.streams.read(PETITION, stream)).state
        if not is_redo(state) or caller.principal.acting_agency != state.holder:
            return NOT_COMPARED
        issued = [one for one in await self._events(stream) if isinstance(one, events.OpinionIssued)]
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
