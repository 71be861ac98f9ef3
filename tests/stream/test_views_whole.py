"""A view that was emptied, cut, moved or left behind never passes for one that says what the logs say."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import count
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from typer.testing import CliRunner

from huiyin_audit.checks.all import check_all
from huiyin_audit.findings import PromiseOutcome, Reach, Verdict
from huiyin_audit.history import load_from_database
from huiyin_audit.insight import compare_insight
from huiyin_audit.live_models import READ_MODELS
from huiyin_audit.replay_logs import compare_models
from huiyin_audit.report import VerifyReport
from huiyin_audit.verify_log import verify_logs
from huiyin_cli.main import app
from huiyin_domain.streams.folds import VERSION, folds
from huiyin_kernel.policy import load_policy
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.histories import recording
from tests.support.local_folding import fold_all
from tests.support.made_timelines import PLACES, Timelines
from tests.support.streams_database import streams_database
from tests.support.timelines import NAMES
from tests.support.whole_database import AnyRing, copy_of, drop, make_whole

pytestmark = pytest.mark.asyncio(loop_scope="module")

HISTORY = recording.history("0.1")
ENDS = HISTORY.ends
TEMPLATE = "whole_views"

CASE = min(entry.fact.case_ids[0] for entry in HISTORY.logs[NAMES[0]])
"""A case to be made away with."""

VIEWS = {
    "streams.case_row": "case",
    "streams.case_event": "case",
    "streams.figure_row": "case",
    "supervision.clock_row": "clocks",
    "supervision.case_row": "clocks",
    "supervision.case_cause": "clocks",
}
SHOWN = ("streams.clock_warning", "streams.stream_state")
INSIGHT = ("streams.hot_issue", *SHOWN)
"""Of hot issues the recorded history has none: they are tampered with in a timeline that was made up."""
STATES = ("streams.projection_state", "supervision.projection_state")
TIMELINE = ("timeline_entry", "timeline_case", "timeline_stream", "timeline_held")

_numbers = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def template(postgres_server: EmbeddedPostgres) -> AsyncIterator[str]:
    """The database that a platform left, nobody connected to it."""
    await make_whole(postgres_server.admin_dsn, TEMPLATE, HISTORY)
    yield TEMPLATE
    drop(postgres_server.admin_dsn, TEMPLATE)


@pytest.fixture
def whole(postgres_server: EmbeddedPostgres, template: str) -> Iterator[str]:
    """A copy to tamper with, as a superuser of the database can."""
    name = f"tampered_views_{next(_numbers)}"
    yield copy_of(postgres_server.admin_dsn, template, name)
    drop(postgres_server.admin_dsn, name)


def tamper(dsn: str, *statements: str) -> None:
    with psycopg.connect(dsn) as connection:
        for statement in statements:
            connection.execute(statement.encode())


async def replayed(dsn: str) -> dict[str, Verdict]:
    """The verdicts of `huiyin replay` by model."""
    verdicts: dict[str, Verdict] = {}
    for schema, models in READ_MODELS:
        found = await compare_models(dsn, NAMES, schema, models)
        verdicts |= {model.name: one for model, one in zip(models, found, strict=True)}
    return {**verdicts, "insight": await compare_insight(dsn, NAMES, 1, 50)}


async def outcomes(dsn: str) -> dict[str, PromiseOutcome]:
    return {model: one.outcome for model, one in (await replayed(dsn)).items()}


async def verified(dsn: str) -> VerifyReport:
    return await verify_logs(dsn, NAMES, rings=dict.fromkeys(NAMES, AnyRing()))


def whole_of(logs: Sequence[str] = NAMES) -> tuple[Reach, ...]:
    return tuple(Reach(log, ENDS[log], ENDS[log]) for log in logs)


async def test_views_that_nobody_touched_are_exact_up_to_the_end_of_every_log(whole: str) -> None:
    found = await replayed(whole)
    assert {model: (one.outcome, one.violations) for model, one in found.items()} == dict.fromkeys(
        ("case", "clocks", "insight"), (PromiseOutcome.HOLDS, ())
    )
    assert {model: found[model].reach for model in ("case", "clocks")} == dict.fromkeys(
        ("case", "clocks"), whole_of()
    )
    timeline, *logs = found["insight"].reach
    assert (timeline.log, timeline.is_whole, tuple(logs)) == ("timeline", True, whole_of())
    report = await verified(whole)
    assert (report.sound, report.whole) == (True, True)
    assert report.timeline is not None
    assert report.timeline.reach == whole_of()
    assert {log.log: log.position for log in report.logs} == ENDS


@pytest.mark.parametrize("table", [*VIEWS, *SHOWN])
async def test_an_emptied_table_with_its_cursor_at_the_end_is_found(whole: str, table: str) -> None:
    tamper(whole, f"TRUNCATE {table}")
    broken = {model for model, outcome in (await outcomes(whole)).items() if outcome is PromiseOutcome.BROKEN}
    # The timeline's entries are made of the events of cases.
    beside = {"insight"} if table == "streams.case_event" else set()
    assert broken == {VIEWS.get(table, "insight"), *beside}


@pytest.mark.parametrize("table", STATES)
async def test_emptied_states_with_their_cursors_at_the_end_are_found(whole: str, table: str) -> None:
    tamper(whole, f"TRUNCATE {table}")
    broken = {model for model, outcome in (await outcomes(whole)).items() if outcome is PromiseOutcome.BROKEN}
    assert broken == ({"case"} if table.startswith("streams") else {"clocks"})


async def test_a_case_deleted_from_every_view_is_named_in_each(whole: str) -> None:
    tables = (*(view for view in VIEWS if view != "streams.case_event"), "streams.clock_warning")
    states = [f"DELETE FROM {table} WHERE key = '{CASE}'" for table in (*STATES, "streams.stream_state")]
    tamper(whole, *(f"DELETE FROM {table} WHERE case_id = '{CASE}'" for table in tables), *states)
    found = await replayed(whole)
    for model, verdict in found.items():
        assert verdict.outcome is PromiseOutcome.BROKEN, model
        assert all(finding.rule == "MISSING_LIVE" for finding in verdict.violations), model
        assert any(CASE in finding.stream for finding in verdict.violations), model


async def test_a_case_deleted_from_the_timeline_is_found(whole: str) -> None:
    tamper(whole, f"DELETE FROM streams.timeline_entry WHERE case_id = '{CASE}'")
    report = await verified(whole)
    assert report.timeline is not None
    assert "EVENT_NOT_NUMBERED" in {finding.rule for finding in report.timeline.findings}


async def test_views_emptied_with_their_cursors_are_behind_and_not_exact(whole: str) -> None:
    tables = (*VIEWS, *INSIGHT, *STATES, "streams.stream_cursor")
    cursors = [f"DELETE FROM {schema}.projection_cursor" for schema, _ in READ_MODELS]
    timeline = [f"TRUNCATE streams.{table}" for table in TIMELINE]
    head = "UPDATE streams.timeline_head SET sequence = 0"
    tamper(whole, *(f"DELETE FROM {table}" for table in tables), *cursors, *timeline, head)
    found = await replayed(whole)
    assert {one.outcome for one in found.values()} == {PromiseOutcome.BEHIND}
    assert found["case"].reach == tuple(Reach(log, 0, end) for log, end in ENDS.items())
    report = await verified(whole)
    assert (report.sound, report.whole) == (True, False)
    assert report.timeline is not None
    assert report.timeline.reach == found["case"].reach


MOVED = {
    "back": "UPDATE {} SET position = position - 1 WHERE log = '{}'",
    "to the beginning": "UPDATE {} SET position = 0 WHERE log = '{}'",
    "beyond the end": "UPDATE {} SET position = position + 1 WHERE log = '{}'",
    "away": "DELETE FROM {} WHERE log = '{}'",
    "to another log": "UPDATE {} SET log = 'elsewhere@990000' WHERE log = '{}'",
}


@pytest.mark.parametrize("statement", MOVED.values(), ids=MOVED.keys())
async def test_a_view_whose_cursor_was_moved_is_never_exact(whole: str, statement: str) -> None:
    for schema, _ in READ_MODELS:
        tamper(whole, statement.format(f"{schema}.projection_cursor", NAMES[0]))
    assert (await outcomes(whole)).keys() == {"case", "clocks", "insight"}
    for model, outcome in (await outcomes(whole)).items():
        assert outcome in (PromiseOutcome.BROKEN, PromiseOutcome.BEHIND), model
    report = await verified(whole)
    assert not (report.sound and report.whole)


async def test_a_timeline_that_was_emptied_with_its_cursor_at_the_end_is_found(whole: str) -> None:
    tamper(whole, *(f"TRUNCATE streams.{table}" for table in TIMELINE))
    tamper(whole, "UPDATE streams.timeline_head SET sequence = 0")
    report = await verified(whole)
    assert report.timeline is not None
    assert {"EVENT_NOT_NUMBERED"} <= {finding.rule for finding in report.timeline.findings}


async def test_a_view_that_is_behind_is_compared_as_far_as_it_has_come(whole: str) -> None:
    tamper(whole, "DELETE FROM streams.stream_cursor", *(f"TRUNCATE {table}" for table in INSIGHT))
    behind = (await replayed(whole))["insight"]
    assert (behind.outcome, behind.reach[0].position) == (PromiseOutcome.BEHIND, 0)
    tamper(whole, "INSERT INTO streams.clock_warning VALUES ('x', 1, 'x', 'x', now(), now(), '')")
    assert (await replayed(whole))["insight"].outcome is PromiseOutcome.BROKEN


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO streams.hot_issue VALUES ('x', '990100', 9, '2020-01-01', '')",
        "UPDATE streams.clock_warning SET due = due + interval '1 day'",
        "UPDATE streams.stream_state SET state = state || '\\x00'",
    ],
)
async def test_what_stream_folds_show_cannot_be_altered_unseen(whole: str, statement: str) -> None:
    tamper(whole, statement)
    assert (await replayed(whole))["insight"].outcome is PromiseOutcome.BROKEN


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE streams.case_event SET event = event || '\\x0800'",
        "UPDATE supervision.case_row SET accused = '{}' WHERE accused <> '{}'",
        "UPDATE supervision.case_row SET division = '990102'",
        "UPDATE supervision.case_cause SET version = version - 1",
        "INSERT INTO supervision.case_row VALUES ('x', '990100')",
    ],
)
async def test_a_row_beside_a_view_cannot_be_altered_unseen(whole: str, statement: str) -> None:
    tamper(whole, statement)
    assert PromiseOutcome.BROKEN in (await outcomes(whole)).values()


ONE_OF = "WHERE ctid = (SELECT min(ctid) FROM streams.{0})"
SUMS = {
    "a counter": ("UPDATE streams.case_cell SET cases = cases + 1 ", "case_cell", "counter ", 1),
    "where a counter counts": ("UPDATE streams.case_cell SET status = 'x' ", "case_cell", "counter ", 2),
    "a counter taken away": ("DELETE FROM streams.case_cell ", "case_cell", "counter ", 1),
    "a figure": ("UPDATE streams.figure_cell SET cases = cases + 1 ", "figure_cell", "figure ", 1),
    "the days of a figure": ("UPDATE streams.figure_cell SET days = days + 1 ", "figure_cell", "figure ", 1),
    "whose figure it is": ("UPDATE streams.figure_cell SET unit = 'x' ", "figure_cell", "figure ", 2),
    "a figure that waits": (
        "UPDATE streams.figure_cell SET piece_when_due = 'x' ",
        "figure_cell",
        "figure ",
        2,
    ),
    "a figure taken away": ("DELETE FROM streams.figure_cell ", "figure_cell", "figure ", 1),
    "a case hidden from an agency": ("DELETE FROM streams.case_part ", "case_part", "part ", 1),
    "a case given to another": ("UPDATE streams.case_part SET agency = 'x' ", "case_part", "part ", 2),
}
"""What is done to one row of a table that is added up from others, and how many keys then differ."""


@pytest.mark.parametrize("statement, table, named, count", SUMS.values(), ids=SUMS)
async def test_what_is_added_up_from_rows_cannot_be_altered_unseen(
    whole: str, statement: str, table: str, named: str, count: int
) -> None:
    tamper(whole, statement + ONE_OF.format(table))
    found = await replayed(whole)
    assert {model for model, one in found.items() if one.violations} == {"case"}
    assert [one.rule for one in found["case"].violations] == ["SUM_DIFFERS"] * count
    assert all(one.stream.startswith(named) for one in found["case"].violations)


@pytest.mark.parametrize("trigger", ["case_cells_change", "cells_change", "parts_change"])
async def test_rows_changed_behind_what_is_added_up_from_them_are_found(whole: str, trigger: str) -> None:
    table = "figure_row" if trigger == "cells_change" else "case_row"
    column = "received = received + interval '1 day'" if trigger == "parts_change" else "unit = 'x'"
    tamper(whole, f"ALTER TABLE streams.{table} DISABLE TRIGGER {trigger}")
    tamper(whole, f"UPDATE streams.{table} SET {column}")
    rules = {one.rule for one in (await replayed(whole))["case"].violations}
    assert rules == {"STATE_DIFFERS", "SUM_DIFFERS"}


@pytest.mark.parametrize("table", [*VIEWS, *INSIGHT, *STATES, "streams.projection_cursor"])
async def test_a_view_that_was_dropped_is_not_passed_over(whole: str, table: str) -> None:
    tamper(whole, f"ALTER TABLE {table} RENAME TO gone")
    assert set((await outcomes(whole)).values()) != {PromiseOutcome.HOLDS}


@pytest.mark.parametrize("table", TIMELINE)
async def test_a_table_of_the_timeline_that_was_dropped_is_not_passed_over(whole: str, table: str) -> None:
    tamper(whole, f"ALTER TABLE streams.{table} RENAME TO gone")
    report = await verified(whole)
    assert report.timeline is not None
    assert [finding.rule for finding in report.timeline.findings] == ["VIEW_UNREADABLE"]


@pytest.mark.parametrize(
    "schema, name, model",
    [
        ("streams", "case", "case"),
        ("streams", f"local-v{VERSION}", "insight"),
        ("supervision", "clocks", "clocks"),
    ],
)
async def test_a_case_that_is_set_aside_is_named_and_the_view_not_exact(
    whole: str, schema: str, name: str, model: str
) -> None:
    values = f"'{name}', '{CASE}', gen_random_uuid(), ''"
    tamper(whole, f"INSERT INTO {schema}.fold_waiting (model, key, letter_id, event) VALUES ({values})")
    verdict = (await replayed(whole))[model]
    assert verdict.outcome is PromiseOutcome.BROKEN
    assert [(one.rule, one.stream) for one in verdict.violations] == [("CASE_SET_ASIDE", CASE)]


async def test_an_event_that_the_timeline_set_aside_is_named_so(whole: str) -> None:
    at = "log = 'judicial@990000' AND position = 13"
    tamper(whole, f"DELETE FROM streams.timeline_entry WHERE {at}")
    report = await verified(whole)
    assert report.timeline is not None
    assert "EVENT_NOT_NUMBERED" in {finding.rule for finding in report.timeline.findings}
    values = "'judicial@990000', 13, gen_random_uuid(), '', ''"
    columns = "(log, position, letter_id, missing, event)"
    tamper(whole, f"INSERT INTO streams.timeline_aside {columns} VALUES ({values})")
    report = await verified(whole)
    assert report.timeline is not None
    found = {finding.rule for finding in report.timeline.findings}
    assert "EVENT_SET_ASIDE" in found
    assert "EVENT_NOT_NUMBERED" not in found


async def test_where_workers_keep_the_place_an_emptied_table_is_left_open(whole: str) -> None:
    tamper(
        whole, "INSERT INTO streams.stream_offset VALUES ('warnings', 0, 1)", "TRUNCATE streams.clock_warning"
    )
    left_open = (await replayed(whole))["insight"]
    assert left_open.outcome is PromiseOutcome.UNKNOWN
    assert {finding.rule for finding in left_open.open_questions} == {"MISSING_LIVE"}


async def test_a_log_cut_with_all_its_witnesses_passes_and_the_verdict_says_up_to_where(whole: str) -> None:
    """What only a checkpoint outside the database can show: the position that it judged up to is lower."""
    log = "judicial@990000"
    schema, last = log.partition("@")[0], HISTORY.logs[log][-1].fact
    tamper(
        whole,
        f"DELETE FROM {schema}.event WHERE position = {last.position}",
        f"DELETE FROM {schema}.request WHERE last_position = {last.position}",
        f"UPDATE {schema}.stream s SET (version, position, hash) = (SELECT version, position, hash FROM"
        f" {schema}.event e WHERE e.stream = s.stream ORDER BY version DESC LIMIT 1)",
        f"UPDATE streams.projection_cursor SET position = {last.position - 1} WHERE log = '{log}'",
        f"UPDATE supervision.projection_cursor SET position = {last.position - 1} WHERE log = '{log}'",
    )
    found = {each.log: (each.position, each.finding_count) for each in (await verified(whole)).logs}
    assert found[log] == (last.position - 1, 0)
    verdicts = check_all(await load_from_database(whole, NAMES), load_policy())
    assert {one.reach for one in verdicts} == {
        tuple(Reach(name, end, end) for name, end in {**ENDS, log: last.position - 1}.items())
    }


def status(dsn: str, home: Path, *arguments: str) -> int:
    """The exit status of a command that reads this database as the auditor."""
    secrets = home / "secrets"
    secrets.mkdir(mode=0o700, exist_ok=True)
    file = secrets / "databases.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps({"auditor": dsn}))
    return CliRunner(env={"HUIYIN_HOME": str(home)}).invoke(app, arguments).exit_code


async def test_the_exit_status_tells_what_was_not_judged_to_the_end(whole: str, tmp_path: Path) -> None:
    async def statuses() -> tuple[int, int, int]:
        """Of verify, never whole where the rings of master keys are not at hand, of promises and replay."""
        commands = (("audit", "verify"), ("audit", "promises"), ("replay",))
        verify, promises, replay = [
            await asyncio.to_thread(status, whole, tmp_path, *command) for command in commands
        ]
        return verify, promises, replay

    move = "UPDATE streams.projection_cursor SET position = position {} WHERE log = 'reception@990000'"
    # What 0.1 recorded says nothing of a clock whose rule came later: supervision would, once it ran on it.
    assert await statuses() == (3, 1, 0)
    tamper(whole, move.format("- 1"))
    assert await statuses() == (1, 1, 1)
    tamper(whole, move.format("+ 1"))
    tamper(whole, *(f"TRUNCATE {table}" for table in INSIGHT), "DELETE FROM streams.stream_cursor")
    assert await statuses() == (3, 1, 3)


@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET filing_count = filing_count + 1"])
async def test_hot_issues_that_were_emptied_or_altered_are_found(
    postgres_server: EmbeddedPostgres, statement: str
) -> None:
    async with streams_database(postgres_server.admin_dsn) as database:
        await database.add(Timelines(1, places=PLACES[:1]).entries(120))
        await fold_all(database.dsn, folds(load_policy().timetable))
        assert (await compare_insight(database.dsn, [])).outcome is PromiseOutcome.HOLDS
        tamper(database.dsn, statement.format("streams.hot_issue"))
        assert (await compare_insight(database.dsn, [])).outcome is PromiseOutcome.BROKEN
