"""What `huiyin audit verify` does: verifies the logs of one database, and their timeline, in one snapshot."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection

from huiyin_audit.findings import KEPT_MAX, Findings
from huiyin_audit.postgres_source import PostgresSource, SharedSnapshot, share, snapshot
from huiyin_audit.report import LogReport, Reporter, SilentReporter, VerifyReport
from huiyin_audit.timeline_rows import TimelineRows
from huiyin_audit.timeline_rules import NAME
from huiyin_audit.unreadable import READ_MODELS, UNREADABLE, finding_of
from huiyin_audit.verify import EventSlice
from huiyin_audit.verify_keys import KeyVerifier, Ring
from huiyin_audit.verify_log import SLICE, verify_log
from huiyin_audit.verify_timeline import verify_timeline
from huiyin_audit.workers import Workers, core_count, workers
from huiyin_domain.directory import Directory
from huiyin_kernel.codec import context_of
from huiyin_kernel.policy import load_policy

_SLICES_MAX = 1000
"""Of a log: positions that somebody made up may be as far apart as he likes."""

_WORTHWHILE = 4
"""So many slices are worth a process for each core: to begin one takes as long as to read 100,000 events."""

_Timeline = Callable[[], Awaitable[LogReport]]


async def verify_logs(
    dsn: str,
    logs: Sequence[str],
    reporter: Reporter | None = None,
    rings: Mapping[str, Ring] | None = None,
    processes: int | None = None,
    width: int = SLICE,
) -> VerifyReport:
    """Verifies each log, as the auditor's role; rings by log open wrapped keys, where they are at hand.

    Slices of `width` positions, and the timeline, are read by so many processes side by side; by default one
    for each core, and none where there is little to read. Raises LogMissingError or a psycopg error.
    """
    reporter = reporter or SilentReporter()
    async with snapshot(dsn) as connection:
        schemas = sorted({*map(context_of, logs), *(schema for schema, _ in READ_MODELS)})
        sources = [PostgresSource(connection, log, schemas) for log in logs]
        for source in sources:
            await source.check()
        size = sum([await source.size() for source in sources])
        count = processes or (core_count() if size > _WORTHWHILE * width else 1)
        shared = await share(dsn, connection)
        with workers(count) as pool:
            timeline = await _begun(connection, shared, logs, pool)
            keys = await _verifier_of_keys(sources, rings or {})
            verified = [
                await verify_log(source, reporter, keys=keys, slices=_slices(source, shared, pool, width))
                for source in sources
            ]
            told = await _told(timeline, reporter)
        return VerifyReport(tuple(verified), told, keys.finish(len(sources)))


async def _verifier_of_keys(sources: Sequence[PostgresSource], rings: Mapping[str, Ring]) -> KeyVerifier:
    keys = KeyVerifier(Findings(KEPT_MAX), rings)
    for source in sources:
        async for page in source.keys():
            keys.take_rows(source.log, page)
    return keys


async def _slices(
    source: PostgresSource, shared: SharedSnapshot, side_by_side: Workers, width: int
) -> AsyncIterator[EventSlice]:
    spans = _spans(await source.size(), width)
    async for part in side_by_side.in_order(slice_of, ((shared, source.log, *span) for span in spans)):
        yield part


def _spans(size: int, width: int) -> Iterator[tuple[int, int]]:
    """Where slices begin, after a position, and end."""
    step = max(width, -(-size // _SLICES_MAX))
    return ((after, min(after + step, size)) for after in range(0, size, step))


async def slice_of(shared: SharedSnapshot, log: str, after: int, until: int) -> EventSlice:
    """The verification of a log's events between two positions, for a worker."""
    part = EventSlice(log, KEPT_MAX)
    async with shared.open() as connection:
        async for page in PostgresSource(connection, log).hashed(after, until):
            part.take(page)
    return part


async def _begun(
    connection: AsyncConnection[Any], shared: SharedSnapshot, logs: Sequence[str], side_by_side: Workers
) -> _Timeline | None:
    """The verification of the timeline, where the database has one."""
    is_there = await TimelineRows(connection, logs).are_there()
    return side_by_side.begin(timeline_of, shared, list(logs)) if is_there else None


async def timeline_of(shared: SharedSnapshot, logs: Sequence[str]) -> LogReport:
    """The verification of the timeline made of these logs, for a worker."""
    try:
        async with shared.open() as connection:
            bodies = shared_bodies(load_policy().directory)
            return await verify_timeline(TimelineRows(connection, logs), bodies)
    except UNREADABLE as error:
        return LogReport(NAME, 0, 0, 0, None, (finding_of(NAME, error),), 1)


async def _told(timeline: _Timeline | None, reporter: Reporter) -> LogReport | None:
    if timeline is None:
        return None
    report = await timeline()
    reporter.started(NAME, report.event_count)
    reporter.finished(report)
    return report


def shared_bodies(directory: Directory) -> list[str]:
    """Agencies that share people with others: where one is accused the others are kept from the case too."""
    return [unit.code for unit in directory if directory.one_body(unit.code) != {unit.code}]
