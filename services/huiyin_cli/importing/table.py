"""A file as a table: named columns and numbered rows, whatever the format; bad rows come as problems."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from huiyin_cli.importing.cells import is_blank, text_of
from huiyin_cli.importing.faults import CellError, Fault, InputError, Reason, RowProblem
from huiyin_cli.importing.limits import ImportLimits


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read the file, as far as the caller says; the rest is found out."""

    format: str = ""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A row by column name. `number` is the one a person sees: the spreadsheet's, the first being 1."""

    number: int
    cells: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Table:
    """An open file. `rows` can be read once; `fraction` tells how much of it has been read, from 0 to 1."""

    headers: tuple[str, ...]
    rows: Iterator[Row | RowProblem]
    fraction: Callable[[], float]


class Reader(Protocol):
    """Opens a file of one format. Raises InputError."""

    def __call__(
        self, path: Path, options: ReadOptions, limits: ImportLimits
    ) -> AbstractContextManager[Table]: ...


Line = tuple[int, Sequence[object] | Fault]


def table_of_lines(
    lines: Iterable[Line], options: ReadOptions, limits: ImportLimits, fraction: Callable[[], float]
) -> Table:
    """A table whose columns are named by the given line, else the first not blank. Raises InputError."""
    numbered = iter(lines)
    for number, cells in islice(numbered, max(limits.header_rows_max, options.header_row)):
        if isinstance(cells, Fault):
            raise InputError(Reason.HEADER_MISSING, row=str(number))
        if number == options.header_row or (not options.header_row and not all(map(is_blank, cells))):
            headers = tuple(map(_header, cells))
            return Table(headers, _rows(numbered, headers), fraction)
    raise InputError(Reason.HEADER_MISSING, row=str(options.header_row or 1))


def _header(cell: object) -> str:
    try:
        return text_of(cell)
    except CellError:
        return ""


def _rows(lines: Iterator[Line], headers: tuple[str, ...]) -> Iterator[Row | RowProblem]:
    for number, cells in lines:
        if isinstance(cells, Fault):
            yield RowProblem(number, (cells,))
        elif all(map(is_blank, cells)):
            continue
        elif len(cells) != len(headers):
            facts = {"cells": str(len(cells)), "columns": str(len(headers))}
            yield RowProblem(number, (Fault(Reason.ROW_LENGTH, facts=facts),))
        else:
            named = zip(headers, cells, strict=True)
            yield Row(number, {header: cell for header, cell in named if header})
