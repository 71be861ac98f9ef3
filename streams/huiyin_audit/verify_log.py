"""Verifies whole logs: one from any source, or all of a database in one snapshot, timeline and vaults too."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection

from huiyin_audit import verify_rules as rules
from huiyin_audit.findings import KEPT_MAX, FindingPlace, Findings
from huiyin_audit.live_models import READ_MODELS, UNREADABLE, finding_of
from huiyin_audit.postgres_source import PostgresSource, SharedSnapshot, share, snapshot
from huiyin_audit.report import LogReport, Reporter, SilentReporter, VerifyReport
from huiyin_audit.sources import RequestSpan, StillLog
from huiyin_audit.spill import PART_ROWS, Spill, spilled
from huiyin_audit.timeline_rows import TimelineRows
from huiyin_audit.timeline_rules import NAME
from huiyin_audit.verify import EventSlice, SliceEnd, VerifiedEnd, hashed, verify_streams
from huiyin_audit.verify_keys import Ring, Unopened, verify_keys
from huiyin_audit.verify_timeline import verify_timeline
from huiyin_audit.workers import Workers, core_count, workers
from huiyin_domain.directory import Directory
from huiyin_kernel.codec import context_of
from huiyin_kernel.policy import load_policy
from huiyin_store.port import CorruptLogError


class RequestVerifier:
    """Checks that the requests, by first position, cover every event of the log exactly once.

    The events say which request they came from, and their hashes cover that: a request that is named
    otherwise in the table would not be known again when it is sent again. What they say was laid down slice
    by slice.
    """

    def __init__(self, log: str, end: int, spill: Spill) -> None:
        self._log, self._end, self._findings = log, end, Findings()
        self._covered = self._named_until = 0
        self._named: dict[int, str] = {}
        self._slices: Iterator[tuple[int, dict[int, str]]] = spill.whole(f"{log}.requests")

    def take(self, page: Iterable[RequestSpan]) -> None:
        """Checks the next rows of the table."""
        for request_id, first, last in page:
            if first != self._covered + 1:
                self._check_start(request_id, first, last)
            if first > self._named_until:
                self._read_on(first)
            named = self._named.get(first)
            if named and named != request_id:
                facts = {"request_id": request_id, "first": first, "named": named}
                self._findings.add(rules.REQUEST_DIFFERS.at(FindingPlace(self._log, first), **facts))
            if last > self._end:
                place = FindingPlace(self._log, max(first, self._end + 1))
                facts = {"request_id": request_id, "last": last, "end": self._end}
                self._findings.add(rules.REQUEST_BEYOND_LOG.at(place, **facts))
            self._covered = max(self._covered, last)

    def _check_start(self, request_id: str, first: int, last: int) -> None:
        place = FindingPlace(self._log, self._covered + 1)
        if first > self._covered + 1:
            facts = {"first": self._covered + 1, "last": first - 1}
            self._findings.add(rules.REQUEST_MISSING.at(place, **facts))
        elif first <= self._covered:
            place = FindingPlace(self._log, first)
            named = {"request_id": request_id, "first": first, "until": self._covered}
            self._findings.add(rules.REQUEST_OVERLAP.at(place, **named))

    def _read_on(self, position: int) -> None:
        """What the events of the slice say in which a position is."""
        for until, named in self._slices:
            self._named_until, self._named = max(self._named_until, until), named
            if until >= position:
                return

    def finish(self) -> Findings:
        """What was found, with the events at the end that no request covered."""
        if self._covered < self._end:
            place = FindingPlace(self._log, self._covered + 1)
            facts = {"first": self._covered + 1, "last": self._end}
            self._findings.add(rules.REQUEST_MISSING.at(place, **facts))
        return self._findings


SLICE = 20_000
"""So many events, or places, are a slice: what is kept of it until it is closed is bounded by that."""

Slices = Callable[[Spill], AsyncIterator[SliceEnd]]
"""A log's events, verified slice by slice in their order."""


