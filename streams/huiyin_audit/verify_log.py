"""Verifies a whole log from a source: its events first, then the tables beside them."""

from huiyin_audit import verify_rules as rules
from huiyin_audit.findings import KEPT_MAX, Findings, Place
from huiyin_audit.report import LogReport, Reporter, SilentReporter
from huiyin_audit.sources import LogSource
from huiyin_audit.verify import EventVerifier
from huiyin_audit.verify_keys import KeyVerifier
from huiyin_audit.verify_tables import HeadVerifier, RequestVerifier
from huiyin_store.port import CorruptLogError


async def verify_log(
    source: LogSource,
    reporter: Reporter | None = None,
    kept_max: int = KEPT_MAX,
    keys: KeyVerifier | None = None,
) -> LogReport:
    """Reads everything that the source shows of the log; names the first bad position and further ones.

    `keys` is shown every event too: it judges when all logs were read.
    """
    reporter = reporter or SilentReporter()
    findings = Findings(kept_max)
    verifier = EventVerifier(source.log, findings, keys)
    reporter.started(source.log, await source.size())
    await _events(source, verifier, findings, reporter)
    await _followers(source, verifier, findings)
    not_checked = [
        *await _heads(source, verifier, findings),
        *await _requests(source, verifier, findings),
    ]
    report = LogReport(
        log=source.log,
        event_count=verifier.count,
        stream_count=len(verifier.last),
        position=verifier.position,
        recorded=verifier.recorded if verifier.count else None,
        findings=findings.kept(),
        finding_count=findings.count,
        not_checked=tuple(not_checked),
    )
    reporter.finished(report)
    return report


async def _events(source: LogSource, verifier: EventVerifier, findings: Findings, reporter: Reporter) -> None:
    try:
        async for page in source.events():
            verifier.take(page)
            reporter.progressed(source.log, verifier.count)
    except CorruptLogError as error:  # a store that refuses to read over a gap has found it for us
        place = Place(source.log, verifier.position + 1)
        findings.add(rules.SOURCE_BROKEN.at(place, error=error))


async def _followers(source: LogSource, verifier: EventVerifier, findings: Findings) -> None:
    for follower in await source.followers():
        if follower.position > verifier.position:
            place = Place(source.log, verifier.position + 1)
            facts = follower._asdict() | {"end": verifier.position}
            findings.add(rules.CURSOR_BEYOND_LOG.at(place, **facts))


async def _heads(source: LogSource, verifier: EventVerifier, findings: Findings) -> tuple[str, ...]:
    heads = source.heads()
    if heads is None:
        return ("streams",)
    checker = HeadVerifier(source.log, verifier.last, findings)
    async for page in heads:
        checker.take(page)
    checker.finish()
    return ()


async def _requests(source: LogSource, verifier: EventVerifier, findings: Findings) -> tuple[str, ...]:
    requests = source.requests()
    if requests is None:
        return ("requests",)
    checker = RequestVerifier(source.log, verifier.position, findings)
    async for page in requests:
        checker.take(page)
    checker.finish()
    return ()
