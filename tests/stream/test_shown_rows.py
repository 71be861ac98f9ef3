"""Replay compares what lists and the ticker read, not only the states behind it."""

from collections.abc import AsyncIterator

import psycopg
import pytest

from huiyin_audit.findings import PromiseOutcome, Verdict
from huiyin_audit.live_models import READ_MODELS
from huiyin_audit.replay_logs import compare_models
from huiyin_cli.database import READ_MODEL_TABLES
from huiyin_streams.case_rows import read_events
from tests.support.live_models import drop_live, make_live
from tests.unit.audit.book import told
from tests.unit.audit.legal_story import LOGS, legal_story

HISTORY = told(legal_story())


@pytest.fixture
async def live(audit_dsn: str) -> AsyncIterator[str]:
    """The database with all read models, as their hosts keep them, up to the end of the logs."""
    await make_live(audit_dsn, HISTORY, LOGS)
    yield audit_dsn
    with psycopg.connect(audit_dsn) as admin:
        drop_live(admin)


async def replayed(dsn: str, processes: int = 1, part_events: int = 1000) -> dict[str, Verdict]:
    verdicts: dict[str, Verdict] = {}
    for schema, folds in READ_MODELS:
        found = await compare_models(dsn, LOGS, schema, folds, processes, part_events)
        verdicts |= {fold.name: verdict for fold, verdict in zip(folds, found, strict=True)}
    return verdicts


async def test_rows_that_nobody_touched_are_equal(live: str) -> None:
    assert {verdict.outcome for verdict in (await replayed(live)).values()} == {PromiseOutcome.HOLDS}


TAMPERED = {
    "a status": ("case", "UPDATE streams.case_row SET status = 'NOT_ACCEPTED' WHERE {}", "STATE_DIFFERS"),
    "who may see it": ("case", "UPDATE streams.case_row SET accused = '{{x}}' WHERE {}", "STATE_DIFFERS"),
    "a hidden case": ("case", "DELETE FROM streams.case_row WHERE {}", "MISSING_LIVE"),
    "a silenced clock": (
        "clocks",
        "UPDATE supervision.clock_row SET passed = NOT passed WHERE {}",
        "STATE_DIFFERS",
    ),
    "a clock without a date": (
        "clocks",
        "UPDATE supervision.clock_row SET due = due + interval '1 day' WHERE {}",
        "STATE_DIFFERS",
    ),
    "a clock taken away": ("clocks", "DELETE FROM supervision.clock_row WHERE {}", "MISSING_LIVE"),
    "an overdue case made timely": (
        "figure",
        "UPDATE streams.figure_row SET piece = 'in_time' WHERE {}",
        "STATE_DIFFERS",
    ),
    "another unit's failure": (
        "figure",
        "UPDATE streams.figure_row SET unit = 'x' WHERE {}",
        "STATE_DIFFERS",
    ),
    "a case out of the figures": ("figure", "DELETE FROM streams.figure_row WHERE {}", "MISSING_LIVE"),
}
KEYS = {
    "case": ("case_id", b"SELECT min(case_id) FROM streams.case_row"),
    "clocks": ("clock_id", b"SELECT min(clock_id) FROM supervision.clock_row WHERE due IS NOT NULL"),
    "figure": (
        "case_id || '/' || measure || '/' || number",
        b"SELECT min(case_id||'/'||measure||'/'||number) FROM streams.figure_row WHERE piece <> 'in_time'",
    ),
}


MODELS = {"case": "case", "figure": "case", "clocks": "clocks"}
"""By what the row is of."""


@pytest.mark.parametrize("kind, statement, rule", TAMPERED.values(), ids=TAMPERED.keys())
async def test_a_row_altered_by_hand_is_named(live: str, kind: str, statement: str, rule: str) -> None:
    column, first = KEYS[kind]
    with psycopg.connect(live) as connection:
        row = connection.execute(first).fetchone()
        assert row is not None
        connection.execute(statement.format(f"{column} = '{row[0]}'").encode())
    verdict = (await replayed(live))[MODELS[kind]]
    assert [(finding.rule, finding.stream) for finding in verdict.violations] == [(rule, f"row {row[0]}")]


async def test_a_case_is_told_no_further_than_its_row_and_its_walls_have_come(live: str) -> None:
    async with await psycopg.AsyncConnection.connect(live) as connection:
        rows = await connection.execute("SELECT case_id, max(position) FROM streams.case_event GROUP BY 1")
        case_id, last = min(await rows.fetchall())
        told = [event.position for event in await read_events(connection, case_id, 1000)]
        await connection.execute("UPDATE streams.projection_cursor SET position = %s", (last - 1,))
        shorter = [event.position for event in await read_events(connection, case_id, 1000)]
    assert last in told
    assert shorter == [position for position in told if position < last]


ONE_FOLD = next(file for file in READ_MODEL_TABLES["streams"] if file.name == "one_fold.sql")
EMPTIED = ("case_row", "case_cell", "case_part", "figure_row", "figure_cell", "projection_state")


async def test_what_two_folds_have_shown_goes_with_what_was_added_up_of_it(live: str) -> None:
    with psycopg.connect(live) as admin:
        events = admin.execute("SELECT count(*) FROM streams.case_event").fetchone()
        admin.execute("SET search_path TO streams")
        admin.execute(ONE_FOLD.read_text(encoding="utf-8").encode())
        for table in EMPTIED:
            left = admin.execute(f"SELECT * FROM {table}".encode()).fetchall()
            assert not [row for row in left if table != "case_cell" or row[-1]], table
        assert admin.execute("SELECT count(*) FROM streams.case_event").fetchone() == events


async def test_parts_folded_side_by_side_find_what_one_fold_finds(live: str) -> None:
    with psycopg.connect(live) as admin:
        admin.execute("UPDATE streams.case_row SET unit = 'NOBODY'")
        admin.execute("ALTER TABLE streams.case_event DISABLE TRIGGER append_only")
        admin.execute("DELETE FROM streams.case_event WHERE position % 3 = 0")
        admin.execute(
            "UPDATE supervision.clock_row SET case_id = (SELECT min(case_id) FROM supervision.case_row)"
        )
    alone = await replayed(live)
    assert {name: len(one.violations) > 2 for name, one in alone.items()} == {"case": True, "clocks": True}
    assert await replayed(live, processes=2, part_events=8) == alone
