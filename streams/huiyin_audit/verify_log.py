"""Verifies a whole log from a source: its events first, then the tables beside them."""

from collections.abc import AsyncIterator

from huiyin_audit import verify_rules as rules
from huiyin_audit.findings import KEPT_MAX, Findings, Place
from huiyin_audit.report import LogReport, Reporter, SilentReporter
from huiyin_audit.sources import LogSource
from huiyin_audit.verify import EventSlice, LogEnd, hashed
from huiyin_audit.verify_keys import KeyVerifier
from huiyin_audit.verify_tables import HeadVerifier, RequestVerifier
from huiyin_store.port import CorruptLogError

SLICE = 50_000
"""So many events, or places, are a slice: what is kept of it until it is joined is bounded by that."""


async def verify_log(
    source: LogSource,
    reporter: Reporter | None = None,
    kept_max: int = KEPT_MAX,
    keys: KeyVerifier | None = None,
    slices: AsyncIterator[EventSlice] | None = None,
) -> LogReport:
    """Reads everything that the source shows of the log; names the first bad position and further ones.

    `keys` is shown what every event uses: it judges when all logs were read. `slices` are the log's events
    where they are read elsewhere, in order; else they are read here.
    """
    reporter = reporter or SilentReporter()
    end = LogEnd(source.log, Findings(kept_max))
    reporter.started(source.log, await source.size())
    async for part in slices or _slices(source, kept_max):
        end.join(part)
        if keys is not None:
            keys.take_use(part.keys)
        reporter.progressed(source.log, end.count)
    await _followers(source, end)
    not_checked = (*await _heads(source, end), *await _requests(source, end))
    report = _report(end, not_checked)
    reporter.finished(report)
    return report


def _report(end: LogEnd, not_checked: tuple[str, ...]) -> LogReport:
    return LogReport(
        log=end.log,
        event_count=end.count,
        stream_count=len(end.last),
        position=end.position,
        recorded=end.recorded if end.count else None,
        findings=end.findings.kept(),
        finding_count=end.findings.count,
        not_checked=not_checked,
    )


async def _slices(source: LogSource, kept_max: int) -> AsyncIterator[EventSlice]:
    part = EventSlice(source.log, kept_max)
    try:
        async for page in source.events():
            part.take(map(hashed, page))
            if part.count >= SLICE:
                yield part
                part = EventSlice(source.log, kept_max, part)
    except CorruptLogError as error:  # a store that refuses to read over a gap has found it for us
        part.findings.add(rules.SOURCE_BROKEN.at(Place(source.log, part.position + 1), error=error))
    yield part


async def _followers(source: LogSource, end: LogEnd) -> None:
    for follower in await source.followers():
        if follower.position > end.position:
            place = Place(source.log, end.position + 1)
            facts = follower._asdict() | {"end": end.position}
            end.findings.add(rules.CURSOR_BEYOND_LOG.at(place, **facts))


async def _heads(source: LogSource, end: LogEnd) -> tuple[str, ...]:
    heads = source.heads()
    if heads is None:
        return ("streams",)
    checker = HeadVerifier(source.log, end.last, end.findings)
    async for page in heads:
        checker.take(page)
    checker.finish()
    return ()


async def _requests(source: LogSource, end: LogEnd) -> tuple[str, ...]:
    requests = source.requests()
    if requests is None:
        return ("requests",)
    checker = RequestVerifier(source.log, end.position, end.findings)
    async for page in requests:
        checker.take(page)
    checker.finish()
    return ()
