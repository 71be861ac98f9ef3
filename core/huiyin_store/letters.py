"""Dead letters of one service: what a consumer gave up is kept here until somebody has it handled again.

The port, and behind it letters in memory and in a schema of PostgreSQL; there also in a caller's transaction.
"""

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from psycopg import AsyncConnection, sql

from huiyin.dead.v1.types_pb2 import LETTER_STATE_BURIED, LETTER_STATE_HANDLED, LETTER_STATE_REDRIVING
from huiyin_store.durable_reads import Readers
from huiyin_store.port import Cursor, WorldClock
from huiyin_store.session import Session


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

    def __init__(self, clock: WorldClock, cursors: MutableMapping[tuple[str, str], int]) -> None:
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


_SELECT = (
    b"SELECT sequence, letter_id, consumer, letter, state, redrives, redriven, redrive_cause FROM dead_letter"
)
_PAGE = _SELECT + b" WHERE sequence > %b AND (state < 3 OR %b) ORDER BY sequence LIMIT %b"
_FIND = _SELECT + b" WHERE letter_id = %b"
_REDRIVING = _SELECT + b" WHERE state = 2 AND consumer = ANY(%b) ORDER BY sequence LIMIT %b"
_BURY = b"SELECT bury(%b, %b, %b, %b, %b)"
_MARK = b"SELECT mark_letter(%b, %b, %b, %b)"


class PostgresLetters:
    """Reads and keeps letters; each change is a transaction that is durable when it returns."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def bury(self, letter: NewLetter, cursor: Cursor | None) -> bool:
        """Keeps a letter and moves its consumer's cursor, both or neither."""
        log, position = (cursor.log, cursor.position) if cursor is not None else ("", 0)
        return await self._call(_BURY, letter.letter_id, letter.consumer, letter.letter, log, position)

    async def page(self, after: int, limit: int, *, with_handled: bool) -> list[StoredLetter]:
        """Letters with a higher sequence, in order."""
        return await self._stored(_PAGE, after, with_handled, limit)

    async def find(self, letter_id: UUID) -> StoredLetter | None:
        """One letter."""
        return next(iter(await self._stored(_FIND, letter_id)), None)

    async def redriving(self, consumers: Sequence[str], limit: int) -> list[StoredLetter]:
        """Some letters that these consumers are to handle again."""
        return await self._stored(_REDRIVING, list(consumers), limit)

    async def mark(self, letter_id: UUID, before: LetterState, after: LetterState, cause: str = "") -> bool:
        """Says what became of a letter."""
        return await self._call(_MARK, letter_id, int(before), int(after), cause)

    async def _stored(self, query: bytes, *values: object) -> list[StoredLetter]:
        async def use(session: Session) -> list[StoredLetter]:
            found = list(map(StoredLetter._make, await session.rows(query, values)))
            if found:
                await session.flush()  # nobody acts on a letter that a crash may still take back
            return found

        return await self._readers.run(use)

    async def _call(self, query: bytes, *values: object) -> bool:
        async def use(session: Session) -> bool:
            ((answer,),) = await session.rows(query, values)
            await session.flush()
            return bool(answer)

        return await self._readers.run(use)


_BURY_IN = sql.SQL("SELECT {}.bury(%s, %s, %b, '', 0)")
_MARK_IN = sql.SQL("SELECT {}.mark_letter(%s, %s, %s, %s)")
_REDRIVING_IN = sql.SQL(
    "SELECT letter_id, letter FROM {}.dead_letter"
    " WHERE state = 2 AND consumer = %s ORDER BY sequence LIMIT %s"
)


async def bury(connection: AsyncConnection[Any], schema: str, new: NewLetter) -> None:
    """Keeps a letter, in the caller's transaction; one that is kept already stays as it is."""
    query = _BURY_IN.format(sql.Identifier(schema))
    await connection.execute(query, (new.letter_id, new.consumer, new.letter))


async def mark(
    connection: AsyncConnection[Any],
    schema: str,
    letter_id: UUID,
    before: LetterState,
    after: LetterState,
    cause: str = "",
) -> None:
    """Says what became of a letter, in the caller's transaction, if it was in the state before."""
    query = _MARK_IN.format(sql.Identifier(schema))
    await connection.execute(query, (letter_id, int(before), int(after), cause))


async def redriving(
    connection: AsyncConnection[Any], schema: str, consumer: str, limit: int
) -> list[tuple[UUID, bytes]]:
    """Letters that a consumer is to handle again, oldest first: id and letter."""
    query = _REDRIVING_IN.format(sql.Identifier(schema))
    return await (await connection.execute(query, (consumer, limit), binary=True)).fetchall()
