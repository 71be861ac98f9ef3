"""Dead letters in memory: held to the same contract as those in PostgreSQL."""

from collections.abc import MutableMapping, Sequence
from uuid import UUID

from huiyin_kernel.clock import Clock
from huiyin_store.letters import LetterState, NewLetter, StoredLetter
from huiyin_store.port import Cursor


class MemoryLetters:
    """Letters beside a log in memory, whose cursors they move."""

    def __init__(self, clock: Clock, cursors: MutableMapping[tuple[str, str], int]) -> None:
        self._clock, self._cursors = clock, cursors
        self._letters: dict[UUID, StoredLetter] = {}

    async def bury(self, letter: NewLetter, cursor: Cursor | None) -> bool:
        """Keeps a letter and moves its consumer's cursor, both or neither."""
        if cursor and self._cursors.get((letter.consumer, cursor.log), 0) >= cursor.position:
            return False
        is_new = letter.letter_id not in self._letters
        if is_new:
            self._letters[letter.letter_id] = StoredLetter(
                sequence=len(self._letters) + 1,
                letter_id=letter.letter_id,
                consumer=letter.consumer,
                letter=letter.letter,
                state=LetterState.BURIED,
                redrives=0,
                redriven=None,
                redrive_cause="",
            )
        if cursor:
            self._cursors[letter.consumer, cursor.log] = cursor.position
        return is_new or cursor is not None

    async def page(self, after: int, limit: int, *, with_handled: bool) -> list[StoredLetter]:
        """Letters with a higher sequence, in order."""
        wanted = [
            letter
            for letter in self._letters.values()
            if letter.sequence > after and (with_handled or letter.state != LetterState.HANDLED)
        ]
        return wanted[:limit]

    async def find(self, letter_id: UUID) -> StoredLetter | None:
        """One letter."""
        return self._letters.get(letter_id)

    async def redriving(self, consumers: Sequence[str], limit: int) -> list[StoredLetter]:
        """Some letters that these consumers are to handle again."""
        wanted = [
            letter
            for letter in self._letters.values()
            if letter.state == LetterState.REDRIVING and letter.consumer in consumers
        ]
        return wanted[:limit]

    async def mark(self, letter_id: UUID, before: LetterState, after: LetterState, cause: str = "") -> bool:
        """Says what became of a letter."""
        letter = self._letters.get(letter_id)
        if letter is None or letter.state != before:
            return False
        self._letters[letter_id] = letter._replace(
            state=after,
            redrives=letter.redrives + (after is LetterState.REDRIVING),
            redriven=self._clock.now(),
            redrive_cause=cause,
        )
        return True
