"""JSON files: an array of objects, or one object a line; read one object at a time."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from huiyin_cli.importing.faults import Fault, Reason, RowProblem
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.table import ReadOptions, Row, Table
from huiyin_cli.importing.text_file import open_text

_CHUNK = 64 << 10
_BETWEEN = " \t\r\n,"

Item = tuple[int, object]


@contextmanager
def open_objects(path: Path, options: ReadOptions, limits: ImportLimits) -> Iterator[Table]:
    """The table that the file's objects make; the first of them name the columns. Raises InputError."""
    with open_text(path, options.encoding) as (file, fraction):
        rows = map(_row, _items(file, limits.row_bytes_max))
        first = list(islice(rows, limits.header_rows_max))
        named = (row.cells for row in first if isinstance(row, Row))
        headers = tuple(dict.fromkeys(chain.from_iterable(named)))
        said = (row for row in chain(first, rows) if isinstance(row, RowProblem) or row.cells)
        yield Table(headers, said, fraction)


def _row(item: Item) -> Row | RowProblem:
    number, value = item
    match value:
        case dict():
            return Row(number, value)
        case Fault():
            return RowProblem(number, (value,))
        case _:
            return RowProblem(number, (Fault(Reason.ROW_NOT_OBJECT),))


def _items(file: TextIO, chars_max: int) -> Iterator[Item]:
    start = file.read(1)
    while start and start in _BETWEEN:
        start = file.read(1)
    if start == "[":
        return _array_items(file, chars_max)
    file.seek(0)
    return _line_items(file, chars_max)


def _line_items(file: TextIO, chars_max: int) -> Iterator[Item]:
    """Objects by line number; a blank line says nothing."""
    line, number = file.readline(chars_max), 1
    while line:
        whole = line.endswith("\n") or len(line) < chars_max
        if not whole:
            _skip_line(file, chars_max)
            yield number, Fault(Reason.ROW_TOO_LARGE, facts={"limit": str(chars_max)})
        elif line.strip():
            yield number, _value(line, number)
        line, number = file.readline(chars_max), number + 1


def _skip_line(file: TextIO, chars_max: int) -> None:
    while (part := file.readline(chars_max)) and not part.endswith("\n"):
        continue


def _value(line: str, number: int) -> object:
    try:
        return json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        return Fault(Reason.ROW_MALFORMED, facts={"first_line": str(number), "last_line": str(number)})


def _array_items(file: TextIO, chars_max: int) -> Iterator[Item]:
    """Objects by their place in the array, from 1. After a break nothing can be told apart: one fault."""
    decoder, text, at, number = json.JSONDecoder(), "", 0, 1
    while True:
        while at < len(text) and text[at] in _BETWEEN:
            at += 1
        if text[at : at + 1] == "]":
            return
        try:
            value, at = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            more = file.read(_CHUNK)
            if not more or len(text) - at > chars_max:
                yield number, Fault(Reason.REST_UNREADABLE, facts={"row": str(number)})
                return
            text, at = text[at:] + more, 0
        else:
            yield number, value
            number += 1
