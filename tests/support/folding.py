"""Runs the stream folds in memory: what every host has to arrive at."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from huiyin.insight.v1.filings_pb2 import IssueFiling
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_domain.streams.cell_state import Cell, load_cell
from huiyin_domain.streams.folds import Folds, folds, step
from huiyin_domain.streams.output import Output, Sink
from huiyin_kernel.codec import entry_of
from huiyin_kernel.policy import load_policy

Displayed = dict[tuple[str, str], bytes]
"""What is shown, by sink and key."""

FOLDS = folds(load_policy().timetable)


@dataclass
class Memory:
    """States of the folds, and everything that they put out."""

    folds: Folds = field(default_factory=lambda: FOLDS)
    cases: dict[str, bytes] = field(default_factory=dict)
    cells: dict[str, bytes] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)

    def take(self, records: Iterable[CaseEvent]) -> "Memory":
        """Folds timeline records in."""
        for record in records:
            entry = entry_of(record)
            for key in self.folds.cases.keys(entry):
                kept, put_out = step(self.folds.cases, self.cases.get(key), entry)
                self.cases |= {key: kept} if kept is not None else {}
                self._put_out(put_out)
        return self

    def take_filing(self, filing: IssueFiling) -> None:
        """Folds one filing into its cell."""
        for key in self.folds.cells.keys(filing):
            kept, put_out = step(self.folds.cells, self.cells.get(key), filing)
            self.cells |= {key: kept} if kept is not None else {}
            self._put_out(put_out)

    def _put_out(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            self.outputs.append(output)
            if output.sink is Sink.FILINGS:
                self.take_filing(IssueFiling.FromString(output.value or b""))

    def displayed(self) -> Displayed:
        """What is shown in the end."""
        return displayed(self.outputs)

    def cell_contents(self) -> dict[str, Cell]:
        """The cells without what only the last filing decides."""
        return {key: contents(data) for key, data in self.cells.items()}


def displayed(outputs: Iterable[Output]) -> Displayed:
    """What a sink shows that was given these."""
    shown: Displayed = {}
    for output in outputs:
        place = (output.sink.value, output.key)
        if output.sink is Sink.FILINGS:
            continue
        if output.value is None:
            shown.pop(place, None)
        else:
            shown[place] = output.value
    return shown


def contents(data: bytes) -> Cell:
    """A kept cell, without the keys that its last filing took away: those depend on which came last."""
    cell = load_cell(data)
    return cell.showing(cell.shown.values)