async def verify_log(
    source: StillLog,
    reporter: Reporter | None = None,
    kept_max: int = KEPT_MAX,
    slices: Slices | None = None,
    part_rows: int = PART_ROWS,
) -> LogReport:
    """Reads everything that the source shows of the log; names the first bad position and further ones.

    Its streams are judged `part_rows` of them at a time; slices may be read otherwise than from the source.
    """
    reporter = reporter or SilentReporter()
    end, size = VerifiedEnd(source.log, Findings(kept_max)), await source.size()
    reporter.started(source.log, size)
    with spilled(size, part_rows) as spill:
        async for part in slices(spill) if slices else _slices(source, kept_max, spill):
            end.join(part)
            reporter.progressed(source.log, end.count)
        await followers(source, end)
        not_checked = (*await _streams(source, end, spill), *await _requests(source, end, spill))
    report = end.report(not_checked)
    reporter.finished(report)
    return report


async def _slices(source: StillLog, kept_max: int, spill: Spill) -> AsyncIterator[SliceEnd]:
    part, number = EventSlice(source.log, kept_max), 0
    try:
        async for page in source.events():
            part.take(map(hashed, page))
            if part.count >= SLICE:
                end = part.close(spill, number)
                yield end
                part, number = EventSlice(source.log, kept_max, end), number + 1
    except CorruptLogError as error:  # a store that refuses to read over a gap has found it for us
        part.broken(error)
    yield part.close(spill, number)


async def followers(source: StillLog, end: VerifiedEnd) -> None:
    """Names consumers that have read further than the log goes."""
    for follower in await source.followers():
        if follower.position > end.position:
            place = FindingPlace(source.log, end.position + 1)
            facts = follower._asdict() | {"end": end.position}
            end.findings.add(rules.CURSOR_BEYOND_LOG.at(place, **facts))


async def _streams(source: StillLog, end: VerifiedEnd, spill: Spill) -> tuple[str, ...]:
    heads, number = source.heads(), 0
    if heads is not None:
        async for page in heads:
            spill.put(f"{end.log}.heads", number, page)
            number += 1
    for part in range(spill.parts):
        end.take_streams(*verify_streams(end.log, spill, part, heads is not None))
    return () if heads is not None else ("streams",)


async def _requests(source: StillLog, end: VerifiedEnd, spill: Spill) -> tuple[str, ...]:
    requests = source.requests()
    if requests is None:
        return ("requests",)
    checker = RequestVerifier(source.log, end.position, spill)
    async for page in requests:
        checker.take(page)
    end.findings.take(checker.finish())
    return ()


_SLICES_MAX = 1000
"""Of a log: positions that somebody made up may be as far apart as he likes."""

_WORTHWHILE = 150_000
"""So many events are worth a process for each core: to begin one takes as long as to read half of them."""

_Timeline = Awaitable[LogReport]


async def verify_logs(
    dsn: str,
    logs: Sequence[str],
    reporter: Reporter | None = None,
    rings: Mapping[str, Ring] | None = None,
    processes: int | None = None,
    width: int = SLICE,
    part_rows: int = PART_ROWS,
) -> VerifyReport:
    """Verifies each log, as the auditor's role; rings by log open wrapped keys, where they are at hand.

    Slices of `width` positions, requests and the timeline are read by so many processes side by side; by
    default one for each core, and none where there is little to read. What must be known of all streams and
    keys is laid down in files, and judged `part_rows` of them at a time. Raises LogMissingError or a psycopg
    error.
    """
    reporter = reporter or SilentReporter()
    async with snapshot(dsn) as connection:
        schemas = sorted({*map(context_of, logs), *(schema for schema, _ in READ_MODELS)})
        sources = [PostgresSource(connection, log, schemas) for log in logs]
        for source in sources:
            await source.check()
        size = sum([await source.size() for source in sources])
        count = processes or (core_count() if size > _WORTHWHILE else 1)
        shared = await share(dsn, connection)
        with spilled(size, part_rows) as spill:
            async with workers(count) as pool:
                timeline = await _begun(connection, shared, logs, pool)
                verification = _Verification(shared, pool, spill, width)
                verified = [await verification.of_log(source, reporter) for source in sources]
                vaults = await verification.of_vaults(sources, rings or {})
                return VerifyReport(tuple(verified), await _told(timeline, reporter), vaults)


