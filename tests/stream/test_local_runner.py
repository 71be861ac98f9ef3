"""The local runner shows what the folds say, whatever becomes of it and its database meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from psycopg import AsyncConnection

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_domain.decider import UnfoldableError
from huiyin_domain.streams.entry import Entry
from huiyin_domain.streams.folds import Folds
from huiyin_domain.streams.output import Sink
from huiyin_kernel.telemetry.metrics import REGISTRY
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_streams.local_runner import BATCH_MAX, NAME, LocalRunner
from huiyin_streams.sink_rows import write_outputs
from tests.support.folding import FOLDS, Memory, contents
from tests.support.local_folding import fold_all
from tests.support.made_timelines import Timelines
from tests.support.platform import eventually
from tests.support.streams_database import StreamsDatabase, streams_database

CASES = 60


@pytest.fixture
async def database(postgres_server: EmbeddedPostgres) -> AsyncIterator[StreamsDatabase]:
    async with streams_database(postgres_server.admin_dsn) as made:
        yield made


def runner(database: StreamsDatabase) -> LocalRunner:
    return LocalRunner(database.dsn, FOLDS)


@asynccontextmanager
async def at_work(host: LocalRunner) -> AsyncIterator[None]:
    working = asyncio.ensure_future(host.run())
    try:
        yield
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def assert_is(database: StreamsDatabase, records: Sequence[CaseEvent]) -> None:
    memory = Memory().take(records)
    assert await database.displayed() == memory.displayed()
    assert await database.states("cases") == memory.cases
    cells = await database.states("cells")
    assert {key: contents(data) for key, data in cells.items()} == memory.cell_contents()


async def test_the_tables_show_what_the_folds_say(database: StreamsDatabase) -> None:
    records = Timelines(1).entries(CASES)
    assert len(records) > BATCH_MAX
    await database.add(records)
    await fold_all(database.dsn, FOLDS)
    await assert_is(database, records)


async def test_a_later_runner_goes_on_where_the_first_one_stopped(database: StreamsDatabase) -> None:
    timelines = Timelines(2)
    records: list[CaseEvent] = []
    for _ in range(3):
        more = timelines.entries(15)
        await database.add(more)
        records += more
        await fold_all(database.dsn, FOLDS)
    await assert_is(database, records)


async def test_what_comes_into_the_timeline_is_shown_at_once(database: StreamsDatabase) -> None:
    records = Timelines(3).entries(10)
    wanted = Memory().take(records).displayed()
    async with at_work(runner(database)):
        await database.add(records)

        async def is_shown() -> bool:
            return await database.displayed() == wanted

        await eventually(is_shown, "showing ten cases")


async def test_two_runners_at_the_same_time_count_nothing_twice(database: StreamsDatabase) -> None:
    records = Timelines(4).entries(CASES)
    await database.add(records)
    await asyncio.gather(*(fold_all(database.dsn, FOLDS) for _ in range(3)))
    await assert_is(database, records)


async def test_a_lost_connection_costs_nothing(database: StreamsDatabase) -> None:
    timelines = Timelines(5)
    records = timelines.entries(20)
    await database.add(records)
    async with at_work(runner(database)):
        for _ in range(3):
            await database.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database() AND usename = current_user"
            )
            more = timelines.entries(5)
            await database.add(more)
            records += more

        async def has_come_so_far() -> bool:
            rows = await database.rows("SELECT sequence FROM streams.stream_cursor")
            return bool(rows) and rows[0][0] == records[-1].sequence

        await eventually(has_come_so_far, "folding everything")
    await assert_is(database, records)


async def test_an_entry_that_this_build_cannot_read_sets_its_case_aside(database: StreamsDatabase) -> None:
    records = Timelines(6).entries(10)
    unknown = next(record for record in records if record.number == 2)
    kept = [one for one in records if one.case_id != unknown.case_id or one.number < 2]
    unknown.event.type = "huiyin.intake.v1.NotKnownYet"
    await database.add(records)
    await fold_all(database.dsn, FOLDS)
    await assert_is(database, kept)
    ((letter,),) = await database.rows("SELECT letter FROM streams.dead_letter")
    assert "NotKnownYet" in DeadLetter.FromString(letter).cause


async def test_rows_of_another_host_or_version_are_not_shown_any_more(database: StreamsDatabase) -> None:
    before, records = Timelines(8).entries(20), Timelines(9).entries(20)
    old = [output for output in Memory().take(before).outputs if output.sink is not Sink.FILINGS]
    async with await AsyncConnection.connect(database.dsn) as connection:
        await write_outputs(connection, old)
        await connection.execute("INSERT INTO streams.stream_state VALUES ('cases-v0', 'key', '')")
    await database.add(records)
    await fold_all(database.dsn, FOLDS)
    await assert_is(database, records)


async def test_a_late_output_of_a_worker_left_behind_changes_nothing(database: StreamsDatabase) -> None:
    records = Timelines(7).entries(20)
    memory = Memory().take(records)
    async with await AsyncConnection.connect(database.dsn) as connection:
        await write_outputs(
            connection, [output for output in memory.outputs if output.sink is not Sink.FILINGS]
        )
        stale = [output for output in memory.outputs if output.sink is Sink.WARNINGS]
        for output in stale:
            await write_outputs(connection, [output])
    assert await database.displayed() == memory.displayed()


def given_up() -> float:
    """What `huiyin status` says that the runner gave up."""
    return REGISTRY.get_sample_value("huiyin_worker_dead_total", {"worker": NAME}) or 0.0


class Failing:
    """The folds with a planted defect: they cannot take the entries with these numbers of a case."""

    name = FOLDS.cases.name

    def __init__(self, case_id: str, *numbers: int) -> None:
        self.case_id, self.numbers = case_id, numbers

    def __getattr__(self, name: str) -> Any:
        return getattr(FOLDS.cases, name)

    def evolve(self, state: Any, item: Entry) -> Any:
        if item.case_id == self.case_id and item.number in self.numbers:
            raise UnfoldableError(f"entry {item.number} is too much")
        return FOLDS.cases.evolve(state, item)


def failing(case_id: str, *numbers: int) -> Folds:
    """Folds that have that defect."""
    return replace(FOLDS, cases=Failing(case_id, *numbers))  # type: ignore[arg-type] # stands in for it


async def test_a_case_that_cannot_be_folded_is_set_aside_and_all_others_go_on(
    database: StreamsDatabase,
) -> None:
    records = Timelines(7).entries(CASES)
    broken = next(record.case_id for record in records if record.number == 3)
    await database.add(records)
    before = given_up()
    await fold_all(database.dsn, failing(broken, 2))
    assert given_up() - before == 1
    kept = [one for one in records if one.case_id != broken or one.number < 2]
    await assert_is(database, kept)
    ((state, consumer),) = await database.rows("SELECT state, consumer FROM streams.dead_letter")
    assert (state, consumer) == (1, "streams-local")
    waiting = await database.rows("SELECT key FROM streams.fold_waiting")
    assert waiting == [(broken,)] * (len(records) - len(kept))


async def test_driven_again_after_a_mend_the_tables_show_what_they_would_have_shown(
    database: StreamsDatabase,
) -> None:
    records = Timelines(8).entries(CASES)
    broken = next(record.case_id for record in records if record.number == 3)
    await database.add(records)
    await fold_all(database.dsn, failing(broken, 2))
    await database.rows("SELECT streams.mark_letter(letter_id, 1, 2, '') FROM streams.dead_letter")

    async def handled() -> bool:
        return await database.rows("SELECT state FROM streams.dead_letter") == [(3,)]

    async with at_work(runner(database)):
        await eventually(handled, "the letter of the case")
    assert await database.rows("SELECT * FROM streams.fold_waiting") == []
    await assert_is(database, records)
