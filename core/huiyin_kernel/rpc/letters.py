"""DeadLetterService over the dead letters of one service."""

from uuid import UUID

from huiyin.dead.v1 import service_pb2 as dead
from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin_domain.access import Action, CaseFacts, may
from huiyin_domain.directory import Directory
from huiyin_domain.refusal import missing, wrong_state
from huiyin_kernel.dead_letters import kept_letter, without_content
from huiyin_kernel.rpc.endpoint import Caller, Method, Unary
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.requests import page_size
from huiyin_kernel.settings import RuntimeLimits
from huiyin_store.letters import Letters, LetterState, StoredLetter

NAME = dead.DESCRIPTOR.services_by_name["DeadLetterService"].full_name


class LetterMethods:
    """The methods of DeadLetterService."""

    def __init__(self, letters: Letters, directory: Directory, limits: RuntimeLimits) -> None:
        self._letters, self._directory, self._limits = letters, directory, limits

    def methods(self) -> dict[str, Method]:
        """The methods by name."""
        return {
            "ListDeadLetters": Unary(dead.ListDeadLettersRequest, self.list_letters),
            "GetDeadLetter": Unary(dead.GetDeadLetterRequest, self.get_letter),
            "RedriveDeadLetter": Unary(dead.RedriveDeadLetterRequest, self.redrive_letter),
        }

    async def list_letters(
        self, caller: Caller, request: dead.ListDeadLettersRequest
    ) -> dead.ListDeadLettersResponse:
        """A page of letters, oldest first."""
        self._check(caller, Action.READ_LETTERS)
        size = page_size(request.page_size, self._limits)
        found = await self._letters.page(
            max(0, request.after_sequence), size + 1, with_handled=request.with_handled
        )
        return dead.ListDeadLettersResponse(
            letters=[kept_letter(stored, whole=False) for stored in found[:size]],
            next_after_sequence=found[size - 1].sequence if len(found) > size else 0,
        )

    async def get_letter(
        self, caller: Caller, request: dead.GetDeadLetterRequest
    ) -> dead.GetDeadLetterResponse:
        """One letter; with what the event or record says, for those who may read logs."""
        self._check(caller, Action.READ_LETTERS)
        stored = await self._find(request.letter_id)
        letter = kept_letter(stored, whole=True)
        if may(caller.principal, Action.READ_LETTER_CONTENT, CaseFacts(), self._directory):
            without_content(letter)
        return dead.GetDeadLetterResponse(letter=letter)

    async def redrive_letter(
        self, caller: Caller, request: dead.RedriveDeadLetterRequest
    ) -> dead.RedriveDeadLetterResponse:
        """Has the consumer take the letter up again; it looks for such letters by itself."""
        self._check(caller, Action.REDRIVE_LETTERS)
        stored = await self._find(request.letter_id)
        letter = DeadLetter.FromString(stored.letter)
        if not (letter.HasField("event") or letter.HasField("record")):
            message = (
                "the letter is a note: it does not hold the message, so whoever sent it has to send again"
            )
            raise RefusedError(wrong_state("LETTER_IS_A_NOTE", message, consumer=letter.consumer))
        await self._letters.mark(stored.letter_id, LetterState.BURIED, LetterState.REDRIVING)
        stored = await self._find(request.letter_id)
        return dead.RedriveDeadLetterResponse(letter=kept_letter(stored, whole=False))

    async def _find(self, letter_id: str) -> StoredLetter:
        try:
            stored = await self._letters.find(UUID(letter_id))
        except ValueError:
            stored = None
        if stored is None:
            raise RefusedError(
                missing("NO_SUCH_LETTER", "this service keeps no letter with that id: list them")
            )
        return stored

    def _check(self, caller: Caller, action: Action) -> None:
        refusal = may(caller.principal, action, CaseFacts(), self._directory)
        if refusal is not None:
            raise RefusedError(refusal)
