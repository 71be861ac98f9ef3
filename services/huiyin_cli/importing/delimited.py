"""CSV files: strict quoting, a detected encoding and delimiter, one record at a time."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TextIO

from huiyin_cli.importing.faults import Fault, Reason
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.table import Headings, Line, ReadOptions, Tables, plain, table_of_lines
from huiyin_cli.importing.text_file import LineTooLongError, bounded_line, open_text

_DELIMITERS = (",", "\t", ";", "|", "，", "；", "\x01")
_LOOKED_AT = 50
"""Lines looked at to find the delimiter."""


@contextmanager
def open_delimited(
    path: Path, options: ReadOptions, limits: ImportLimits, headings: Headings
) -> Iterator[Tables]:
    """The table in a CSV file. Raises InputError."""
    # The module keeps one limit for the whole process; its default is below a long petition.
    csv.field_size_limit(limits.row_chars_max)
    with open_text(path, options.encoding) as (file, fraction):
        delimiter = options.delimiter or _delimiter(file, limits, options, headings)
        lines = _lines(file, delimiter, limits.row_chars_max)
        yield Tables([table_of_lines(lines, options, limits, headings, fraction)])


def _delimiter(file: TextIO, limits: ImportLimits, options: ReadOptions, headings: Headings) -> str:
    """The one that takes the line of names apart into most known names, else into most cells."""

    def names(delimiter: str) -> tuple[int, int]:
        file.seek(0)
        most = max(_LOOKED_AT, options.header_row)
        lines = list(islice(_lines(file, delimiter, limits.row_chars_max), most))
        found = headings.found(lines, options.header_row)
        said = [name for name in found.names if plain(name)] if found else []
        return headings.count(said), len(said)

    best = max(_DELIMITERS, key=names)
    file.seek(0)
    return best


def _lines(file: TextIO, delimiter: str, chars_max: int) -> Iterator[Line]:
    """Records by number, as a spreadsheet counts them; one that cannot be read is a fault, not the end."""
    reader = csv.reader(_Bounded(file, chars_max), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        first_line = reader.line_num + 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error:
            facts = {"first_line": str(first_line), "last_line": str(reader.line_num)}
            yield number, Fault(Reason.ROW_MALFORMED, facts=facts)
        except LineTooLongError:
            yield number, Fault(Reason.ROW_TOO_LARGE, facts={"limit": str(chars_max)})


class _Bounded:
    """The lines of a file, an error for each that is too long."""

    def __init__(self, file: TextIO, chars_max: int) -> None:
        self._file, self._chars_max = file, chars_max

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if line := bounded_line(self._file, self._chars_max):
            return line
        raise StopIteration
