"""What `huiyin audit verify` does: verifies the logs of one database, and their timeline, in one snapshot."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

from huiyin_audit.models import READ_MODELS
from huiyin_audit.postgres_source import PostgresSource, snapshot
from huiyin_audit.report import LogReport, Reporter, VerifyReport
from huiyin_audit.timeline_rows import TimelineRows
from huiyin_audit.verify_log import verify_log
from huiyin_audit.verify_timeline import verify_timeline
from huiyin_domain.directory import Directory
from huiyin_kernel.facts import context_of
from huiyin_kernel.policy import load_policy


async def verify_logs(dsn: str, logs: Sequence[str], reporter: Reporter | None = None) -> VerifyReport:
    """Verifies each log, as the auditor's role. Raises LogMissingError or a psycopg error."""
    async with snapshot(dsn) as connection:
        schemas = sorted({*map(context_of, logs), *(schema for schema, _ in READ_MODELS)})
        sources = [PostgresSource(connection, log, schemas) for log in logs]
        for source in sources:
            await source.check()
        verified = tuple([await verify_log(source, reporter) for source in sources])
        return VerifyReport(verified, await _timeline(connection, logs, reporter))


async def _timeline(
    connection: AsyncConnection[Any], logs: Sequence[str], reporter: Reporter | None
) -> LogReport | None:
    """The verification of the timeline, where the database has one."""
    rows = TimelineRows(connection, logs)
    if not await rows.are_there():
        return None
    return await verify_timeline(rows, shared_bodies(load_policy().directory), reporter)


def shared_bodies(directory: Directory) -> list[str]:
    """Agencies that share people with others: where one is accused the others are kept from the case too."""
    return [unit.code for unit in directory if directory.one_body(unit.code) != {unit.code}]
