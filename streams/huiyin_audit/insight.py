"""Promise P10 for what stream folds derive: made again from the timeline's entries, states and rows."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from operator import itemgetter
from typing import Any, LiteralString

from psycopg import AsyncConnection

from huiyin.insight.v1.filings_pb2 import IssueFiling
from huiyin.insight.v1.types_pb2 import ClockWarning, HotIssue
from huiyin.supervision.v1.events_pb2 import PolicyApplied
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_audit.findings import Finding, FindingPlace, Reach, Verdict, log_ends, reached, verdict
from huiyin_audit.live_models import (
    UNREADABLE,
    VIEW_UNREADABLE,
    Differences,
    SortedRows,
    cases_aside,
    not_folded,
    promise,
    unreadable,
)
from huiyin_audit.model_rows import row_bytes
from huiyin_audit.postgres_source import snapshot
from huiyin_audit.replay import Unfolded
from huiyin_audit.replay_logs import LiveTable, by_key, compare_table, live_positions
from huiyin_audit.replay_parts import PART_EVENTS
from huiyin_audit.spill import Row, Spill, spilled
from huiyin_audit.timeline_rules import NAME
from huiyin_audit.workers import core_count, workers
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.policy import applied
from huiyin_domain.streams.folds import VERSION, folds, recount, step
from huiyin_domain.streams.output import Output, Sink
from huiyin_kernel.codec import entry_of, instant
from huiyin_kernel.packing import PackingError, legible
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

STATES: LiteralString = "SELECT fold || ' ' || key, state FROM streams.stream_state"


_CASES, _CELLS = (f"{name}-v{VERSION}" for name in ("cases", "cells"))

_ENTRIES, _FILINGS, _STATES = "entries", "filings", "states"
"""What is laid down: entries by case, what they put out as filings by cell, and what is made of both."""


class _Newest:
    """What is shown of each key, by its newest output."""

    def __init__(self) -> None:
        self._outputs: dict[tuple[Sink, str], Output] = {}

    def take(self, outputs: Iterable[Output]) -> None:
        """Takes in what a step put out."""
        for output in outputs:
            known = self._outputs.get((output.sink, output.key))
            if known is None or known.number <= output.number:
                self._outputs[output.sink, output.key] = output

    def rows(self, sink: Sink) -> list[Row]:
        """The rows that are shown of a sink."""
        values = ((key, output.value) for (of, key), output in self._outputs.items() if of is sink)
        return [
            (_key(sink, key), row_bytes(*_row(sink, value))) for key, value in values if value is not None
        ]


FilingRow = tuple[str, int, bytes, FindingPlace, str]
"""A cell and its next filing; the timeline's place, the event and the case that it came of."""


class CaseReplay:
    """The fold by case from the first entry on. A case that fails at one stops there; all others go on."""

    def __init__(self, timetable: Timetable) -> None:
        self._folds, self._newest = folds(timetable), _Newest()
        self._known: dict[str, bytes] = {}
        self.filings: list[FilingRow] = []
        self.unfolded: dict[str, Unfolded] = {}

    def take(self, record: CaseEvent) -> None:
        """Folds the next entry in."""
        if record.case_id in self.unfolded:
            return
        place = FindingPlace(record.event.log, record.event.position, record.event.stream)
        try:
            outputs = self._step(record)
        except Exception as error:  # named for its case, as the local runner sets that aside alone
            self.unfolded[record.case_id] = Unfolded(place, error)
            return
        for output in outputs:
            if output.sink is Sink.FILINGS:
                filing = output.value or b""
                keys = self._folds.cells.keys(IssueFiling.FromString(filing))
                self.filings += [(key, record.sequence, filing, place, record.case_id) for key in keys]
            else:
                self._newest.take([output])

    def amend(self, timetable: Timetable) -> None:
        """Counts all anew by another timetable, as the local runner did at this place."""
        self._folds = folds(timetable)
        for key, state in list(self._known.items()):
            if key not in self.unfolded:
                kept, outputs = recount(self._folds.cases, state, key)
                self._known |= {key: kept} if kept is not None else {}
                self._newest.take(output for output in outputs if output.sink is not Sink.FILINGS)

    def _step(self, record: CaseEvent) -> list[Output]:
        outputs: list[Output] = []
        entry = entry_of(record)
        for key in self._folds.cases.keys(entry):
            kept, put_out = step(self._folds.cases, self._known.get(key), entry)
            self._known |= {key: kept} if kept is not None else {}
            outputs += put_out
        return outputs

    def lay_down(self, spill: Spill, number: int) -> None:
        """What must be kept, and shown, of these cases; and the filings."""
        spill.put(_FILINGS, number, self.filings)
        spill.put_sorted(Sink.WARNINGS, number, self._newest.rows(Sink.WARNINGS))
        spill.put_sorted(_STATES, number, _state_rows(_CASES, self._known))


def fold_cases(spill: Spill, part: int, policies: Sequence[tuple[int, bytes]]) -> list[Finding]:
    """Folds the entries of a part of the cases; policies by the place after which they held. For a worker."""
    waiting, timetable = deque(policies), load_policy().timetable
    fold = CaseReplay(timetable)
    for _, sequence, entry in (*spill.rows(_ENTRIES, part), ("", _AFTER_ALL, b"")):
        while waiting and waiting[0][0] < sequence:
            timetable = applied(timetable, PolicyApplied.FromString(waiting.popleft()[1]))
            fold.amend(timetable)
        if sequence != _AFTER_ALL:
            fold.take(CaseEvent.FromString(entry))
    fold.lay_down(spill, part)
    return list(not_folded("insight", fold.unfolded))


