"""What the stream folds derive from the timeline, made again from its entries: states and the rows shown."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, LiteralString

from huiyin.insight.v1.filings_pb2 import IssueFiling
from huiyin.insight.v1.types_pb2 import ClockWarning, HotIssue
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_audit.findings import Place
from huiyin_audit.replay import Unfolded
from huiyin_audit.shown import row_bytes
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.streams.fold import StreamFold, recount, step
from huiyin_domain.streams.folds import VERSION, folds
from huiyin_domain.streams.output import Output, Sink
from huiyin_kernel.codec import entry_of, instant

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
