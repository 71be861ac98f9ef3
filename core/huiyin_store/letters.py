"""Dead letters of one service: what a consumer gave up is kept here until somebody has it handled again."""

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from huiyin.dead.v1.types_pb2 import LETTER_STATE_BURIED, LETTER_STATE_HANDLED, LETTER_STATE_REDRIVING
from huiyin_store.port import Clock, Cursor


class LetterState(IntEnum):
    """What became of a letter."""

    BURIED = LETTER_STATE_BURIED
    REDRIVING = LETTER_STATE_REDRIVING
    HANDLED = LETTER_STATE_HANDLED


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A letter to be kept. `letter` is a serialised huiyin.dead.v1.DeadLetter."""

    letter_id: UUID
    consumer: str
    letter: bytes


class StoredLetter(NamedTuple):
    """A letter as it is kept. `sequence` is dense from 1; `redriven` is None until it was driven again."""

    sequence: int
    letter_id: UUID
    consumer: str
    letter: bytes
    state: int
    redrives: int
    redriven: datetime | None
    redrive_cause: str


class Letters(Protocol):
    """The letters of one service. Nothing is answered before it is durable."""

    async def bury(self, letter: NewLetter, cursor: Cursor | None) -> bool:
        """Keeps a letter and moves its consumer's cursor, both or neither.

        False, and nothing done, when the cursor is there already or, without a cursor, the letter is.
        """
        ...

    async def page(self, after: int, limit: int, *, with_handled: bool) -> list[StoredLetter]:
        """Letters with a higher sequence, in order."""
        ...

    async def find(self, letter_id: UUID) -> StoredLetter | None:
        """One letter."""
        ...

    async def redriving(self, consumers: Sequence[str], limit: int) -> list[StoredLetter]:
        """Some letters that these consumers are to handle again, oldest first."""
        ...

    async def mark(self, letter_id: UUID, before: LetterState, after: LetterState, cause: str = "") -> bool:
        """Says what became of a letter; False, and nothing done, when it was not in the state before."""
        ...


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