def fold_cells(spill: Spill, part: int) -> list[Finding]:
    """Folds the filings of a part of the cells, in the order of the timeline; for a worker."""
    fold, newest, known = folds(load_policy().timetable).cells, _Newest(), dict[str, bytes]()
    unfolded: dict[str, Unfolded] = {}
    for key, _, filing, place, case in sorted(spill.rows(_FILINGS, part), key=itemgetter(1)):
        try:
            kept, outputs = step(fold, known.get(key), IssueFiling.FromString(filing))
        except Exception as error:  # named for its case
            unfolded.setdefault(case, Unfolded(place, error))
            continue
        known |= {key: kept} if kept is not None else {}
        newest.take(outputs)
    spill.put_sorted(Sink.HOT_ISSUES, part, newest.rows(Sink.HOT_ISSUES))
    spill.put_sorted(_STATES, spill.parts + part, _state_rows(_CELLS, known))
    return list(not_folded("insight", unfolded))


def _state_rows(fold: str, known: Mapping[str, bytes]) -> list[Row]:
    return [(f"state {fold} {key}", state) for key, state in known.items()]


def shown_row(sink: Sink, row: Sequence[Any]) -> tuple[str, bytes]:
    """A row read with TABLES, as replay makes it."""
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


_PAGE = 5_000
_AFTER_ALL = 2**63
_CURSOR = "SELECT sequence FROM streams.stream_cursor WHERE name = %s"
_BY_WORKERS = "SELECT EXISTS (SELECT FROM streams.stream_offset)"
_END = (
    "SELECT greatest((SELECT coalesce(max(sequence), 0) FROM streams.timeline_entry),"
    " (SELECT coalesce(max(sequence), 0) FROM streams.timeline_head))"
)


async def compare_insight(
    dsn: str, logs: Sequence[str], processes: int | None = None, part_entries: int = PART_EVENTS
) -> Verdict:
    """Compares what is shown, and in the embedded default the states behind it, with the timeline folded.

    The verdict reaches as far as the timeline has come in the logs. In the cluster the workers' place is kept
    on Kafka: there a difference may be no more than what they have still to do, and is left open.

    So many entries are folded at once, by a process for each core where there are several such parts.
    """
    async with snapshot(dsn) as connection:
        ends = await log_ends(connection, logs)
        timeline = reached(await live_positions(connection, "streams", "timeline"), ends)
        try:
            by_workers, end = bool(await _one(connection, _BY_WORKERS)), int(await _one(connection, _END))
            found = await (await connection.execute(_CURSOR, (f"local-v{VERSION}",))).fetchone()
            cursor = end if by_workers else int(found[0]) if found else 0
            reach = (Reach(NAME, cursor, end), *timeline)
            with spilled(cursor, part_entries) as spill:
                known = await _folded(connection, spill, cursor, processes)
                judged = await _compared(connection, spill, by_workers, known, reach)
        except UNREADABLE as error:
            return unreadable("insight", error, timeline)
        except (LookupError, PackingError) as error:  # the event of an entry is gone, or was altered
            lost = VIEW_UNREADABLE.at(FindingPlace("insight"), error=error)
            return verdict(promise("insight"), [lost], (), timeline)
    return verdict(judged.promise, (), judged.violations, judged.reach) if by_workers else judged


async def _folded(
    connection: AsyncConnection[Any], spill: Spill, cursor: int, processes: int | None
) -> list[Finding]:
    """Folds the timeline up to the cursor, and names what could not be folded."""
    await _lay_aside(connection, spill, cursor)
    places = await PolicyKept("streams", f"local-v{VERSION}").places(connection)
    policies = [(place, policy_in(event).SerializeToString()) for place, event in places]
    found: dict[Finding, None] = {}
    async with workers(processes or min(core_count(), spill.parts)) as side_by_side:
        cases = ((spill, part, policies) for part in range(spill.parts))
        async for findings in side_by_side.in_order(fold_cases, cases):
            found |= dict.fromkeys(findings)
        cells = ((spill, part) for part in range(spill.parts))
        async for findings in side_by_side.in_order(fold_cells, cells):
            found |= dict.fromkeys(findings)
    return list(found)


async def _lay_aside(connection: AsyncConnection[Any], spill: Spill, cursor: int) -> None:
    """The timeline's entries up to the cursor, by case."""
    after = 0
    while after < cursor and (page := await read_timeline(connection, after, _PAGE)):
        entries = (
            (one.case_id, one.sequence, one.SerializeToString()) for one in page if one.sequence <= cursor
        )
        spill.put(_ENTRIES, after, entries)
        after = page[-1].sequence


async def _compared(
    connection: AsyncConnection[Any],
    spill: Spill,
    by_workers: bool,
    known: Sequence[Finding],
    reach: Sequence[Reach],
) -> Verdict:
    differences = Differences("insight")
    for sink, query in TABLES.items():
        table = LiveTable(by_key(query, "streams"), (), partial(shown_row, sink))
        await compare_table(connection, table, SortedRows(spill.merged(sink), differences))
    if by_workers:
        return differences.verdict(reach, known)
    states = SortedRows(spill.merged(_STATES), differences)
    await compare_table(connection, LiveTable(by_key(STATES, "streams"), (), _state_row), states)
    aside = await cases_aside(connection, "streams", f"local-v{VERSION}")
    return differences.verdict(reach, [*known, *aside])


def _state_row(row: Sequence[Any]) -> Row:
    key, state = row
    return f"state {key}", legible(state)


async def _one(connection: AsyncConnection[Any], query: LiteralString) -> Any:
    return (await (await connection.execute(query)).fetchall())[0][0]
