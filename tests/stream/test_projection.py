"""A fold host folds each event once and in order, whatever becomes of its database meanwhile."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from huiyin.event.v1.event_pb2 import Event
from huiyin_domain.decider import Fact
from huiyin_kernel.codec import to_envelope
from huiyin_kernel.model_states import NOTHING
from huiyin_kernel.packing import unpacked
from huiyin_kernel.projection import Projection
from huiyin_kernel.shared_log import shared
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.support.fold_tables import FOLD_TABLES
from tests.unit.audit.book import written
from tests.unit.audit.legal_story import INTAKE, legal_story

EVENTS = [to_envelope(INTAKE, event) for event in written(legal_story()).logs[INTAKE]]
FIRST, SECOND, ALL = 3, 6, len(EVENTS)
SECONDS_MAX = 20.0

_numbers = count(1)


class Positions:
    """The positions folded, in the order in which they were."""

    name = "positions"

    def keys(self, fact: Fact) -> Sequence[str]:
        return [fact.log]

    def initial(self) -> list[int]:
        return []

    def evolve(self, state: list[int], fact: Fact) -> list[int]:
        return [*state, fact.position]

    def dump(self, state: list[int]) -> bytes:
        return json.dumps(state).encode()

    def load(self, data: bytes) -> list[int]:
        found: list[int] = json.loads(data)
        return found

    async def write_rows(
        self,
        connection: AsyncConnection[Any],
        states: Mapping[str, list[int]],
        events: Sequence[Event],
        before: Mapping[str, list[int]] = NOTHING,
    ) -> None:
        """Nothing is derived."""


class Log:
    """A log that grows when the test says so."""

    def __init__(self) -> None:
        self.end = 0

    async def follow(self, after: int) -> AsyncGenerator[tuple[Event | None, int], None]:
        """Events after a position, for ever."""
        while True:
            while after < self.end:
                after += 1
                yield EVENTS[after - 1], after
            await asyncio.sleep(0.01)


class Place:
    """The database of one host, and what is in it."""

    def __init__(self, dsn: str, schema: str) -> None:
        self.schema = schema
        self.dsn = make_conninfo(dsn, options=f"-c search_path={schema}")

    def run(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query, on a connection of its own."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def folded(self) -> list[int]:
        """The positions in the state."""
        return [
            place
            for (state,) in self.run("SELECT state FROM projection_state")
            for place in json.loads(unpacked(state))
        ]

    async def until_folded(self, end: int) -> None:
        """Waits until the host has come so far."""
        async with asyncio.timeout(SECONDS_MAX):
            while self.folded()[-1:] != [end]:
                await asyncio.sleep(0.02)


@pytest.fixture
def place(postgres_server: EmbeddedPostgres) -> Iterator[Place]:
    place = Place(postgres_server.admin_dsn, f"projection_{next(_numbers)}")
    place.run(f"CREATE SCHEMA {place.schema}")
    place.run(FOLD_TABLES)
    yield place
    place.run(f"DROP SCHEMA {place.schema} CASCADE")


@asynccontextmanager
async def host(place: Place, log: Log) -> AsyncIterator[None]:
    """A host at work."""
    working = asyncio.ensure_future(
        Projection(place.dsn, place.schema, Positions()).run(shared({INTAKE: log.follow}))
    )
    try:
        yield
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def test_every_event_is_folded_once_and_in_order(place: Place) -> None:
    log = Log()
    async with host(place, log):
        for end in (FIRST, SECOND, ALL):
            log.end = end
            await place.until_folded(end)
    assert place.folded() == list(range(1, ALL + 1))


async def test_a_later_host_goes_on_where_the_first_one_stopped(place: Place) -> None:
    log = Log()
    for end in (SECOND, ALL):
        log.end = end
        async with host(place, log):
            await place.until_folded(end)
    assert place.folded() == list(range(1, ALL + 1))


async def test_what_a_crash_of_the_database_took_back_is_folded_again(place: Place) -> None:
    log = Log()
    async with host(place, log):
        log.end = FIRST
        await place.until_folded(FIRST)
        kept = place.run("SELECT encode(state, 'escape') FROM projection_state")[0][0]
        log.end = SECOND
        await place.until_folded(SECOND)
        place.run(f"UPDATE projection_state SET state = '{kept}'")
        place.run(f"UPDATE projection_cursor SET position = {FIRST}")
        log.end = ALL
        await place.until_folded(ALL)
    assert place.folded() == list(range(1, ALL + 1))


async def test_a_lost_connection_costs_nothing(place: Place) -> None:
    log = Log()
    async with host(place, log):
        log.end = FIRST
        await place.until_folded(FIRST)
        place.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            f" AND query LIKE '%{place.schema}%'"
        )
        log.end = ALL
        await place.until_folded(ALL)
    assert place.folded() == list(range(1, ALL + 1))


async def test_a_commit_that_took_effect_though_nobody_was_told_is_not_made_again(place: Place) -> None:
    log = Log()
    async with host(place, log):
        log.end = FIRST
        await place.until_folded(FIRST)
        done = json.dumps(list(range(1, SECOND + 1)))
        with psycopg.connect(place.dsn) as connection:
            connection.execute("UPDATE projection_state SET state = %s", (done.encode(),))
            connection.execute("UPDATE projection_cursor SET position = %s", (SECOND,))
        log.end = ALL
        await place.until_folded(ALL)
    assert place.folded() == list(range(1, ALL + 1))


async def test_two_hosts_at_the_same_time_fold_nothing_twice(place: Place) -> None:
    log = Log()
    log.end = 1
    async with host(place, log):
        await place.until_folded(1)
        async with host(place, log):
            for end in range(2, ALL + 1):
                log.end = end
                await place.until_folded(end)
    assert place.folded() == list(range(1, ALL + 1))
