"""Cases that a fold in PostgreSQL has set aside, so that all others go on: what waits for each, and why.

A batch is folded as a whole. Only when that fails is it folded item by item and case by case: a case whose
fold fails is set aside with a dead letter, and its later items wait behind the first, in order. Driven again,
after a mend, they are folded as if nothing had happened.

Everything here is in the caller's transaction, with the fold's cursor: no event is lost between the two.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

import psycopg
from psycopg import AsyncConnection, sql

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.dead_letters import cause_of, letter_of_case
from huiyin_kernel.patience import is_passing
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.traces import about
from huiyin_store.letters import LetterState, bury, mark, redriving
from huiyin_store.port import WorldClock

log = logging.getLogger(__name__)

REDRIVEN_MAX = 20
"""Letters that are driven again in one transaction."""

_KEYS = "SELECT DISTINCT key, letter_id FROM {}.fold_waiting WHERE model = %s AND key = ANY(%s)"
_ADD = "INSERT INTO {}.fold_waiting (model, key, letter_id, event) VALUES (%s, %s, %s, %b)"
_WAITING = "SELECT key, event FROM {}.fold_waiting WHERE letter_id = %s ORDER BY key, number"
_DONE = "DELETE FROM {}.fold_waiting WHERE letter_id = %s"
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


async def failure(connection: AsyncConnection[Any], work: Callable[[], Awaitable[None]]) -> Exception | None:
    """Does it in a transaction inside the caller's; what stands against it, and then nothing is done.

    Raises what comes of no item: what passes, and what the database lacks.
    """
    try:
        async with connection.transaction():
            await work()
    except Exception as error:  # every failure is the caller's to say, but for those of no item
        if not is_of_the_event(error):
            raise
        return error
    return None


class Waiting(Protocol):
    """Something that is folded, and may have to wait."""

    @property
    def told_of(self) -> Event:
        """The event that a letter tells of."""
        ...

    @property
    def waits_as(self) -> Sequence[str]:
        """The cases that it concerns, or a name of its own when there are none."""
        ...

    def as_kept(self) -> bytes:
        """Its form while it waits."""
        ...


WaitingT = TypeVar("WaitingT", bound=Waiting)

Work = Callable[[Sequence[WaitingT], str | None], Awaitable[None]]
"""Folds items into all their cases, or into one."""


class Letter(NamedTuple):
    """A letter that is to be driven again: the case, and what waits of it, in order, as it was put aside."""

    letter_id: UUID
    key: str
    items: Sequence[bytes]


async def asked_again(
    connection: AsyncConnection[Any], schema: str, consumer: str, limit: int = REDRIVEN_MAX
) -> list[UUID]:
    """The letters of a consumer that somebody wants driven again, oldest first."""
    return [letter_id for letter_id, _ in await redriving(connection, schema, consumer, limit)]


class CasesAside(Generic[WaitingT]):
    """The cases of one fold. `consumer` is the fold's name in letters and metrics."""

    def __init__(self, schema: str, model: str, consumer: str, clock: WorldClock) -> None:
        self._schema, self._model, self._consumer, self._clock = schema, model, consumer, clock

    async def take(
        self, connection: AsyncConnection[Any], batch: Sequence[WaitingT], work: Work[WaitingT]
    ) -> int:
        """Folds a batch in; how often a case was set aside. Raises only what comes of no item."""
        aside = await self.among(connection, {name for one in batch for name in one.waits_as})
        error = None if aside else await failure(connection, lambda: work(batch, None))
        if not aside and error is None:
            return 0
        return sum([await self._take_one(connection, one, work, aside) for one in batch])

    async def _take_one(
        self,
        connection: AsyncConnection[Any],
        one: WaitingT,
        work: Work[WaitingT],
        aside: dict[str, UUID],
    ) -> int:
        """Case by case. Those in `aside` wait; who fails is one of them from there on, and is counted."""
        count = 0
        for name in one.waits_as:
            if name in aside:
                await self.add(connection, name, aside[name], one.as_kept())
            elif error := await failure(connection, partial(work, [one], name)):
                log.error("%s: %s is set aside", self._consumer, name, extra=about(one.told_of))
                aside[name] = await self.put(connection, name, one.told_of, one.as_kept(), error)
                metrics.DEAD_LETTERS.labels(self._consumer, one.told_of.log).inc()
                count += 1
        return count

    async def redrive(
        self, connection: AsyncConnection[Any], read: Callable[[bytes], WaitingT], work: Work[WaitingT]
    ) -> None:
        """Folds again what somebody wants folded again: all that waits of a case, or nothing."""
        for letter in await self.redriving(connection):
            batch = [read(item) for item in letter.items]
            if error := await failure(connection, partial(work, batch, letter.key)):
                log.error("%s: case %s fails again: %s", self._consumer, letter.key, cause_of(error))
                await self.failed(connection, letter.letter_id, error)
                continue
            await self.done(connection, letter.letter_id)
            for one in batch[:1]:
                metrics.DEAD_LETTERS_REDRIVEN.labels(self._consumer, one.told_of.log).inc()

    async def has_work(self, connection: AsyncConnection[Any]) -> bool:
        """Whether somebody wants a case folded again."""
        count, wanted = await self.state(connection)
        metrics.FOLD_ASIDE.labels(self._consumer).set(count)
        return wanted

    async def among(self, connection: AsyncConnection[Any], keys: Collection[str]) -> dict[str, UUID]:
        """Those of these cases that are aside, each with its letter."""
        rows = await connection.execute(self._sql(_KEYS), (self._model, sorted(keys)))
        return dict(await rows.fetchall())

    async def put(
        self, connection: AsyncConnection[Any], key: str, event: Event, item: bytes, error: Exception
    ) -> UUID:
        """Sets a case aside with the item that its fold could not take; the letter tells of its event."""
        new = letter_of_case(self._consumer, key, event, error, self._clock.now())
        await bury(connection, self._schema, new)
        await self._mark(connection, new.letter_id, LetterState.HANDLED, LetterState.BURIED, cause_of(error))
        await self.add(connection, key, new.letter_id, item)
        return new.letter_id

    async def add(self, connection: AsyncConnection[Any], key: str, letter_id: UUID, item: bytes) -> None:
        """Lets a later item of a case wait behind the others."""
        await connection.execute(self._sql(_ADD), (self._model, key, letter_id, item))

    async def redriving(self, connection: AsyncConnection[Any]) -> list[Letter]:
        """The cases that somebody wants folded again."""
        asked = await asked_again(connection, self._schema, self._consumer)
        return [await self._letter(connection, letter_id) for letter_id in asked]

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
        await mark(connection, self._schema, letter_id, before, after, cause)

    def _sql(self, text: str) -> sql.Composed:
        return sql.SQL(text).format(sql.Identifier(self._schema))
