"""What an import leaves: figures, the report of rows that need a look, receipts of those registered."""

import csv
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
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


@dataclass(slots=True)
class ImportSummary:
    """Figures of an import, filled while it runs.

    Each row read is ready, refused or skipped; each ready row, once answered, is registered, repeated,
    corrected, kept or refused. `corrected` rows put their case right; `kept` ones differ from a case that was
    put right since and is left so. `refused` counts rows that are not in for any reason, `changed` those of
    them that were imported before with other content. `duplicates` are in, though an earlier row has the same
    content, and so are `doubtful` ones, of which something is reported. `skipped` rows are no filings, such
    as totals. Of a dry run the figures say what would become of the rows. `complete` is False when the import
    stopped before the last row; `stopped_reason` then says why. `sheets_failed` are those of
    `sheets_not_read` in which something stands that nobody chose to leave.
    """

    file: str = ""
    report: str = ""
    dry_run: bool = False
    service_asked: bool = False
    rows_read: int = 0
    ready: int = 0
    registered: int = 0
    repeated: int = 0
    refused: int = 0
    changed: int = 0
    corrected: int = 0
    kept: int = 0
    duplicates: int = 0
    doubtful: int = 0
    skipped: int = 0
    distinct_persons: int = 0
    seconds: float = 0.0
    complete: bool = False
    stopped_reason: str = ""
    stopped_message: str = ""
    sheets_not_read: list[str] = field(default_factory=list)
    sheets_failed: int = 0
    columns_not_imported: list[str] = field(default_factory=list)

    @property
    def rows_per_second(self) -> float:
        """Rows read in a second."""
        return self.rows_read / self.seconds if self.seconds else 0.0

    @property
    def acceptable(self) -> int:
        """Rows that nothing keeps back, as far as is known."""
        return self.rows_read - self.refused - self.skipped

    @property
    def has_report(self) -> bool:
        """Whether the report says anything."""
        told = (self.refused, self.duplicates, self.doubtful, self.skipped, self.corrected, self.kept)
        return any(told) or bool(self.sheets_not_read)

    @property
    def is_clean(self) -> bool:
        """True when every row of the file is in (or, when only checked, could be)."""
        return self.complete and not (self.refused or self.kept or self.sheets_failed)
