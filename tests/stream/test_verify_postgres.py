"""The verifier reads a real database, and names what was altered in it behind the platform's back."""

import psycopg
import pytest

from huiyin_audit.history import load_from_database
from huiyin_audit.postgres_source import LogMissingError
from huiyin_audit.report import LogReport
from huiyin_audit.verify_log import verify_logs
from tests.unit.audit.book import told
from tests.unit.audit.legal_story import LOGS, legal_story


def tamper(dsn: str, *statements: str) -> None:
    """What an administrator of the database can do: switch the trap off, and change what he likes."""
    with psycopg.connect(dsn) as connection:
        for table in ("event", "request"):
            connection.execute(f"ALTER TABLE intake.{table} DISABLE TRIGGER append_only")
        for statement in statements:
            connection.execute(statement)


async def intake_report(dsn: str) -> LogReport:
    """Of the log that was tampered with; read in slices the same is found."""
    report = await verify_logs(dsn, LOGS)
    assert await verify_logs(dsn, LOGS, processes=1, width=6) == report
    assert not any(log.finding_count for log in report.logs[1:])
    return report.logs[0]


async def test_untouched_logs_are_sound_with_all_their_tables(audit_dsn: str) -> None:
    report = await verify_logs(audit_dsn, LOGS)
    assert report.sound
    assert [log.not_checked for log in report.logs] == [(), (), ()]
    assert [log.event_count for log in report.logs] == [35, 11, 4]


async def test_one_altered_byte_is_named(audit_dsn: str) -> None:
    tamper(
        audit_dsn,
        "UPDATE intake.event SET data = set_byte(data, 0, get_byte(data, 0) # 1) WHERE position = 9",
    )
    report = await intake_report(audit_dsn)
    assert report.first_bad_position == 9
    assert "HASH_WRONG" in {finding.rule for finding in report.findings}


async def test_a_time_moved_by_a_microsecond_is_named(audit_dsn: str) -> None:
    tamper(
        audit_dsn,
        "UPDATE intake.event SET occurred = occurred - interval '1 microsecond' WHERE position = 12",
    )
    assert (await intake_report(audit_dsn)).first_bad_position == 12


async def test_a_deleted_row_is_named(audit_dsn: str) -> None:
    tamper(audit_dsn, "DELETE FROM intake.event WHERE position = 4")
    report = await intake_report(audit_dsn)
    assert (report.first_bad_position, report.findings[0].rule) == (4, "POSITION_GAP")


async def test_a_deleted_end_is_named_though_requests_and_streams_were_mended(audit_dsn: str) -> None:
    tamper(
        audit_dsn,
        "INSERT INTO judicial.cursor VALUES ('inbox', 'intake@990000', 35)",
        "DELETE FROM intake.request WHERE last_position = 35",
        "DELETE FROM intake.event WHERE position = 35",
        "UPDATE intake.stream s SET (version, position, hash) = (SELECT version, position, hash FROM"
        " intake.event e WHERE e.stream = s.stream ORDER BY version DESC LIMIT 1)",
    )
    report = await intake_report(audit_dsn)
    assert report.first_bad_position == 35
    assert [finding.rule for finding in report.findings] == ["CURSOR_BEYOND_LOG"]


async def test_a_head_that_was_set_back_is_named(audit_dsn: str) -> None:
    tamper(audit_dsn, "UPDATE intake.stream SET version = version - 1 WHERE position = 35")
    report = await intake_report(audit_dsn)
    assert [(finding.position, finding.rule) for finding in report.findings] == [(35, "HEAD_DIFFERS")]


async def test_a_forged_request_is_named(audit_dsn: str) -> None:
    tamper(audit_dsn, "INSERT INTO intake.request VALUES (gen_random_uuid(), '', 7, 7, now(), '')")
    report = await intake_report(audit_dsn)
    found = {(finding.position, finding.rule) for finding in report.findings}
    assert found == {(7, "REQUEST_OVERLAP"), (7, "REQUEST_DIFFERS")}


async def test_a_request_that_was_given_another_id_is_named(audit_dsn: str) -> None:
    tamper(
        audit_dsn,
        "UPDATE intake.request SET request_id = gen_random_uuid() WHERE first_position ="
        " (SELECT max(first_position) FROM intake.request)",
    )
    report = await intake_report(audit_dsn)
    assert [finding.rule for finding in report.findings] == ["REQUEST_DIFFERS"]


async def test_a_read_model_that_had_read_further_witnesses_a_deleted_end(audit_dsn: str) -> None:
    with psycopg.connect(audit_dsn) as connection:
        connection.execute("CREATE TABLE intake.projection_cursor (model text, log text, position bigint)")
    tamper(audit_dsn, "INSERT INTO intake.projection_cursor VALUES ('case', 'intake@990000', 36)")
    report = await intake_report(audit_dsn)
    assert [(finding.position, finding.rule) for finding in report.findings] == [(36, "CURSOR_BEYOND_LOG")]


async def test_processes_side_by_side_find_what_one_finds_in_one_snapshot(audit_dsn: str) -> None:
    tamper(audit_dsn, "UPDATE intake.event SET meta = meta || '\\x00' WHERE position IN (6, 7, 19)")
    alone = await verify_logs(audit_dsn, LOGS, processes=1)
    assert alone.logs[0].finding_count > 2
    assert await verify_logs(audit_dsn, LOGS, processes=2, width=6) == alone


async def test_a_log_that_is_not_there_is_said_so(audit_dsn: str) -> None:
    with pytest.raises(LogMissingError, match="supervision@990000"):
        await verify_logs(audit_dsn, ["supervision@990000"])


async def test_a_history_loaded_from_the_database_is_the_one_that_was_written(audit_dsn: str) -> None:
    loaded = await load_from_database(audit_dsn, LOGS, at_rest=True)
    assert loaded.logs == told(legal_story()).logs
