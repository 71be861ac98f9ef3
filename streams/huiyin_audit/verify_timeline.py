"""Verifies the timeline against the logs it is made of: causal, complete, each event once (promise P7)."""

from collections.abc import Collection, Iterable, Mapping

from google.protobuf.message import DecodeError

from huiyin_audit import timeline_rules as rules
from huiyin_audit.compare.topic import SeenPositions
from huiyin_audit.findings import KEPT_MAX, FindingPlace, Findings, beyond, reached
from huiyin_audit.report import LogReport, Reporter, SilentReporter
from huiyin_audit.timeline_checks import CauseDoubt, LeftOut, TimelineChecker
from huiyin_audit.timeline_rows import EntryRow, TimelineRows
from huiyin_audit.timeline_rules import NAME, Grouping, RowsOfEvent, place_of
from huiyin_domain.timeline.case import Told, told
from huiyin_domain.timeline.held import SKEW
from huiyin_kernel.codec import UnknownTypeError, decode_metadata, fact_of, to_envelope
from huiyin_kernel.timeline_rows import event_bytes
from huiyin_store.port import RecordedEvent


async def verify_timeline(
    rows: TimelineRows,
    shared: Collection[str],
    reporter: Reporter | None = None,
    kept_max: int = KEPT_MAX,
) -> LogReport:
    """Reads every entry, and of the logs what these are made of. In the report a stream is a case.

    Whatever the entries say, the report tells how far the timeline has come in each log, and where that ends.

    `shared` are the agencies that may be kept from a case for the sake of those with whom they share people.
    """
    reporter = reporter or SilentReporter()
    reporter.started(NAME, await rows.count())
    findings = Findings(kept_max)
    cursors = await rows.cursors()
    reach = reached(cursors, await rows.ends())
    for finding in beyond(NAME, reach):
        findings.add(finding)
    verification = TimelineVerification(rows, findings, shared, cursors)
    await verification.run(reporter)
    report = LogReport(
        log=NAME,
        event_count=verification.count,
        stream_count=len(verification.checker.cases),
        position=verification.sequence,
        recorded=None,
        findings=findings.kept(),
        finding_count=findings.count,
        reach=reach,
    )
    reporter.finished(report)
    return report


class TimelineVerification:
    """One pass over the timeline in its order, and then a look at what it left out."""

    def __init__(
        self, rows: TimelineRows, findings: Findings, shared: Collection[str], cursors: Mapping[str, int]
    ) -> None:
        self._rows, self._findings = rows, findings
        self._seen = {log: SeenPositions(cursors.get(log, 0)) for log in rows.logs}
        self.checker = TimelineChecker(findings, shared)
        self.sequence = self.count = 0

    async def run(self, reporter: Reporter) -> None:
        """Everything, one after the other."""
        grouping = Grouping()
        async for page in self._rows.entries():
            for row, record in page:
                self._row(row, record)
                self._take(grouping.take(row, record))
            reporter.progressed(NAME, self.count)
        self._take(grouping.rest())
        await self._end()
        for doubt in self.checker.doubts:
            await self._settle(doubt)
        await LeftOut(self._rows, self._findings, self._seen, self.checker).look()

    def _row(self, row: EntryRow, record: RecordedEvent | None) -> None:
        """Its place, and that it says what the log has."""
        self.count += 1
        if row.sequence != self.sequence + 1:
            self._findings.add(rules.SEQUENCE_NOT_NEXT.at(place_of(row), previous=self.sequence))
        self.sequence = row.sequence
        if record is not None and not _same(row, record):
            facts = {"log": row.log, "position": row.position}
            self._findings.add(rules.ENTRY_DIFFERS.at(place_of(row), **facts))

    def _take(self, groups: Iterable[RowsOfEvent]) -> None:
        for group in groups:
            if not group.entries:
                self._again_for_nothing(group)
            elif (event := self._event(group)) is not None:
                self._concerns(group, event)
                self.checker.take(group, event)

    def _again_for_nothing(self, group: RowsOfEvent) -> None:
        for row in group.again:
            facts = {"case": row.case_id, "number": row.number}
            self._findings.add(rules.CATCH_UP_WRONG.at(place_of(row), **facts))

    def _event(self, group: RowsOfEvent) -> Told | None:
        """The event of a group as the log has it; None, and a finding, when it may not stand here."""
        first, event = group.first, _readable(group)
        place, facts = place_of(first), {"log": first.log, "position": first.position}
        seen = self._seen.get(first.log)
        if event is None or seen is None:
            self._findings.add(rules.ENTRY_WITHOUT_EVENT.at(place, **facts))
        elif first.position > seen.end:
            self._findings.add(rules.ENTRY_BEYOND_CURSOR.at(place, end=seen.end, **facts))
        elif seen.has(first.position):
            self._findings.add(rules.EVENT_TWICE.at(place, **facts))
        else:
            seen.add(first.position)
            return event
        return None

    def _concerns(self, group: RowsOfEvent, event: Told) -> None:
        """Whether the event is in each of its cases, and in no other."""
        first, found = group.first, {entry.case_id for entry in group.entries}
        for entry in group.entries:
            if entry.case_id not in event.cases:
                facts = {"log": entry.log, "position": entry.position, "case": entry.case_id}
                self._findings.add(rules.ENTRY_OF_OTHER_CASE.at(place_of(entry), **facts))
        for case in event.cases:
            if case not in found:
                place = FindingPlace(first.log, first.position, event.fact.stream)
                self._findings.add(rules.EVENT_NOT_NUMBERED.at(place, case=case))

    async def _end(self) -> None:
        end = await self._rows.end()
        if end != self.sequence:
            place = FindingPlace(NAME, self.sequence + 1)
            self._findings.add(rules.TIMELINE_CUT_OFF.at(place, end=end, last=self.sequence))

    async def _settle(self, doubt: CauseDoubt) -> None:
        """Asks the log whether a cause that does not stand before its effect exists."""
        need = doubt.need
        cause = await self._rows.event_of(need.log, need.stream, need.version)
        if not doubt.listed:
            if cause is None or told(fact_of(need.log, cause)).cases:
                self._findings.add(rules.EFFECT_BEFORE_CAUSE.at(doubt.place, **need._asdict()))
        elif cause is not None and doubt.effect_recorded - cause.recorded > SKEW:
            self._findings.add(rules.CAUSE_WRONGLY_MISSING.at(doubt.place, **need._asdict()))


def _readable(group: RowsOfEvent) -> Told | None:
    if group.record is None:
        return None
    try:
        audience = decode_metadata(group.record).audience
        return told(fact_of(group.first.log, group.record), audience)
    except (UnknownTypeError, DecodeError):
        return None  # the verification of the log names it as well


def _same(row: EntryRow, record: RecordedEvent) -> bool:
    """Whether a row has what the log has."""
    try:
        envelope = to_envelope(row.log, record)
    except DecodeError:
        return False
    cases = dict.fromkeys(case for case in envelope.metadata.case_ids if case)
    others = [case for case in cases if case != row.case_id]
    return (row.type, row.others, row.event) == (record.type, others, event_bytes(envelope))
