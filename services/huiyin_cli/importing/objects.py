"""JSON files: objects in an array, one a line, or wrapped in others; read one object at a time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from huiyin_cli.importing.faults import Fault, Reason, RowProblem
from huiyin_cli.importing.json_texts import JsonText, NotJsonError, TooLongError, decoded
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.table import Headings, InputTable, ReadOptions, TableRow, Tables
from huiyin_cli.importing.text_file import LineTooLongError, bounded_line, open_text

_DEPTH_MAX = 8
"""How deep in a file its list of objects may lie."""

Item = tuple[int, object]


@contextmanager
def open_objects(
    path: Path, options: ReadOptions, limits: ImportLimits, headings: Headings
) -> Iterator[Tables]:
    """The table that the file's objects make; the first of them name the columns. Raises InputError."""
    with open_text(path, options.encoding) as (file, fraction):
        rows = map(_row, _items(file, limits.row_chars_max, headings))
        first = list(islice(rows, limits.header_rows_max))
        shown = [row for row in first if isinstance(row, TableRow)]
        headers = tuple(dict.fromkeys(chain.from_iterable(row.cells for row in shown)))
        said = (row for row in chain(first, rows) if isinstance(row, RowProblem) or row.cells)
        yield Tables([InputTable(headers, said, fraction, sample=shown)])


def _row(item: Item) -> TableRow | RowProblem:
    number, value = item
    match value:
        case dict():
            return TableRow(number, value)
        case Fault():
            return RowProblem(number, (value,))
        case _:
            return RowProblem(number, (Fault(Reason.ROW_NOT_OBJECT),))


def _items(file: TextIO, chars_max: int, headings: Headings) -> Iterator[Item]:
    begins = JsonText(file, chars_max).peek()
    file.seek(0)
    if begins == "[":
        return _listed(JsonText(file, chars_max))
    if begins == "{" and not _is_one_a_line(file, chars_max):
        file.seek(0)
        if items := _of_one_object(file, chars_max, headings):
            return items
    file.seek(0)
    return _by_line(file, chars_max)


def _is_one_a_line(file: TextIO, chars_max: int) -> bool:
    """Whether the first line is an object by itself, and others follow."""
    try:
        line = bounded_line(file, chars_max)
        while line and not line.strip():
            line = bounded_line(file, chars_max)
        decoded(line)
    except (LineTooLongError, NotJsonError):
        return False
    return _has_more(file, chars_max)


def _of_one_object(file: TextIO, chars_max: int, headings: Headings) -> Iterator[Item] | None:
    """The objects of a file in which they take several lines, or the objects in the lists of one around them.

    None when it is no such file.
    """
    text = JsonText(file, chars_max)
    try:
        whole = text.value()
    except (NotJsonError, TooLongError):
        whole = None
    if isinstance(whole, dict) and (text.peek() or not _is_wrapper(whole, headings)):
        return _one_after_another(whole, text)
    file.seek(0)
    items = _wrapped(JsonText(file, chars_max), 1)
    first = next(items, None)
    if first is None or isinstance(first[1], Fault):
        return None
    return chain([first], items)


def _is_wrapper(whole: Mapping[str, object], headings: Headings) -> bool:
    return headings.count(list(whole)) < 2 and _holds_list(whole, 1)


def _one_after_another(first: object, text: JsonText) -> Iterator[Item]:
    yield 1, first
    number = 2
    while text.peek():
        item = _next(text, number)
        yield item
        if isinstance(item[1], Fault):
            return
        number += 1


def _has_more(file: TextIO, chars_max: int) -> bool:
    try:
        while line := bounded_line(file, chars_max):
            if line.strip():
                return True
    except LineTooLongError:
        return True
    return False


def _holds_list(value: Mapping[str, object], depth: int) -> bool:
    for one in value.values():
        if isinstance(one, list) and any(isinstance(item, dict) for item in one):
            return True
        if isinstance(one, dict) and depth < _DEPTH_MAX and _holds_list(one, depth + 1):
            return True
    return False


def _by_line(file: TextIO, chars_max: int) -> Iterator[Item]:
    """Objects by line number; a blank line says nothing."""
    number = 0
    while True:
        number += 1
        try:
            line = bounded_line(file, chars_max)
        except LineTooLongError:
            yield number, Fault(Reason.ROW_TOO_LARGE, facts={"limit": str(chars_max)})
            continue
        if not line:
            return
        if line.strip():
            yield number, _value(line, number)


def _value(line: str, number: int) -> object:
    try:
        return decoded(line)
    except NotJsonError:
        return Fault(Reason.ROW_MALFORMED, facts={"first_line": str(number), "last_line": str(number)})


def _next(text: JsonText, number: int) -> Item:
    """The object that comes next, or that from here on nothing can be read."""
    try:
        return number, text.value()
    except (NotJsonError, TooLongError):
        return number, Fault(Reason.REST_UNREADABLE, facts={"row": str(number)})


def _listed(text: JsonText) -> Iterator[Item]:
    """Objects by their place in the list that begins here. After a break nothing can be told apart."""
    text.take()
    number = 1
    while True:
        while text.peek() == ",":
            text.take()
        if text.peek() == "]":
            text.take()
            return
        item = _next(text, number)
        yield item
        if isinstance(item[1], Fault):
            return
        number += 1


def _wrapped(text: JsonText, depth: int) -> Iterator[Item]:
    """The objects of the lists within the object that begins here; whatever else it says is passed over."""
    text.take()
    try:
        while (begins := text.peek()) != "}":
            if begins == ",":
                text.take()
                continue
            text.value()
            text.expect(":")
            yield from _within(text, depth)
        text.take()
    except (NotJsonError, TooLongError):
        yield 1, Fault(Reason.REST_UNREADABLE, facts={"row": "1"})


def _within(text: JsonText, depth: int) -> Iterator[Item]:
    begins = text.peek()
    if begins == "[" and text.peek_second() == "{":
        yield from _listed(text)
    elif begins == "{" and depth < _DEPTH_MAX:
        yield from _wrapped(text, depth + 1)
    else:
        text.value()
