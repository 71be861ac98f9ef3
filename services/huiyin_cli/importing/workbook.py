"""XLSX workbooks, by python-calamine: the sheet is read into memory at once, its rows turned one by one."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from huiyin_cli.importing.faults import InputError, Reason
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.table import Line, ReadOptions, Table, table_of_lines


@contextmanager
def open_workbook(path: Path, options: ReadOptions, limits: ImportLimits) -> Iterator[Table]:
    """The table in the sheet named, else in the first visible one that is not empty. Raises InputError."""
    _check_size(path, limits.workbook_bytes_max)
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        sheet = _sheet(workbook, options.sheet)
    except PasswordError:
        raise InputError(Reason.FILE_ENCRYPTED, path=path.name) from None
    except CalamineError as error:
        raise InputError(Reason.FILE_BROKEN, path=path.name, detail=str(error)) from error
    lines = _Lines(sheet)
    yield table_of_lines(lines, options, limits, lines.fraction)


class _Lines:
    """The rows of a sheet from its first on, with their numbers."""

    def __init__(self, sheet: CalamineSheet) -> None:
        self._sheet = sheet
        self._read = 0

    def __iter__(self) -> Iterator[Line]:
        for cells in self._sheet.iter_rows():
            self._read += 1
            yield self._read, cells

    def fraction(self) -> float:
        return self._read / max(self._sheet.height, self._read, 1)


def _check_size(path: Path, bytes_max: int) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile as error:
        raise InputError(Reason.FILE_BROKEN, path=path.name, detail=str(error)) from error
    if unpacked > bytes_max:
        raise InputError(Reason.FILE_TOO_LARGE, path=path.name, bytes=str(unpacked), limit=str(bytes_max))


def _sheet(workbook: CalamineWorkbook, name: str) -> CalamineSheet:
    if name:
        if name not in workbook.sheet_names:
            raise InputError(Reason.SHEET_MISSING, sheet=name, sheets="、".join(workbook.sheet_names))
        return workbook.get_sheet_by_name(name)
    visible = (sheet.name for sheet in workbook.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible)
    for candidate in map(workbook.get_sheet_by_name, visible):
        if candidate.height:
            return candidate
    raise InputError(Reason.FILE_EMPTY, path="、".join(workbook.sheet_names))
