"""XLSX workbooks: every sheet that a person sees, row by row, with merged cells filled downwards."""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from huiyin_cli.importing.cells import is_blank
from huiyin_cli.importing.faults import Fault, InputError, Reason
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.sheet_xml import BrokenSheetError, Shared, SheetRow, rows_of
from huiyin_cli.importing.table import Headings, InputTable, Left, Line, ReadOptions, Tables, table_of_lines
from huiyin_cli.importing.workbook_parts import Archive, Merged, SheetPart


@contextmanager
def open_workbook(
    path: Path, options: ReadOptions, limits: ImportLimits, headings: Headings
) -> Iterator[Tables]:
    """The tables in the sheets named, else in all visible ones. Raises InputError."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(archive, path, limits.workbook_bytes_max)
            yield _tables(Archive(archive), options, limits, headings)
    except (
        BrokenSheetError,
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        ValueError,
        EOFError,
        OSError,
    ) as error:
        raise InputError(Reason.FILE_BROKEN, path=path.name, detail=str(error)) from error


def _check_size(archive: zipfile.ZipFile, path: Path, bytes_max: int) -> None:
    unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > bytes_max:
        raise InputError(Reason.FILE_TOO_LARGE, path=path.name, bytes=str(unpacked), limit=str(bytes_max))
    if any(member.flag_bits & 1 for member in archive.infolist()):
        raise InputError(Reason.FILE_ENCRYPTED, path=path.name)


def _tables(archive: Archive, options: ReadOptions, limits: ImportLimits, headings: Headings) -> Tables:
    sheets, shared = archive.book()
    wanted = _wanted(sheets, options.sheets)
    tables, left = list[InputTable](), list[Left]()
    for sheet in sheets:
        if sheet not in wanted:
            reason = Reason.SHEET_NOT_CHOSEN if options.sheets else Reason.SHEET_HIDDEN
            left.append(Left(sheet.name, Fault(reason, facts={"sheet": sheet.name})))
            continue
        lines = _Lines(archive, sheet, shared)
        try:
            tables.append(
                table_of_lines(lines, options, limits, headings, lines.fraction, sheet.name, shared.epoch)
            )
        except InputError as error:
            left.append(Left(sheet.name, error.fault, failed=bool(lines.read)))
    if not any(one.failed for one in left) and not tables:
        raise InputError(Reason.FILE_EMPTY, path="、".join(sheet.name for sheet in sheets))
    return Tables(tables, left)


def _wanted(sheets: Sequence[SheetPart], names: Sequence[str]) -> list[SheetPart]:
    known = [sheet.name for sheet in sheets]
    for name in names:
        if name not in known:
            raise InputError(Reason.SHEET_MISSING, sheet=name, sheets="、".join(known))
    return [sheet for sheet in sheets if (sheet.name in names if names else sheet.visible)]


class _Lines:
    """The rows of a sheet that hold anything, with their numbers."""

    def __init__(self, archive: Archive, sheet: SheetPart, shared: Shared) -> None:
        self._archive, self._sheet, self._shared = archive, sheet, shared
        self._at, self._size = 0, 0
        self.read = 0

    def __iter__(self) -> Iterator[Line]:
        merged = self._archive.merged(self._sheet.path)
        with self._archive.open(self._sheet.path) as file:
            self._size = file.seek(0, 2)
            file.seek(0)
            for number, cells in filled_down(rows_of(file, self._shared), merged):
                self.read += 1
                self._at = file.tell()
                yield number, cells

    def fraction(self) -> float:
        return self._at / self._size if self._size else 0.0


def filled_down(rows: Iterable[SheetRow], merged: Sequence[Merged]) -> Iterator[SheetRow]:
    """Rows under a merged cell carry its value: that is what a person reads there.

    Its value stands in the first row alone. A row in which nothing else stands stays blank.
    """
    waiting, open_blocks = list(reversed(merged)), dict[int, tuple[Merged, object]]()
    for number, cells in rows:
        while waiting and waiting[-1].first_row <= number:
            block = waiting.pop()
            if block.first_row == number and block.column < len(cells):
                open_blocks[block.column] = (block, cells[block.column])
        if open_blocks and not all(map(is_blank, cells)):
            _fill(number, cells, open_blocks)
        yield number, cells


def _fill(number: int, cells: list[object], open_blocks: dict[int, tuple[Merged, object]]) -> None:
    for column, (block, value) in list(open_blocks.items()):
        if number > block.last_row:
            del open_blocks[column]
            continue
        cells.extend([None] * (column + 1 - len(cells)))
        if is_blank(cells[column]):
            cells[column] = value
