"""One batch of a fold in PostgreSQL: states, rows, and cases that are set aside so that the others go on.

A batch is folded as a whole. Only when that fails is it folded case by case: a case whose fold fails is set
aside with a dead letter, and its later events wait behind the first, in order. Driven again, after a mend,
they are folded as if nothing had happened.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar
from uuid import UUID

from psycopg import AsyncConnection, sql

from huiyin.event.v1.event_pb2 import Event
from huiyin_domain.fact import Fact
from huiyin_kernel.cases_aside import CasesAside, is_of_the_event
from huiyin_kernel.dead_letters import cause_of
from huiyin_kernel.facts import fact_of_envelope
from huiyin_kernel.telemetry.about import about
from huiyin_kernel.telemetry.folds import FoldCounts

StateT = TypeVar("StateT")

# One statement for all rows of a batch: a statement for each costs more than the row.
_SAVE_STATES = (
    "INSERT INTO {}.projection_state (model, key, state)"
    " SELECT %s, key, state FROM unnest(%b::text[], %b::bytea[]) AS new (key, state)"
    " ON CONFLICT (model, key) DO UPDATE SET state = EXCLUDED.state"
)
_LOAD_STATES = "SELECT key, state FROM {}.projection_state WHERE model = %s AND key = ANY(%s)"

log = logging.getLogger(__name__)


class Model(Protocol[StateT]):
    """A pure fold by key with a byte form, and the rows derived from its states for queries."""

    name: str

    def keys(self, fact: Fact) -> Sequence[str]:
        """Which states a fact concerns."""
        ...

    def initial(self) -> StateT: ...

    def evolve(self, state: StateT, fact: Fact) -> StateT: ...

    def dump(self, state: StateT) -> bytes: ...

    def load(self, data: bytes) -> StateT: ...

    async def write_rows(
        self, connection: AsyncConnection[Any], states: Mapping[str, StateT], events: Sequence[Event]
    ) -> None:
        """Replaces the rows derived from these states and adds these events', in the caller's transaction."""
        ...


class _Read(NamedTuple):
    """An event as it was read: its fact or what stands against that, and the cases that it concerns."""

    event: Event
    fact: Fact | None
    keys: Sequence[str]
    error: Exception | None = None

    @property
    def item(self) -> bytes:
        """As it waits."""
        return self.event.SerializeToString(deterministic=True)

    @property
    def waits_as(self) -> Sequence[str]:
        """Under which names it may have to wait; one that concerns no case has its own."""
        return self.keys or (f"{self.event.log} {self.event.position}",)


class Folding:
    """Folds events of one model; every method in the caller's transaction."""

    def __init__(self, schema: str, model: Model[Any], aside: CasesAside, counts: FoldCounts) -> None:
        self._schema, self._model, self._aside, self._counts = schema, model, aside, counts

    async def take(self, connection: AsyncConnection[Any], events: Sequence[Event]) -> None:
        """Folds a batch in. Raises only what comes of no event: what passes, and what the database lacks."""
        batch = [self._read(event) for event in events]
        aside = await self._aside.among(connection, {name for one in batch for name in one.waits_as})
        error = None if aside else await self._failure(connection, batch, None)
        if aside or error:
            await self._one_by_one(connection, batch, aside)

    async def has_work(self, connection: AsyncConnection[Any]) -> bool:
        """Whether somebody wants a case folded again."""
        count, wanted = await self._aside.state(connection)
        self._counts.aside.set(count)
        return wanted

    async def redrive(self, connection: AsyncConnection[Any]) -> None:
        """Folds again what somebody wants folded again: all that waits of a case, or nothing."""
        for letter in await self._aside.redriving(connection):
            batch = [self._read(Event.FromString(item)) for item in letter.items]
            if error := await self._failure(connection, batch, letter.key):
                log.error("%s: case %s fails again: %s", self._model.name, letter.key, cause_of(error))
                await self._aside.failed(connection, letter.letter_id, error)
            else:
                await self._aside.done(connection, letter.letter_id)
                self._counts.redriven([one.event for one in batch])

    def _read(self, event: Event) -> _Read:
        """Reads an event; of one that cannot be read, its cases are those that it names."""
        try:
            fact = fact_of_envelope(event)
            return _Read(event, fact, self._model.keys(fact))
        except Exception as error:  # stands against each case of the event, when it is folded
            return _Read(event, None, tuple(event.metadata.case_ids), error)

    async def _one_by_one(
        self, connection: AsyncConnection[Any], batch: Sequence[_Read], aside: dict[str, UUID]
    ) -> None:
        """Event by event and case by case. Those in `aside` wait; who fails is one of them from there on."""
        for one in batch:
            for name in one.waits_as:
                if name in aside:
                    await self._aside.add(connection, name, aside[name], one.item)
                elif error := await self._failure(connection, [one], name):
                    log.error("%s: %s is set aside", self._model.name, name, extra=about(one.event))
                    aside[name] = await self._aside.put(connection, name, one.event, one.item, error)
                    self._counts.put_aside(one.event)

    async def _failure(
        self, connection: AsyncConnection[Any], batch: Sequence[_Read], only: str | None
    ) -> Exception | None:
        """Folds events into all their cases, or one; what stands against it, and then nothing is done."""
        try:
            async with connection.transaction():
                await self._fold(connection, batch, only)
        except Exception as error:  # every failure is the caller's to say, but for those of no event
            if not is_of_the_event(error):
                raise
            return error
        return None

    async def _fold(self, connection: AsyncConnection[Any], batch: Sequence[_Read], only: str | None) -> None:
        for error in [one.error for one in batch if one.error is not None]:
            raise error
        work = [(one.fact, key) for one in batch for key in one.keys if only in (None, key)]
        states = await self._load(connection, sorted({key for _, key in work}))
        for fact, key in work:
            assert fact is not None, "what could not be read was raised above"
            states[key] = self._model.evolve(states.get(key) or self._model.initial(), fact)
        await self._save(connection, states)
        await self._model.write_rows(connection, states, [one.event for one in batch])

    async def _load(self, connection: AsyncConnection[Any], keys: Sequence[str]) -> dict[str, Any]:
        cursor = await connection.execute(self._sql(_LOAD_STATES), (self._model.name, keys), binary=True)
        return {key: self._model.load(data) for key, data in await cursor.fetchall()}

    async def _save(self, connection: AsyncConnection[Any], states: Mapping[str, Any]) -> None:
        if states:
            dumped = [self._model.dump(state) for state in states.values()]
            await connection.execute(self._sql(_SAVE_STATES), (self._model.name, list(states), dumped))

    def _sql(self, text: str) -> sql.Composed:
        return sql.SQL(text).format(sql.Identifier(self._schema))
