"""What `huiyin audit verify` does: verifies the logs of one database, and their timeline, in one snapshot."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection

from huiyin_audit.findings import KEPT_MAX, Findings
from huiyin_audit.models import READ_MODELS
from huiyin_audit.postgres_source import PostgresSource, snapshot
from huiyin_audit.report import LogReport, Reporter, VerifyReport
from huiyin_audit.timeline_groups import NAME
from huiyin_audit.timeline_rows import TimelineRows
from huiyin_audit.unreadable import UNREADABLE, finding_of
from huiyin_audit.verify_keys import KeyVerifier, Ring
from huiyin_audit.verify_log import verify_log
from huiyin_audit.verify_timeline import verify_timeline
from huiyin_domain.directory import Directory
from huiyin_kernel.facts import context_of
from huiyin_kernel.policy import load_policy


async def verify_logs(
    dsn: str,
    logs: Sequence[str],
    reporter: Reporter | None = None,
    rings: Mapping[str, Ring] | None = None,
) -> VerifyReport:
    """Verifies each log, as the auditor's role; rings by log open wrapped keys, where they are at hand.

    Raises LogMissingError or a psycopg error.
    """
    async with snapshot(dsn) as connection:
        schemas = sorted({*map(context_of, logs), *(schema for schema, _ in READ_MODELS)})
        sources = [PostgresSource(connection, log, schemas) for log in logs]
        for source in sources:
            await source.check()
        keys = KeyVerifier(Findings(KEPT_MAX), rings or {})
        for source in sources:
            async for page in source.keys():
                keys.take_rows(source.log, page)
        verified = tuple([await verify_log(source, reporter, keys=keys) for source in sources])
        timeline = await _timeline(connection, logs, reporter)
        return VerifyReport(verified, timeline, keys.finish(len(sources)))


async def _timeline(
    connection: AsyncConnection[Any], logs: Sequence[str], reporter: Reporter | None
) -> LogReport | None:
    """The verification of the timeline, where the database has one."""
    rows = TimelineRows(connection, logs)
    if not await rows.are_there():
        return None
    try:
        return await verify_timeline(rows, shared_bodies(load_policy().directory), reporter)
    except UNREADABLE as error:
        return LogReport(NAME, 0, 0, 0, None, (finding_of(NAME, error),), 1)


def shared_bodies(directory: Directory) -> list[str]:
    """Agencies that share people with others: where one is accused the others are kept from the case too."""
    return [unit.code for unit in directory if directory.one_body(unit.code) != {unit.code}]
