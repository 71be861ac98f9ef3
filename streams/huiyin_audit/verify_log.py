"""Verifies a whole log from a source: its events first, then the tables beside them."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator

from huiyin_audit import verify_rules as rules
from huiyin_audit.findings import KEPT_MAX, Findings, Place
from huiyin_audit.report import LogReport, Reporter, SilentReporter
from huiyin_audit.sources import LogSource, RequestSpan
from huiyin_audit.spill import PART_ROWS, Spill, spilled
from huiyin_audit.verify import EventSlice, LogEnd, SliceEnd, hashed, verify_streams
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
                self._findings.add(rules.REQUEST_DIFFERS.at(Place(self._log, first), **facts))
            if last > self._end:
                place = Place(self._log, max(first, self._end + 1))
                facts = {"request_id": request_id, "last": last, "end": self._end}
                self._findings.add(rules.REQUEST_BEYOND_LOG.at(place, **facts))
            self._covered = max(self._covered, last)

    def _check_start(self, request_id: str, first: int, last: int) -> None:
        place = Place(self._log, self._covered + 1)
        if first > self._covered + 1:
            facts = {"first": self._covered + 1, "last": first - 1}
            self._findings.add(rules.REQUEST_MISSING.at(place, **facts))
        elif first <= self._covered:
            place = Place(self._log, first)
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
            place = Place(self._log, self._covered + 1)
            facts = {"first": self._covered + 1, "last": self._end}
            self._findings.add(rules.REQUEST_MISSING.at(place, **facts))
        return self._findings


SLICE = 20_000
"""So many events, or places, are a slice: what is kept of it until it is closed is bounded by that."""

Slices = Callable[[Spill], AsyncIterator[SliceEnd]]
"""A log's events, verified slice by slice in their order."""


async def verify_log(
    source: LogSource,
    reporter: Reporter | None = None,
    kept_max: int = KEPT_MAX,
    slices: Slices | None = None,
    part_rows: int = PART_ROWS,
) -> LogReport:
    """Reads everything that the source shows of the log; names the first bad position and further ones.

    Its streams are judged `part_rows` of them at a time; slices may be read otherwise than from the source.
    """
    reporter = reporter or SilentReporter()
    end, size = LogEnd(source.log, Findings(kept_max)), await source.size()
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


async def _slices(source: LogSource, kept_max: int, spill: Spill) -> AsyncIterator[SliceEnd]:
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


async def followers(source: LogSource, end: LogEnd) -> None:
    """Names consumers that have read further than the log goes."""
    for follower in await source.followers():
        if follower.position > end.position:
            place = Place(source.log, end.position + 1)
            facts = follower._asdict() | {"end": end.position}
            end.findings.add(rules.CURSOR_BEYOND_LOG.at(place, **facts))


async def _streams(source: LogSource, end: LogEnd, spill: Spill) -> tuple[str, ...]:
    heads, number = source.heads(), 0
    if heads is not None:
        async for page in heads:
            spill.put(f"{end.log}.heads", number, page)
            number += 1
    for part in range(spill.parts):
        end.take_streams(*verify_streams(end.log, spill, part, heads is not None))
    return () if heads is not None else ("streams",)


async def _requests(source: LogSource, end: LogEnd, spill: Spill) -> tuple[str, ...]:
    requests = source.requests()
    if requests is None:
        return ("requests",)
    checker = RequestVerifier(source.log, end.position, spill)
    async for page in requests:
        checker.take(page)
    end.findings.take(checker.finish())
    return ()
