"""CSV files: strict quoting, a detected encoding and delimiter, one record at a time."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from huiyin_cli.importing.faults import Fault, Reason
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.table import Line, ReadOptions, Table, table_of_lines
from huiyin_cli.importing.text_file import open_text

_DELIMITERS = (",", "\t", ";")


@contextmanager
def open_delimited(path: Path, options: ReadOptions, limits: ImportLimits) -> Iterator[Table]:
    """The table in a CSV file. Raises InputError."""
    # The module keeps one limit for the whole process; its default is below a long petition.
    csv.field_size_limit(limits.row_bytes_max)
    with open_text(path, options.encoding) as (file, fraction):
        delimiter = options.delimiter or _delimiter(file, limits.row_bytes_max)
        lines = _lines(file, delimiter)
        yield table_of_lines(lines, options, limits, fraction)


def _delimiter(file: TextIO, chars_max: int) -> str:
    first = file.readline(chars_max)
    file.seek(0)
    return max(_DELIMITERS, key=first.count)


def _lines(file: TextIO, delimiter: str) -> Iterator[Line]:
    """Records by number, as a spreadsheet counts them; one that cannot be read is a fault, not the end."""
    reader = csv.reader(file, delimiter=delimiter, strict=True)
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
