"""The cells of one sheet of an XLSX workbook, row by row, with what the file does not say named as such.

Read from the sheet's own XML, for what a person has to be told stands nowhere else: errors, formulas that
were never calculated, the date system (docs/decisions/0024).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import BinaryIO
from xml.parsers import expat

from huiyin_cli.importing.cells import UnreadableCell
from huiyin_cli.importing.faults import Reason

_CHUNK = 64 << 10
_COLUMNS_MAX = 16_384
_REFERENCE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_EXACT_MAX = 10**15


class BrokenSheetError(Exception):
    """The XML of a part is not what the format says."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What a sheet's cells refer to: texts by number, which styles are dates, day 0 of their serial numbers.

    `to_calculate`: the workbook was written by a program that leaves the calculating to whoever opens it.
    """

    texts: Sequence[str]
    date_styles: frozenset[int]
    epoch: date
    to_calculate: bool = False


SheetRow = tuple[int, list[object]]


def parsed(file: BinaryIO, parser: expat.XMLParserType) -> Iterator[None]:
    """Feeds a part to a parser, bit by bit. Raises BrokenSheetError."""
    parser.StartDoctypeDeclHandler = _no_doctype
    try:
        while chunk := file.read(_CHUNK):
            parser.Parse(chunk, False)
            yield
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise BrokenSheetError(str(error)) from error


def _no_doctype(*_: object) -> None:
    # Entities are no part of the format; a file that declares some means no good.
    raise BrokenSheetError("a document type is declared")


def local(name: str) -> str:
    """An element's name without its namespace."""
    return name.rpartition(" ")[2]


def unescaped(text: str) -> str:
    """A text with the characters that XML cannot hold put back."""
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text) if "_x" in text else text


def rows_of(file: BinaryIO, shared: Shared) -> Iterator[SheetRow]:
    """The rows that hold anything, by number. Raises BrokenSheetError."""
    reader = _Reader(shared)
    for _ in parsed(file, reader.parser):
        yield from reader.taken()
    yield from reader.taken()


def place_of(reference: str) -> tuple[int, int]:
    """Row and column (from 0) of a reference such as C7. Raises BrokenSheetError."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise BrokenSheetError(f"no cell is called {reference[:20]}")
    column = 0
    for letter in found.group(1).upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    if column > _COLUMNS_MAX:
        raise BrokenSheetError(f"there is no column {found.group(1)}")
    return int(found.group(2)), column - 1


class _Reader:
    """Turns the elements of a sheet into rows."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._rows: list[SheetRow] = []
        self._number, self._column, self._cells = 0, -1, list[object]()
        self._type, self._style, self._formula, self._valued = "", 0, False, False
        self._value: list[str] = []
        self._kept, self._phonetic = False, False
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def taken(self) -> list[SheetRow]:
        """The rows that are whole by now."""
        rows, self._rows = self._rows, []
        return rows

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match local(name):
            case "row":
                self._number = int(attributes.get("r") or self._number + 1)
                self._cells, self._column = [], -1
            case "c":
                reference = attributes.get("r")
                self._column = place_of(reference)[1] if reference else self._column + 1
                self._type, self._style = attributes.get("t", "n"), int(attributes.get("s") or 0)
                self._value, self._formula, self._valued = [], False, False
            case "v":
                self._kept = self._valued = True
            case "t":
                self._kept = not self._phonetic
            case "rPh":
                self._phonetic = True
            case "f":
                self._formula = True

    def _text(self, text: str) -> None:
        if self._kept:
            self._value.append(text)

    def _end(self, name: str) -> None:
        match local(name):
            case "v" | "t":
                self._kept = False
            case "rPh":
                self._phonetic = False
            case "c":
                self._put(self._cell("".join(self._value)))
            case "row" if self._cells:
                self._rows.append((self._number, self._cells))

    def _put(self, value: object) -> None:
        if value is not None:
            self._cells.extend([None] * (self._column + 1 - len(self._cells)))
            self._cells[self._column] = value

    def _cell(self, text: str) -> object:
        if self._formula and self._is_uncalculated(text):
            return UnreadableCell(Reason.FORMULA_NOT_CALCULATED)
        match self._type:
            case "e":
                return UnreadableCell(Reason.CELL_ERROR, {"error": text[:20] or "?"})
            case "inlineStr" | "str":
                return unescaped(text) or None
            case _ if not text:
                return None
            case "s":
                return self._shared_text(text)
            case "b":
                return text in ("1", "true")
            case "d":
                return text
            case _:
                return self._number_or_date(text)

    def _is_uncalculated(self, text: str) -> bool:
        """A program that does not calculate writes no value, or 0 for all."""
        if not text:
            return not (self._type == "str" and self._valued)
        return self._shared.to_calculate and text == "0" and self._type == "n"

    def _shared_text(self, text: str) -> object:
        number = int(text) if text.isdecimal() else -1
        if 0 <= number < len(self._shared.texts):
            return self._shared.texts[number] or None
        return UnreadableCell(Reason.CELL_ERROR, {"error": "?"})

    def _number_or_date(self, text: str) -> object:
        try:
            value = float(text)
        except ValueError:
            return UnreadableCell(Reason.NUMBER_UNREADABLE)
        if self._style in self._shared.date_styles:
            return _moment(value, self._shared.epoch)
        return int(value) if value.is_integer() and abs(value) < _EXACT_MAX else value


def _moment(serial: float, epoch: date) -> object:
    """A date; a time of day; or the number itself, where none of the calendar is meant."""
    start = datetime.combine(epoch, time())
    if 0 <= serial < 1:
        return (start + timedelta(seconds=round(serial * 86_400))).time()
    # Excel counts a day too many in the first two months of 1900: nothing is a date there.
    if 61 <= serial < 2_958_466:
        return start + timedelta(seconds=round(serial * 86_400))
    return serial
