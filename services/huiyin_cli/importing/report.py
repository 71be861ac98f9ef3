"""Files that an import leaves: the report of rows that need a look, and the receipts of those that are in."""

import csv
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Protocol, TextIO

from huiyin_cli.importing.faults import InputError, Reason

REPORT_SUFFIX = ".report.csv"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One thing about one row; row 0 is about a sheet.

    `outcome`: refused, changed, not_read or skipped (no filing); doubt or duplicate (registered all the
    same).
    `place` is the cell as a spreadsheet calls it, such as F4; `message` is in the language chosen.
    """

    sheet: str
    row: int
    row_id: str
    outcome: str
    reason: str
    field: str
    column: str
    place: str
    message: str


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A row that is in, and the case it became. `repeated`: it had been imported before.

    `query_code` (查询码) is for the petitioner alone: print it on the receipt, then destroy the file.
    """

    sheet: str
    row: int
    row_id: str
    case_id: str
    display_number: str
    query_code: str
    request_id: str
    repeated: bool


class LineWriter(Protocol):
    """Takes the lines of a file as they come."""

    def write(self, line: Any) -> None:
        """Adds a line; a dataclass of the kind that the file holds."""


class _JsonLines:
    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, line: Any) -> None:
        self._file.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")


class _Csv:
    def __init__(self, file: TextIO, names: Sequence[str]) -> None:
        self._writer = csv.writer(file)
        self._writer.writerow(names)

    def write(self, line: Any) -> None:
        self._writer.writerow([_harmless(value) for value in asdict(line).values()])


class _Nothing:
    def write(self, line: Any) -> None: ...


@contextmanager
def open_lines(path: Path | None, line_type: type[ReportLine | ReceiptLine]) -> Iterator[LineWriter]:
    """Writes JSON lines to .jsonl, else CSV with the mark by which Excel knows UTF-8. Raises InputError."""
    if path is None:
        yield _Nothing()
        return
    as_json = path.suffix.lower() in {".json", ".jsonl", ".ndjson"}
    try:
        encoding = "utf-8" if as_json else "utf-8-sig"
        file = open(path, "w", encoding=encoding, newline="", opener=_private)  # noqa: SIM115 # closed below
    except OSError as error:
        detail = error.strerror or str(error)
        raise InputError(Reason.OUTPUT_UNWRITABLE, path=str(path), detail=detail) from error
    with file:
        names = [one.name for one in fields(line_type)]
        yield _JsonLines(file) if as_json else _Csv(file, names)


def _private(path: str, flags: int) -> int:
    """Opens a file that only its owner can read: receipts carry the petitioners' codes."""
    return os.open(path, flags, 0o600)


def _harmless(value: object) -> object:
    """A text from the file that a spreadsheet would run as a formula stays a text."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value
