"""Which reader a file needs: by its name, checked against how it begins, or as the caller says."""

from contextlib import AbstractContextManager
from pathlib import Path

from huiyin_cli.importing.delimited import open_delimited
from huiyin_cli.importing.faults import InputError, Reason
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.objects import open_objects
from huiyin_cli.importing.table import Reader, ReadOptions, Table
from huiyin_cli.importing.workbook import open_workbook

READERS: dict[str, Reader] = {"xlsx": open_workbook, "csv": open_delimited, "json": open_objects}
_BY_SUFFIX = {
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
}
_ZIP_START = b"PK\x03\x04"


def open_table(path: Path, options: ReadOptions, limits: ImportLimits) -> AbstractContextManager[Table]:
    """The file as a table. Raises InputError, at once or on entering."""
    return READERS[_format(path, options.format)](path, options, limits)


def _format(path: Path, given: str) -> str:
    if not path.is_file():
        raise InputError(Reason.FILE_MISSING, path=str(path))
    name = given or _BY_SUFFIX.get(path.suffix.lower(), "")
    try:
        with path.open("rb") as file:
            is_archive = file.read(len(_ZIP_START)) == _ZIP_START
    except OSError as error:
        raise InputError(Reason.FILE_UNREADABLE, path=str(path), detail=error.strerror or "") from error
    if name not in READERS or (is_archive and name != "xlsx"):
        raise InputError(Reason.FORMAT_UNKNOWN, path=path.name, formats=", ".join(READERS))
    return name