class _Verification:
    """What is verified of all logs, piece by piece in whatever process is free."""

    def __init__(self, shared: SharedSnapshot, pool: Workers, spill: Spill, width: int) -> None:
        self._shared, self._pool, self._spill, self._width = shared, pool, spill, width
        self._parts = range(spill.parts)

    async def of_log(self, source: PostgresSource, reporter: Reporter) -> LogReport:
        """A log, with all its tables."""
        log, size, end = source.log, await source.size(), VerifiedEnd(source.log, Findings())
        reporter.started(log, size)
        given = (self._shared, log, self._spill)
        tables = [self._pool.begin(heads_of, *given), self._pool.begin(vault_of, *given)]
        spans = ((*given, number, *span) for number, span in enumerate(_spans(size, self._width)))
        async for part in self._pool.in_order(slice_of, spans):
            end.join(part)
            reporter.progressed(log, end.count)
        await followers(source, end)
        requests = self._pool.begin(requests_of, *given, end.position)
        await asyncio.gather(*tables)
        parts = ((log, self._spill, part, True) for part in self._parts)
        async for count, found in self._pool.in_order(verify_streams, parts):
            end.take_streams(count, found)
        end.findings.take(await requests)
        report = end.report()
        reporter.finished(report)
        return report

    async def of_vaults(self, sources: Sequence[PostgresSource], rings: Mapping[str, Ring]) -> LogReport:
        """All vaults, when their logs were verified; in the report events are keys, and streams vaults."""
        count, findings, logs = 0, Findings(), [source.log for source in sources]
        for source in sources:
            if source.log in rings:
                findings.take(await _unopened(source, rings[source.log]))
        parts = ((logs, self._spill, part) for part in self._parts)
        async for keys, found in self._pool.in_order(verify_keys, parts):
            count += keys
            findings.take(found)
        unseen = () if rings else ("wrapped keys",)
        return LogReport("vaults", count, len(logs), 0, None, findings.kept(), findings.count, unseen)


async def _unopened(source: PostgresSource, ring: Ring) -> Findings:
    checker = Unopened(source.log, ring)
    async for page in source.keys():
        checker.take(page)
    return checker.findings


def _spans(size: int, width: int) -> Iterator[tuple[int, int]]:
    """Where slices begin, after a position, and end."""
    step = max(width, -(-size // _SLICES_MAX))
    return ((after, min(after + step, size)) for after in range(0, size, step))


def slice_of(shared: SharedSnapshot, log: str, spill: Spill, number: int, after: int, until: int) -> SliceEnd:
    """The verification of a log's events between two positions, for a worker."""
    part = EventSlice(log, KEPT_MAX)
    for page in shared.hashed(log, after, until):
        part.take(page)
    return part.close(spill, number)


def heads_of(shared: SharedSnapshot, log: str, spill: Spill) -> None:
    """Lays down the table of streams."""
    for number, page in enumerate(shared.heads(log)):
        spill.put(f"{log}.heads", number, page)


def vault_of(shared: SharedSnapshot, log: str, spill: Spill) -> None:
    """Lays down which keys there are, and which were destroyed."""
    for number, page in enumerate(shared.vault(log)):
        spill.put(f"{log}.vault", number, page)


def requests_of(shared: SharedSnapshot, log: str, spill: Spill, end: int) -> Findings:
    """The verification of the requests of a log that ends at a position, when its slices were read."""
    checker = RequestVerifier(log, end, spill)
    for page in shared.requests(log):
        checker.take(page)
    return checker.finish()


async def _begun(
    connection: AsyncConnection[Any], shared: SharedSnapshot, logs: Sequence[str], side_by_side: Workers
) -> _Timeline | None:
    """The verification of the timeline, where the database has one."""
    is_there = await TimelineRows(connection, logs).are_there()
    return side_by_side.begin(timeline_of, shared, list(logs)) if is_there else None


def timeline_of(shared: SharedSnapshot, logs: Sequence[str]) -> LogReport:
    """The verification of the timeline made of these logs, for a worker."""
    return asyncio.run(_verified_timeline(shared, logs))


async def _verified_timeline(shared: SharedSnapshot, logs: Sequence[str]) -> LogReport:
    try:
        async with shared.open() as connection:
            bodies = shared_bodies(load_policy().directory)
            return await verify_timeline(TimelineRows(connection, logs), bodies)
    except UNREADABLE as error:
        return LogReport(NAME, 0, 0, 0, None, (finding_of(NAME, error),), 1)


async def _told(timeline: _Timeline | None, reporter: Reporter) -> LogReport | None:
    if timeline is None:
        return None
    report = await timeline
    reporter.started(NAME, report.event_count)
    reporter.finished(report)
    return report


def shared_bodies(directory: Directory) -> list[str]:
    """Agencies that share people with others: where one is accused the others are kept from the case too."""
    return [unit.code for unit in directory if directory.one_body(unit.code) != {unit.code}]
