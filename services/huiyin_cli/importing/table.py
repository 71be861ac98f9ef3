"""A file as tables: named columns and numbered rows, whatever the format; bad rows come as problems.

The line of headings may stand below a title, in two lines, with names that repeat.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

from huiyin_cli.importing.cells import is_blank, text_of
from huiyin_cli.importing.faults import CellError, Fault, InputError, Reason, RowProblem
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.times import EPOCH_1900

_BREAKS = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff]*[\r\n\v\f]+[\s\u200b\u200c\u200d\u2060\ufeff]*")
_LETTERED = re.compile(r" \([A-Z]{1,3}\)$")
_CERTAIN = 2
"""Names that a line must hold to be taken for one that names columns..."""
_SHARE = 4
"""...and one in so many of its cells."""


def letters(column: int) -> str:
    """A column as a spreadsheet calls it: A for 0, AA for 26."""
    name, column = "", column + 1
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def plain(name: str) -> str:
    """A name of a column for comparing: without spaces, punctuation, width of letters and case."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in folded if character.isalnum())


def bare(name: str) -> str:
    """A name without the letter that tells it from others like it."""
    return _LETTERED.sub("", name)


@dataclass(frozen=True, slots=True)
class Heading:
    """The names of the columns, each once, and the last line that names them."""

    names: tuple[str, ...]
    last_row: int


Numbered = tuple[int, Sequence[object] | Fault]


class Headings:
    """Finds the line that names the columns, by the names that are known or that the caller gave."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = frozenset(plain(name) for name in known) - {""}

    def count(self, cells: Sequence[object]) -> int:
        """How many different known names stand in a line."""
        return len({plain(name) for name in map(_name, cells)} & self._known)

    def _certain(self, cells: Sequence[object] | Fault) -> int:
        """The same for a line that can be taken to name columns; 0 for one that holds a name by chance."""
        if isinstance(cells, Fault):
            return 0
        count = self.count(cells)
        said = sum(not is_blank(cell) for cell in cells)
        return count if count >= _CERTAIN and count * _SHARE >= said else 0

    def found(self, lines: Sequence[Numbered], given: int = 0) -> Heading | None:
        """The names in the given line, else in the first with known ones, else in the first not blank."""
        named = [
            (number, cells)
            for number, cells in lines
            if not isinstance(cells, Fault) and (number == given if given else not all(map(is_blank, cells)))
        ]
        if not named:
            return None
        if given:
            return _heading(named[0][1], given)
        certain = (at for at, (_, cells) in enumerate(named) if self._is_certain(cells))
        return self._joined(named, next(certain, 0))

    def _is_certain(self, cells: Sequence[object] | Fault) -> bool:
        """Whether a line can be taken to name columns, and holds not just a name by chance."""
        if isinstance(cells, Fault):
            return False
        count, said = self.count(cells), sum(not is_blank(cell) for cell in cells)
        return count >= _CERTAIN and count * _SHARE >= said

    def _joined(self, named: Sequence[Numbered], at: int) -> Heading:
        """Names may stand in two lines: the lower says more exactly what the upper groups."""
        number, cells = named[at]
        assert not isinstance(cells, Fault), "faults name nothing"
        if at + 1 < len(named):
            below, lower = named[at + 1]
            if below == number + 1 and not isinstance(lower, Fault) and self._is_part_of(lower, cells):
                return _heading(_over(lower, cells), below)
        return _heading(cells, number)

    def _is_part_of(self, lower: Sequence[object], upper: Sequence[object]) -> bool:
        """Whether a line names columns more exactly: below a known name stands another, or nothing new."""
        pairs = [
            (plain(_name(below)), plain(_name(above))) for below, above in zip(lower, upper, strict=False)
        ]
        names = all(below in self._known | {"", above} for below, above in pairs if above in self._known)
        return names and self._is_certain(lower)


def _over(lower: Sequence[object], upper: Sequence[object]) -> list[object]:
    width = max(len(lower), len(upper))
    first, second = ([*cells, *[None] * (width - len(cells))] for cells in (lower, upper))
    return [above if is_blank(below) else below for below, above in zip(first, second, strict=True)]


def _heading(cells: Sequence[object], row: int) -> Heading:
    names = [_name(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    uses = Counter(names)
    once = [f"{name} ({letters(at)})" if name and uses[name] > 1 else name for at, name in enumerate(names)]
    return Heading(tuple(once), row)


def _name(cell: object) -> str:
    try:
        return _BREAKS.sub("", text_of(cell))
    except CellError:
        return ""


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
class TableRow:
    """A row by column name. `number` is the one a person sees: the spreadsheet's, the first being 1.

    `doubts` are about cells that no column names.
    """

    number: int
    cells: Mapping[str, object]
    doubts: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class InputTable:
    """An open table. `rows` can be read once; `fraction` tells how much of it has been read, from 0 to 1.

    `places` are the letters by which a spreadsheet calls the columns; none where columns have no order.
    `epoch` is day 0 of its serial numbers; `sample` are its first rows, which `rows` gives as well.
    """

    headers: tuple[str, ...]
    rows: Iterator[TableRow | RowProblem]
    fraction: Callable[[], float]
    sheet: str = ""
    epoch: date = EPOCH_1900
    places: Mapping[str, str] = field(default_factory=dict)
    sample: Sequence[TableRow] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """A sheet that is not read, and why; `failed` when it holds something and nobody chose to leave it."""

    sheet: str
    fault: Fault
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Tables:
    """What a file holds: the tables to be read, one after another, and what is left out."""

    tables: Sequence[InputTable]
    left: Sequence[Left] = ()


class TableReader(Protocol):
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
) -> InputTable:
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
    shown = [row for row in sample if isinstance(row, TableRow)]
    return InputTable(heading.names, chain(sample, rows), fraction, sheet, epoch, places, shown)


def _rows(lines: Iterator[Line], heading: Heading, *, is_sheet: bool) -> Iterator[TableRow | RowProblem]:
    for number, cells in lines:
        if isinstance(cells, Fault):
            yield RowProblem(number, (cells,))
        elif not all(map(is_blank, cells)):
            yield _row(number, cells, heading.names, is_sheet=is_sheet)


def _row(
    number: int, cells: Sequence[object], names: Sequence[str], *, is_sheet: bool
) -> TableRow | RowProblem:
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
    return TableRow(
        number, {name: cell for name, cell in zip(names, padded, strict=False) if name}, tuple(doubts)
    )
