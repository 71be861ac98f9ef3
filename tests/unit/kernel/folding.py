"""What tests of the fold host share: a model that counts, a schema to fold into, and feeds."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection, sql

from huiyin.event.v1.event_pb2 import Event, EventMetadata
from huiyin.intake.v1.events_pb2 import PetitionClosed
from huiyin_domain.decider import Fact
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.codec import encode, to_envelope
from huiyin_kernel.ids import uuid7
from huiyin_kernel.model_states import NOTHING
from huiyin_kernel.packing import unpacked
from huiyin_store.memory import MemoryEventStore
from huiyin_store.port import ANY_VERSION, Append, StreamWrite
from tests.support.fold_tables import FOLD_TABLES

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CASES = 3


class Counting:
    """Counts the events of each case, and writes a row for each event."""

    name = "counting"

    def __init__(self, schema: str) -> None:
        self._into = sql.SQL("INSERT INTO {}.folded VALUES (%s, %s)").format(sql.Identifier(schema))
        self.failures: list[Exception] = []

    def keys(self, fact: Fact) -> Sequence[str]:
        return fact.case_ids

    def initial(self) -> tuple[int, ...]:
        return ()

    def evolve(self, state: tuple[int, ...], fact: Fact) -> tuple[int, ...]:
        return (*state, fact.position)

    def dump(self, state: tuple[int, ...]) -> bytes:
        return ",".join(map(str, state)).encode()

    def load(self, data: bytes) -> tuple[int, ...]:
        return tuple(map(int, data.split(b",")))

    async def write_rows(
        self,
        connection: AsyncConnection[Any],
        states: Mapping[str, Any],
        events: Sequence[Event],
        before: Mapping[str, Any] = NOTHING,
    ) -> None:
        rows = [(event.log, event.position) for event in events]
        await connection.cursor().executemany(self._into, rows)
        if self.failures:
            raise self.failures.pop(0)


class Place:
    """A schema with the tables of a fold host."""

    def __init__(self, dsn: str) -> None:
        self.dsn, self.schema = dsn, f"fold_{uuid7().hex}"
        with psycopg.connect(dsn) as connection:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(self.schema)))
            connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(self.schema)))
            connection.execute(FOLD_TABLES.encode())
            connection.execute("CREATE TABLE folded (log text, position bigint)")

    def rows(self, query: str) -> list[Any]:
        """What a query finds there."""
        with psycopg.connect(self.dsn, options=f"-c search_path={self.schema}") as connection:
            return connection.execute(query.encode()).fetchall()

    def execute(self, statement: str) -> None:
        """Changes something there."""
        with psycopg.connect(self.dsn, options=f"-c search_path={self.schema}") as connection:
            connection.execute(statement.encode())

    def cursors(self) -> dict[str, int]:
        """How far each log is folded."""
        return dict(self.rows("SELECT log, position FROM projection_cursor"))

    def states(self) -> dict[str, str]:
        """The states, by key."""
        found = self.rows("SELECT key, state FROM projection_state")
        return {key: unpacked(kept).decode() for key, kept in found}

    def empty(self) -> None:
        """Takes back everything that was folded."""
        with psycopg.connect(self.dsn, options=f"-c search_path={self.schema}") as connection:
            connection.execute(
                "DELETE FROM folded; DELETE FROM projection_state; DELETE FROM projection_cursor"
            )


async def events_of(log: str, count: int) -> list[Event]:
    """Events of a log, for three cases in turn."""
    store = MemoryEventStore(log, ManualClock(NOW))
    for number in range(count):
        metadata = EventMetadata(case_ids=[str(UUID(int=number % CASES))])
        event = encode(uuid7(), PetitionClosed(), metadata, NOW)
        await store.append(Append(uuid7(), b"", (StreamWrite(f"s-{number}", ANY_VERSION, (event,)),)))
    return [to_envelope(log, event) for event in await store.read(0, count)]


Follow = Callable[[int], AsyncGenerator[tuple[Event | None, int], None]]


def feed(events: Sequence[Event], gate: Callable[[int], Awaitable[None]] | None = None) -> Follow:
    """A feed that goes on for ever, with nothing to say after these events; `gate` may hold one back."""

    async def follow(after: int) -> AsyncGenerator[tuple[Event | None, int], None]:
        for event in events[after:]:
            if gate is not None:
                await gate(event.position)
            yield event, event.position
        await asyncio.Event().wait()

    return follow
