"""A fold that fails at an event sets that case aside, in sight of all, and goes on with every other."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import AsyncConnection, sql

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin.event.v1.event_pb2 import Event
from huiyin_domain.decider import Fact, UnfoldableError
from huiyin_kernel import fold_loop
from huiyin_kernel.model_states import NOTHING
from huiyin_kernel.projection import Projection
from huiyin_kernel.shared_log import shared
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.support.platform import eventually
from tests.unit.kernel.folding import CASES, Counting, Place, events_of, feed

LOG = "intake@990000"
BURIED, REDRIVING, HANDLED = 1, 2, 3


def case(number: int) -> str:
    """A case, of which each third event is."""
    return str(UUID(int=number))


class Failing(Counting):
    """A planted defect: it cannot take some positions, in its fold or in its rows."""

    def __init__(self, schema: str, folds: Sequence[int] = (), rows: Sequence[int] = ()) -> None:
        super().__init__(schema)
        self.folds, self.bad_rows = list(folds), list(rows)

    def evolve(self, state: tuple[int, ...], fact: Fact) -> tuple[int, ...]:
        if fact.position in self.folds:
            raise UnfoldableError(f"position {fact.position} is too much")
        return super().evolve(state, fact)

    async def write_rows(
        self,
        connection: AsyncConnection[Any],
        states: Mapping[str, Any],
        events: Sequence[Event],
        before: Mapping[str, Any] = NOTHING,
    ) -> None:
        for event in events:
            if event.position in self.bad_rows:
                await connection.execute("SELECT %s::int", ("no number",))
        await super().write_rows(connection, states, events)


@pytest.fixture
def place(postgres_server: EmbeddedPostgres) -> Place:
    return Place(postgres_server.admin_dsn)


@asynccontextmanager
async def folding(place: Place, model: Counting, events: Sequence[Event]) -> AsyncIterator[None]:
    """A host at work, which has read all events."""
    host = asyncio.ensure_future(Projection(place.dsn, place.schema, model).run(shared({LOG: feed(events)})))

    async def done() -> bool:
        if host.done():
            await host
        return place.cursors() == {LOG: len(events)}

    try:
        await eventually(done, "the fold")
        yield
    finally:
        host.cancel()
        await asyncio.gather(host, return_exceptions=True)


def states_of(count: int) -> dict[str, str]:
    """What the events come to when nothing fails."""
    return {
        case(number): ",".join(str(position) for position in range(number + 1, count + 1, CASES))
        for number in range(CASES)
    }


def letters(place: Place) -> list[tuple[int, DeadLetter]]:
    """The fold's letters with their states."""
    found = place.rows("SELECT state, letter FROM dead_letter ORDER BY sequence")
    return [(state, DeadLetter.FromString(letter)) for state, letter in found]


def drive_again(place: Place) -> None:
    """What `huiyin dead-letters redrive` does with each letter."""
    with psycopg.connect(place.dsn, autocommit=True) as connection:
        update = sql.SQL("UPDATE {}.dead_letter SET state = 2, redrives = redrives + 1 WHERE state = 1")
        connection.execute(update.format(sql.Identifier(place.schema)))


async def until(place: Place, *states: int) -> None:
    """Returns when the letters are in these states."""

    async def known() -> bool:
        return [state for state, _ in letters(place)] == list(states)

    await eventually(known, f"letters in the states {states}")


@pytest.mark.parametrize("kind", ["folds", "rows"])
async def test_a_case_whose_fold_fails_is_set_aside_and_all_others_go_on(place: Place, kind: str) -> None:
    """The event stands among 60; it is folded nowhere, and what comes after it in its case waits."""
    async with folding(place, Failing(place.schema, **{kind: [8]}), await events_of(LOG, 60)):
        assert place.states() == states_of(60) | {case(1): "2,5"}
        ((state, letter),) = letters(place)
        assert (state, letter.consumer, letter.log, letter.position) == (
            BURIED,
            f"{place.schema}-counting",
            LOG,
            8,
        )
        assert case(1) in letter.cause
        waiting = place.rows("SELECT key, event FROM fold_waiting ORDER BY number")
        positions = [Event.FromString(event).position for _, event in waiting]
        assert (positions, {key for key, _ in waiting}) == ([*range(8, 61, CASES)], {case(1)})


async def test_a_restart_neither_forgets_what_waits_nor_folds_it_out_of_order(place: Place) -> None:
    events = await events_of(LOG, 60)
    async with folding(place, Failing(place.schema, folds=[8]), events[:30]):
        pass
    async with folding(place, Counting(place.schema), events):
        assert place.states() == states_of(60) | {case(1): "2,5"}
        assert len(letters(place)) == 1


async def test_driven_again_after_a_mend_it_is_as_if_nothing_had_happened(place: Place) -> None:
    events = await events_of(LOG, 60)
    async with folding(place, Failing(place.schema, folds=[8, 9]), events[:30]):
        await until(place, BURIED, BURIED)
    async with folding(place, Counting(place.schema), events):
        drive_again(place)
        await until(place, HANDLED, HANDLED)
        assert place.states() == states_of(60)
        assert place.rows("SELECT * FROM fold_waiting") == []
        assert sorted(place.rows("SELECT position FROM folded")) == [(number,) for number in range(1, 61)]


async def test_driven_again_without_a_mend_it_stays_aside_and_says_so(place: Place) -> None:
    async with folding(place, Failing(place.schema, folds=[14]), await events_of(LOG, 60)):
        await until(place, BURIED)
        drive_again(place)

        async def said() -> bool:
            ((state, cause),) = place.rows("SELECT state, redrive_cause FROM dead_letter")
            return state == BURIED and "position 14 is too much" in cause

        await eventually(said, "the letter says that it fails again")
        assert place.states() == states_of(60) | {case(1): "2,5,8,11"}


@pytest.mark.parametrize("is_told", [True, False])
async def test_a_quiet_fold_looks_when_it_is_told_and_otherwise_within_its_bound(
    place: Place, monkeypatch: pytest.MonkeyPatch, is_told: bool
) -> None:
    monkeypatch.setattr(fold_loop, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(fold_loop, "QUIET_SECONDS", 60.0 if is_told else 0.5)
    async with folding(place, Failing(place.schema, folds=[14]), await events_of(LOG, 20)):
        await until(place, BURIED)
        await asyncio.sleep(0.3)
        if not is_told:
            place.execute("DROP TRIGGER redriving ON dead_letter")
        drive_again(place)
        await until(place, BURIED)
        assert place.rows("SELECT redrives FROM dead_letter") == [(1,)]


async def test_an_event_that_no_build_can_read_sets_its_case_aside(place: Place) -> None:
    events = await events_of(LOG, 60)
    events[7].type = "huiyin.intake.v1.NotYetInvented"
    async with folding(place, Counting(place.schema), events):
        assert place.states() == states_of(60) | {case(1): "2,5"}
        assert "NotYetInvented" in letters(place)[0][1].cause


async def test_what_the_database_lacks_is_nobodys_event_and_stops_the_fold(place: Place) -> None:
    with psycopg.connect(place.dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP TABLE {}.folded").format(sql.Identifier(place.schema)))
    with pytest.raises(psycopg.errors.UndefinedTable):
        async with folding(place, Counting(place.schema), await events_of(LOG, 3)):
            pass
    assert (letters(place), place.cursors()) == ([], {})
