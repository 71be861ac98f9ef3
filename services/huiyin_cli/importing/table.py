"""A file as tables: named columns and numbered rows, whatever the format; bad rows come as problems."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

from huiyin_cli.importing.cells import is_blank
from huiyin_cli.importing.faults import Fault, InputError, Reason, RowProblem
from huiyin_cli.importing.headings import Heading, Headings, letters
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.times import EPOCH_1900

_SAMPLE = 100
"""Rows looked at before a column is believed to be what its name says."""
_DELIMITER_NAMES = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read the file, as far as the caller says; the rest is found out."""

    format: str = ""
    encoding: str = ""
    delimiter: str = ""
    sheets: tuple[str, ...] = ()
    header_row: int = 0


def checked_delimiter(text: str) -> str:
    """A delimiter as the caller writes it. Raises InputError."""
    sign = _DELIMITER_NAMES.get(text.lower(), text)
    if len(sign) > 1 or sign in ('"', "\n", "\r"):
        raise InputError(Reason.DELIMITER_INVALID)
    return sign


@dataclass(frozen=True, slots=True)
class Row:
    """A row by column name. `number` is the one a person sees: the spreadsheet's, the first being 1.

    `doubts` are about cells that no column names.
    """

    number: int
    cells: Mapping[str, object]
    doubts: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """An open table. `rows` can be read once; `fraction` tells how much of it has been read, from 0 to 1.

    `places` are the letters by which a spreadsheet calls the columns; none where columns have no order.
    `epoch` is day 0 of its serial numbers; `sample` are its first rows, which `rows` gives as well.
    """

    headers: tuple[str, ...]
    rows: Iterator[Row | RowProblem]
    fraction: Callable[[], float]
    sheet: str = ""
    epoch: date = EPOCH_1900
    places: Mapping[str, str] = field(default_factory=dict)
    sample: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """A sheet that is not read, and why; `failed` when it holds something and nobody chose to leave it."""

    sheet: str
    fault: Fault
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Tables:
    """What a file holds: the tables to be read, one after another, and what is left out."""

    tables: Sequence[Table]
    left: Sequence[Left] = ()


class Reader(Protocol):
    """Opens a file of one format. Raises InputError."""

    def __call__(
        self, path: Path, options: ReadOptions, limits: ImportLimits, headings: Headings
    ) -> AbstractContextManager[Tables]: ...


Line = tuple[int, Sequence[object] | Fault]


def table_of_lines(
    lines: Iterable[Line],
    options: ReadOptions,
    limits: ImportLimits,
    headings: Headings,
    fraction: Callable[[], float],
    sheet: str = "",
    epoch: date = EPOCH_1900,
) -> Table:
    """A table whose columns are named by the given line, else by the first that does. Raises InputError."""
    numbered = iter(lines)
    head = list(islice(numbered, max(limits.header_rows_max, options.header_row)))
    heading = headings.found(head, options.header_row)
    if heading is None:
        raise InputError(Reason.HEADER_MISSING, row=str(options.header_row or 1))
    rest = chain((line for line in head if line[0] > heading.last_row), numbered)
    rows = _rows(rest, heading, is_sheet=bool(sheet))
    sample = list(islice(rows, _SAMPLE))
    places = {name: letters(column) for column, name in enumerate(heading.names) if name}
    shown = [row for row in sample if isinstance(row, Row)]
    return Table(heading.names, chain(sample, rows), fraction, sheet, epoch, places, shown)


def _rows(lines: Iterator[Line], heading: Heading, *, is_sheet: bool) -> Iterator[Row | RowProblem]:
    for number, cells in lines:
        if isinstance(cells, Fault):
            yield RowProblem(number, (cells,))
        elif not all(map(is_blank, cells)):
            yield _row(number, cells, heading.names, is_sheet=is_sheet)


def _row(number: int, cells: Sequence[object], names: Sequence[str], *, is_sheet: bool) -> Row | RowProblem:
    """A row; cells missing at its end are blank, blank ones beyond the last name are nothing.

    What stands beyond it in a text file has slipped there by a separator too many, and the cells before it as
    well: nobody knows what belongs where. In a sheet each cell has its own place.
    """
    beyond = [at for at in range(len(names), len(cells)) if not is_blank(cells[at])]
    if beyond and not is_sheet:
        facts = {"cells": str(beyond[-1] + 1), "columns": str(len(names))}
        return RowProblem(number, (Fault(Reason.ROW_LENGTH, facts=facts),))
    nameless = [at for at, name in enumerate(names[: len(cells)]) if not name and not is_blank(cells[at])]
    doubts = (Fault(Reason.COLUMN_WITHOUT_NAME, place=letters(at)) for at in (*nameless, *beyond))
    padded = (*cells, *[None] * (len(names) - len(cells)))
    return Row(number, {name: cell for name, cell in zip(names, padded, strict=False) if name}, tuple(doubts))
