"""Cases that a fold in PostgreSQL has set aside: what waits for each, and the dead letters that say why.

Everything here is in the caller's transaction, with the fold's cursor: no event is lost between the two.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg import AsyncConnection, sql

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.clock import Clock
from huiyin_kernel.dead_letters import cause_of, letter_of_case
from huiyin_kernel.passing import is_passing
from huiyin_store.letters import LetterState

REDRIVEN_MAX = 20
"""Letters that are driven again in one transaction."""

_KEYS = "SELECT DISTINCT key, letter_id FROM {}.fold_waiting WHERE model = %s AND key = ANY(%s)"
_ADD = "INSERT INTO {}.fold_waiting (model, key, letter_id, event) VALUES (%s, %s, %s, %b)"
_BURY = "SELECT {}.bury(%s, %s, %b, '', 0)"
_REDRIVING = """
SELECT letter_id FROM {}.dead_letter WHERE state = 2 AND consumer = %s ORDER BY sequence LIMIT %s
"""
_WAITING = "SELECT key, event FROM {}.fold_waiting WHERE letter_id = %s ORDER BY key, number"
_DONE = "DELETE FROM {}.fold_waiting WHERE letter_id = %s"
_MARK = "SELECT {}.mark_letter(%s, %s, %s, %s)"
_STATE = (
    "SELECT (SELECT count(DISTINCT key) FROM {0}.fold_waiting WHERE model = %s),"
    " EXISTS (SELECT FROM {0}.dead_letter WHERE state = 2 AND consumer = %s)"
)


def is_of_the_event(error: Exception) -> bool:
    """Whether a failure comes of what is folded, so that it would come again each time.

    What the database says of itself (no such table, no right to it) is nobody's event: it stops the fold.
    """
    return not is_passing(error) and not isinstance(
        error, psycopg.ProgrammingError | psycopg.InternalError | psycopg.NotSupportedError
    )


class Letter(NamedTuple):
    """A letter that is to be driven again: the case, and what waits of it, in order, as it was put aside."""

    letter_id: UUID
    key: str
    items: Sequence[bytes]


class CasesAside:
    """The cases of one fold. `consumer` is the fold's name in letters and metrics."""

    def __init__(self, schema: str, model: str, consumer: str, clock: Clock) -> None:
        self._schema, self._model, self._consumer, self._clock = schema, model, consumer, clock

    async def among(self, connection: AsyncConnection[Any], keys: Collection[str]) -> dict[str, UUID]:
        """Those of these cases that are aside, each with its letter."""
        rows = await connection.execute(self._sql(_KEYS), (self._model, sorted(keys)))
        return dict(await rows.fetchall())

    async def put(
        self, connection: AsyncConnection[Any], key: str, event: Event, item: bytes, error: Exception
    ) -> UUID:
        """Sets a case aside with the item that its fold could not take; the letter tells of its event."""
        new = letter_of_case(self._consumer, key, event, error, self._clock.now())
        await connection.execute(self._sql(_BURY), (new.letter_id, new.consumer, new.letter))
        await self._mark(connection, new.letter_id, LetterState.HANDLED, LetterState.BURIED, cause_of(error))
        await self.add(connection, key, new.letter_id, item)
        return new.letter_id

    async def add(self, connection: AsyncConnection[Any], key: str, letter_id: UUID, item: bytes) -> None:
        """Lets a later item of a case wait behind the others."""
        await connection.execute(self._sql(_ADD), (self._model, key, letter_id, item))

    async def redriving(self, connection: AsyncConnection[Any]) -> list[Letter]:
        """The cases that somebody wants folded again."""
        rows = await connection.execute(self._sql(_REDRIVING), (self._consumer, REDRIVEN_MAX))
        return [await self._letter(connection, letter_id) for (letter_id,) in await rows.fetchall()]

    async def _letter(self, connection: AsyncConnection[Any], letter_id: UUID) -> Letter:
        rows = await (await connection.execute(self._sql(_WAITING), (letter_id,), binary=True)).fetchall()
        key = rows[0][0] if rows else ""
        return Letter(letter_id, key, [item for _, item in rows])

    async def done(self, connection: AsyncConnection[Any], letter_id: UUID) -> None:
        """Nothing of the case waits any more."""
        await connection.execute(self._sql(_DONE), (letter_id,))
        await self._mark(connection, letter_id, LetterState.REDRIVING, LetterState.HANDLED)

    async def failed(self, connection: AsyncConnection[Any], letter_id: UUID, error: Exception) -> None:
        """The case stays aside."""
        await self._mark(connection, letter_id, LetterState.REDRIVING, LetterState.BURIED, cause_of(error))

    async def state(self, connection: AsyncConnection[Any]) -> tuple[int, bool]:
        """How many cases are aside, and whether any is to be folded again."""
        rows = await connection.execute(self._sql(_STATE), (self._model, self._consumer))
        ((count, wanted),) = await rows.fetchall()
        return int(count), bool(wanted)

    async def _mark(
        self,
        connection: AsyncConnection[Any],
        letter_id: UUID,
        before: LetterState,
        after: LetterState,
        cause: str = "",
    ) -> None:
        await connection.execute(self._sql(_MARK), (letter_id, int(before), int(after), cause))

    def _sql(self, text: str) -> sql.Composed:
        return sql.SQL(text).format(sql.Identifier(self._schema))
