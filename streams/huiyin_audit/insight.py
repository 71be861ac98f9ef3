"""Promise P10 for what stream folds derive: made again from the timeline's entries, states and rows.

Live counters, of the same service, are what the lists of cases give.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, LiteralString

from psycopg import AsyncConnection

from huiyin.insight.v1.filings_pb2 import IssueFiling
from huiyin.insight.v1.types_pb2 import ClockWarning, HotIssue
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_audit.checks.replay_exact import compare
from huiyin_audit.findings import Place
from huiyin_audit.postgres_source import snapshot
from huiyin_audit.reach import Reach, log_ends, reached
from huiyin_audit.replay import Unfolded
from huiyin_audit.replay_logs import live_positions
from huiyin_audit.shown import row_bytes
from huiyin_audit.timeline_rules import NAME
from huiyin_audit.unreadable import UNREADABLE, cases_aside, not_folded, unreadable
from huiyin_audit.verdict import Verdict, verdict
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.policy import applied
from huiyin_domain.streams.folds import VERSION, StreamFold, folds, recount, step
from huiyin_domain.streams.output import Output, Sink
from huiyin_kernel.access_sql import SUMS
from huiyin_kernel.codec import entry_of, instant
from huiyin_kernel.packing import legible
from huiyin_kernel.policy import load_policy
from huiyin_kernel.policy_kept import PolicyKept, policy_in
from huiyin_kernel.timeline_rows import read_timeline

TABLES: Mapping[Sink, LiteralString] = {
    Sink.HOT_ISSUES: "SELECT issue_id, division, filing_count, last_date, issue FROM streams.hot_issue",
    Sink.WARNINGS: (
        "SELECT clock_id, case_id, unit, warn, due, warning FROM streams.clock_warning"
        " WHERE warning IS NOT NULL"
    ),
}
"""How what is shown is read: the key, columns, and the message."""

CELLS: LiteralString = """
SELECT concat_ws(' ', 'counters', agency, division, unit, status, party, asked, accused), cases
FROM streams.case_cell WHERE cases <> 0
"""
"""What counters are added up from, as it is kept; `SUMS` is what the lists of cases give."""

STATES: LiteralString = "SELECT fold || ' ' || key, state FROM streams.stream_state"


class InsightFold:
    """The folds from the first entry on. `states` are those that the local runner keeps."""

    def __init__(self, timetable: Timetable) -> None:
        self._folds = folds(timetable)
        self._known: dict[tuple[str, str], bytes] = {}
        self._newest: dict[tuple[Sink, str], Output] = {}
        self.unfolded: dict[str, Unfolded] = {}

    def take(self, records: Iterable[CaseEvent]) -> None:
        """Folds the next entries in. A case that fails at one stops there; all others go on."""
        for record in records:
            if record.case_id not in self.unfolded:
                try:
                    self._take(record)
                except Exception as error:  # named for its case, as the local runner sets that aside alone
                    place = Place(record.event.log, record.event.position, record.event.stream)
                    self.unfolded[record.case_id] = Unfolded(place, error)

    def amend(self, timetable: Timetable) -> None:
        """Counts all anew by another timetable, as the local runner did at this place."""
        self._folds = folds(timetable)
        name = f"{self._folds.cases.name}-v{VERSION}"
        for (fold, key), state in list(self._known.items()):
            if fold == name and key not in self.unfolded:
                kept, outputs = recount(self._folds.cases, state, key)
                self._known |= {(fold, key): kept} if kept is not None else {}
                self._show(output for output in outputs if output.sink is not Sink.FILINGS)

    def _take(self, record: CaseEvent) -> None:
        for output in self._step(self._folds.cases, entry_of(record)):
            if output.sink is Sink.FILINGS:
                self._show(self._step(self._folds.cells, IssueFiling.FromString(output.value or b"")))
            else:
                self._show([output])

    def _step(self, fold: StreamFold[Any, Any], item: Any) -> list[Output]:
        outputs: list[Output] = []
        for key in fold.keys(item):
            place = (f"{fold.name}-v{VERSION}", key)
            kept, put_out = step(fold, self._known.get(place), item)
            self._known |= {place: kept} if kept is not None else {}
            outputs += put_out
        return outputs

    def _show(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            known = self._newest.get((output.sink, output.key))
            if known is None or known.number <= output.number:
                self._newest[output.sink, output.key] = output

    def states(self) -> dict[str, bytes]:
        """The states by fold and key."""
        return {f"state {fold} {key}": state for (fold, key), state in self._known.items()}

    def shown(self) -> dict[str, bytes]:
        """The rows that are shown, by sink and key."""
        values = {place: output.value for place, output in self._newest.items() if output.value is not None}
        return {_key(sink, key): row_bytes(*_row(sink, value)) for (sink, key), value in values.items()}


def shown_row(sink: Sink, row: Sequence[Any]) -> tuple[str, bytes]:
    """A row read with TABLES, as `InsightFold.shown` makes it."""
    key, *columns, message = row
    return _key(sink, key), row_bytes(columns, message)


def _key(sink: Sink, key: str) -> str:
    return f"{sink.value} {key}"


def _row(sink: Sink, value: bytes) -> tuple[Sequence[str | int | date | datetime], bytes]:
    """Columns and message."""
    match sink:
        case Sink.HOT_ISSUES:
            issue = HotIssue.FromString(value)
            return (issue.division, issue.filing_count, date.fromisoformat(issue.last_date)), value
        case Sink.WARNINGS:
            warning = ClockWarning.FromString(value)
            times = instant(warning.warn_time), instant(warning.due_time)
            return (warning.case_id, warning.unit, *times), value
        case Sink.FILINGS:
            raise ValueError("filings are folded further, not shown")


_PAGE = 1000
_CURSOR = "SELECT sequence FROM streams.stream_cursor WHERE name = %s"
_BY_WORKERS = "SELECT EXISTS (SELECT FROM streams.stream_offset)"
_END = (
    "SELECT greatest((SELECT coalesce(max(sequence), 0) FROM streams.timeline_entry),"
    " (SELECT coalesce(max(sequence), 0) FROM streams.timeline_head))"
)


async def compare_insight(dsn: str, logs: Sequence[str]) -> Verdict:
    """Compares what is shown, and in the embedded default the states behind it, with the timeline folded.

    The verdict reaches as far as the timeline has come in the logs. In the cluster the workers' place is kept
    on Kafka: there a difference may be no more than what they have still to do, and is left open.
    """
    async with snapshot(dsn) as connection:
        ends = await log_ends(connection, logs)
        timeline = reached(await live_positions(connection, "streams", "timeline"), ends)
        try:
            return await _judged(connection, timeline)
        except UNREADABLE as error:
            return unreadable("insight", error, timeline)


async def _judged(connection: AsyncConnection[Any], timeline: Sequence[Reach]) -> Verdict:
    by_workers, end = bool(await _one(connection, _BY_WORKERS)), int(await _one(connection, _END))
    found = await (await connection.execute(_CURSOR, (f"local-v{VERSION}",))).fetchone()
    cursor = end if by_workers else int(found[0]) if found else 0
    judged = await _compared(connection, cursor, by_workers, (Reach(NAME, cursor, end), *timeline))
    return verdict(judged.promise, (), judged.violations, judged.reach) if by_workers else judged


async def _compared(
    connection: AsyncConnection[Any], cursor: int, by_workers: bool, reach: Sequence[Reach]
) -> Verdict:
    fold = InsightFold(load_policy().timetable)
    await _folded(connection, fold, cursor)
    live = await _shown(connection) | await _counted(connection, CELLS)
    shown = fold.shown() | await _counted(connection, SUMS)
    known = list(not_folded("insight", fold.unfolded))
    if by_workers:
        return compare("insight", live, shown, reach, known)
    known += await cases_aside(connection, "streams", f"local-v{VERSION}")
    live |= await _states(connection)
    return compare("insight", live, shown | fold.states(), reach, known)


async def _folded(connection: AsyncConnection[Any], fold: InsightFold, cursor: int) -> None:
    """The timeline up to the cursor, and at each place where policy was taken over all counted anew."""
    after, timetable = 0, load_policy().timetable
    for place, event in await PolicyKept("streams", f"local-v{VERSION}").places(connection):
        after = await _read_to(connection, fold, after, place)
        timetable = applied(timetable, policy_in(event))
        fold.amend(timetable)
    await _read_to(connection, fold, after, cursor)


async def _read_to(connection: AsyncConnection[Any], fold: InsightFold, after: int, end: int) -> int:
    while after < end and (page := await read_timeline(connection, after, _PAGE)):
        fold.take(entry for entry in page if entry.sequence <= end)
        after = page[-1].sequence
    return min(after, end)


async def _shown(connection: AsyncConnection[Any]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for sink, query in TABLES.items():
        rows = await connection.execute(query, binary=True)
        found |= dict(shown_row(sink, each) for each in await rows.fetchall())
    return found


async def _counted(connection: AsyncConnection[Any], query: LiteralString) -> dict[str, bytes]:
    rows = await (await connection.execute(query)).fetchall()
    return {key: str(cases).encode() for key, cases in rows}


async def _states(connection: AsyncConnection[Any]) -> dict[str, bytes]:
    rows = await (await connection.execute(STATES, binary=True)).fetchall()
    return {f"state {key}": legible(state) for key, state in rows}


async def _one(connection: AsyncConnection[Any], query: LiteralString) -> Any:
    return (await (await connection.execute(query)).fetchall())[0][0]
