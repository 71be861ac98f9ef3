"""The dead letters in one log's schema."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, sql

from huiyin_store.letters import LetterState, NewLetter, StoredLetter
from huiyin_store.port import Cursor
from huiyin_store.reading import Readers
from huiyin_store.session import Session

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
