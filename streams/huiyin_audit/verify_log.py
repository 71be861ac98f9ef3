"""Verifies a whole log from a source: its events first, then the tables beside them."""

from collections.abc import AsyncIterator, Mapping, Sequence

from google.protobuf.message import DecodeError

from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin_audit import verify_rules as rules
from huiyin_audit.findings import KEPT_MAX, Finding, Findings, Place
from huiyin_audit.report import LogReport, Reporter, SilentReporter
from huiyin_audit.sources import LogSource, RequestSpan, StreamHead
from huiyin_audit.verify import EventSlice, LastEvent, LogEnd, hashed
from huiyin_audit.verify_keys import KeyVerifier
from huiyin_store.port import CorruptLogError


class HeadVerifier:
    """Checks that the table of streams and the last event of every stream are the same."""

    def __init__(self, log: str, last: Mapping[str, LastEvent], findings: Findings) -> None:
        self._log, self._findings = log, findings
        self._unseen = dict(last)

    def take(self, page: Sequence[StreamHead]) -> None:
        """Checks the next rows of the table."""
        for head in page:
            last = self._unseen.pop(head.stream, None)
            place = Place(self._log, head.position, head.stream)
            if last is None:
                self._findings.add(rules.HEAD_WITHOUT_EVENTS.at(place, version=head.version))
            elif (head.version, head.position, head.hash) != last:
                self._findings.add(_head_differs(place, head, last))

    def finish(self) -> None:
        """Names the streams that the table did not have."""
        for stream, last in self._unseen.items():
            self._findings.add(rules.HEAD_MISSING.at(Place(self._log, last.position, stream)))


def _head_differs(place: Place, head: StreamHead, last: LastEvent) -> Finding:
    """Names the higher of the two positions: the lower one's event is in both records."""
    return rules.HEAD_DIFFERS.at(
        place._replace(position=max(head.position, last.position)),
        version=head.version,
        position=head.position,
        found_version=last.version,
        found_position=last.position,
    )


class RequestVerifier:
    """Checks that the requests, by first position, cover every event of the log exactly once.

    The events say which request they came from, and their hashes cover that: a request that is named
    otherwise in the table would not be known again when it is sent again.
    """

    def __init__(self, log: str, end: int, findings: Findings) -> None:
        self._log, self._end, self._findings = log, end, findings
        self._covered = 0

    def take(self, page: Sequence[RequestSpan]) -> None:
        """Checks the next rows of the table."""
        for span in page:
            self._check_start(span)
            self._check_name(span)
            if span.last_position > self._end:
                place = Place(self._log, max(span.first_position, self._end + 1))
                facts = {"request_id": span.request_id, "last": span.last_position, "end": self._end}
                self._findings.add(rules.REQUEST_BEYOND_LOG.at(place, **facts))
            self._covered = max(self._covered, span.last_position)

    def _check_start(self, span: RequestSpan) -> None:
        place = Place(self._log, self._covered + 1)
        if span.first_position > self._covered + 1:
            facts = {"first": self._covered + 1, "last": span.first_position - 1}
            self._findings.add(rules.REQUEST_MISSING.at(place, **facts))
        elif span.first_position <= self._covered:
            place = Place(self._log, span.first_position)
            named = {"request_id": span.request_id, "first": span.first_position, "until": self._covered}
            self._findings.add(rules.REQUEST_OVERLAP.at(place, **named))

    def _check_name(self, span: RequestSpan) -> None:
        named = _request_named(span.first_meta)
        if named and named != str(span.request_id):
            place = Place(self._log, span.first_position)
            facts = {"request_id": span.request_id, "first": span.first_position, "named": named}
            self._findings.add(rules.REQUEST_DIFFERS.at(place, **facts))

    def finish(self) -> None:
        """Names the events at the end that no request covered."""
        if self._covered < self._end:
            place = Place(self._log, self._covered + 1)
            facts = {"first": self._covered + 1, "last": self._end}
            self._findings.add(rules.REQUEST_MISSING.at(place, **facts))


def _request_named(meta: bytes | None) -> str:
    """The request that an event names; empty where it cannot be read, which is a finding of its own."""
    try:
        return EventMetadata.FromString(meta or b"").request_id
    except DecodeError:
        return ""


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
