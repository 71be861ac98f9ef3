"""A fold host: cursor, states and rows move together; a restart repeats the reading, never the effect."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

import psycopg
import pytest

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.projection import Projection
from huiyin_kernel.shared_log import shared
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.support.platform import eventually
from tests.unit.kernel.folding import CASES, Counting, Follow, Place, events_of, feed


@pytest.fixture
def place(postgres_server: EmbeddedPostgres) -> Place:
    return Place(postgres_server.admin_dsn)


async def fold(place: Place, model: Counting, logs: Mapping[str, Sequence[Event]]) -> None:
    """Runs a fold host until all is folded."""
    ends = {log: len(events) for log, events in logs.items()}
    await run_until(place, model, {log: feed(events) for log, events in logs.items()}, ends)


async def run_until(
    place: Place, model: Counting, feeds: Mapping[str, Follow], ends: Mapping[str, int]
) -> None:
    """Runs a fold host until its cursors are there, then stops it in the middle of waiting for more."""
    running = asyncio.ensure_future(Projection(place.dsn, place.schema, model).run(shared(feeds)))

    async def done() -> bool:
        if running.done():
            await running
        return place.cursors() == ends

    try:
        await eventually(done, "the fold")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def expected(count: int) -> dict[str, str]:
    """The states of one log's events, folded once each, in order."""
    return {
        str(UUID(int=number)): ",".join(str(position) for position in range(number + 1, count + 1, CASES))
        for number in range(CASES)
    }


async def test_a_restart_goes_on_where_it_stopped(place: Place) -> None:
    events = await events_of("intake@990000", 1_300)
    for count in (1, 700, 1_300):
        await fold(place, Counting(place.schema), {"intake@990000": events[:count]})
    assert place.states() == expected(1_300)
    assert len(place.rows("SELECT position FROM folded")) == 1_300


async def test_what_fails_half_way_leaves_nothing_of_it_and_is_folded_event_by_event(place: Place) -> None:
    model = Counting(place.schema)
    model.failures = [ValueError("after the rows were written")]
    await fold(place, model, {"intake@990000": await events_of("intake@990000", 9)})
    assert place.states() == expected(9)
    assert sorted(place.rows("SELECT position FROM folded")) == [(position,) for position in range(1, 10)]


async def test_an_outage_of_the_database_is_waited_for(place: Place) -> None:
    model = Counting(place.schema)
    model.failures = [psycopg.OperationalError("the connection is lost")]
    await fold(place, model, {"intake@990000": await events_of("intake@990000", 9)})
    assert place.states() == expected(9)
    assert len(place.rows("SELECT position FROM folded")) == 9


async def test_each_log_has_a_cursor_of_its_own(place: Place) -> None:
    logs = {log: await events_of(log, count) for log, count in (("intake@990000", 6), ("judicial@990000", 3))}
    await fold(place, Counting(place.schema), logs)
    assert place.cursors() == {"intake@990000": 6, "judicial@990000": 3}
    assert len(place.rows("SELECT position FROM folded")) == 9


async def test_a_fold_that_a_crash_of_the_database_took_back_is_made_again(place: Place) -> None:
    events, crashes = await events_of("intake@990000", 9), ["once"]

    async def six() -> bool:
        return place.cursors() == {"intake@990000": 6}

    async def crash(position: int) -> None:
        """Takes everything back between the sixth event and the seventh: none of it was flushed."""
        if position == 7 and crashes:
            await eventually(six, "the fold of six events")
            place.empty()
            crashes.clear()

    feeds = {"intake@990000": feed(events, crash)}
    await run_until(place, Counting(place.schema), feeds, {"intake@990000": 9})
    assert not crashes
    assert place.states() == expected(9)
    assert len(place.rows("SELECT position FROM folded")) == 9
