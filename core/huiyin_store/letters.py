"""Dead letters of one service: what a consumer gave up is kept here until somebody has it handled again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from huiyin.dead.v1.types_pb2 import LETTER_STATE_BURIED, LETTER_STATE_HANDLED, LETTER_STATE_REDRIVING
from huiyin_store.port import Cursor


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
