"""The rows of clocks follow from the states, however they came to be written."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection

from huiyin.event.v1.event_pb2 import Event
from huiyin_domain.clocks.record import ClockRecord
from huiyin_kernel.codec import to_envelope
from huiyin_kernel.policy import load_policy
from huiyin_supervision.clock_model import ClockModel
from tests.stream.test_recounting import HISTORY
from tests.support.live_models import drop_live, make_tables
from tests.unit.audit.legal_story import LOGS
from tests.unit.audit.test_check_clocks import SUPERVISION

TIMETABLE = load_policy().timetable
ROWS = "SELECT * FROM supervision.clock_row ORDER BY clock_id"


@pytest.fixture
async def connection(audit_dsn: str) -> AsyncIterator[AsyncConnection[Any]]:
    await make_tables(audit_dsn)
    async with await AsyncConnection.connect(audit_dsn, autocommit=True) as opened:
        yield opened
    with psycopg.connect(audit_dsn) as admin:
        drop_live(admin)


def told(model: ClockModel) -> Iterator[tuple[str, ClockRecord | None, ClockRecord, Event]]:
    """A case before and after each event, in recorded order."""
    states: dict[str, ClockRecord] = {}
    entries = [(log, entry) for log in (*LOGS, SUPERVISION) for entry in HISTORY.logs[log]]
    for log, entry in sorted(entries, key=lambda one: one[1].fact.recorded):
        for key in model.keys(entry.fact):
            before = states.get(key)
            states[key] = model.evolve(before or model.initial(), entry.fact)
            yield key, before, states[key], to_envelope(log, entry.record)


async def rows(connection: AsyncConnection[Any]) -> list[Any]:
    return await (await connection.execute(ROWS)).fetchall()


async def as_written_anew(connection: AsyncConnection[Any], states: dict[str, ClockRecord]) -> list[Any]:
    async with connection.transaction(force_rollback=True):
        await connection.execute("DELETE FROM supervision.clock_row")
        await ClockModel(TIMETABLE).write_rows(connection, states, ())
        return await rows(connection)


async def test_rows_that_are_changed_event_by_event_are_those_of_the_states(
    connection: AsyncConnection[Any],
) -> None:
    model, states = ClockModel(TIMETABLE), dict[str, ClockRecord]()
    for key, before, state, event in told(model):
        if state is not before:
            known = {key: before} if before is not None else {}
            await model.write_rows(connection, {key: state}, [event], known)
            states[key] = state
        assert await rows(connection) == await as_written_anew(connection, states), event.type
    assert await rows(connection)


async def test_what_was_taken_back_with_its_transaction_is_written_again(
    connection: AsyncConnection[Any],
) -> None:
    """Every change is first written in vain; the model goes on from what the database has."""
    model, states = ClockModel(TIMETABLE), dict[str, ClockRecord]()
    for key, before, state, event in told(model):
        if state is not before:
            known = {key: before} if before is not None else {}
            async with connection.transaction(force_rollback=True):
                await model.write_rows(connection, {key: state}, [event], known)
            await model.write_rows(connection, {key: state}, [event], known)
            states[key] = state
    assert await rows(connection) == await as_written_anew(connection, states)
