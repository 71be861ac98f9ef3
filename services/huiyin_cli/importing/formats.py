"""Which reader a file needs: by how it begins, whatever its name says, or as the caller says."""

import zipfile
from contextlib import AbstractContextManager
from pathlib import Path

from huiyin_cli.importing.faults import InputError, Reason
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.objects import open_objects
from huiyin_cli.importing.table import Headings, ReadOptions, TableReader, Tables
from huiyin_cli.importing.text_file import open_delimited
from huiyin_cli.importing.workbook import open_workbook

READERS: dict[str, TableReader] = {"xlsx": open_workbook, "csv": open_delimited, "json": open_objects}
_TEXTS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
}
_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et"})
_START_BYTES = 4096
_ARCHIVE = b"PK\x03\x04"
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_PAGES = (b"<html", b"<table", b"<!doctype", b"<?xml", b"<meta", b"<style")
_NO_TABLES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")


def open_tables(
    path: Path, options: ReadOptions, limits: ImportLimits, headings: Headings
) -> AbstractContextManager[Tables]:
    """The file's tables. Raises InputError, at once or on entering."""
    return READERS[_format(path, options.format)](path, options, limits, headings)


def _format(path: Path, given: str) -> str:
    if not path.is_file():
        raise InputError(Reason.FILE_MISSING, path=str(path))
    try:
        with path.open("rb") as file:
            start = file.read(_START_BYTES)
    except OSError as error:
        raise InputError(Reason.FILE_UNREADABLE, path=str(path), detail=error.strerror or "") from error
    found = _of_archive(path) if start.startswith(_ARCHIVE) else _of_start(path, start)
    name = given or found
    if name not in READERS or (found == "xlsx") != (name == "xlsx"):
        raise InputError(Reason.FORMAT_UNKNOWN, path=path.name, formats=", ".join(READERS))
    return name


def _of_archive(path: Path) -> str:
    """A workbook is known by its parts. A damaged one has none to show, and its reader says so."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.lower() for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError):
        return "xlsx"
    if "[content_types].xml" in names and not any(name.endswith((".bin", "document.xml")) for name in names):
        return "xlsx"
    if "xl/workbook.xml" in names:
        return "xlsx"
    raise InputError(Reason.FORMAT_OTHER, path=path.name)


def _of_start(path: Path, start: bytes) -> str:
    suffix, begins = path.suffix.lower(), start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(_OLD):
        encrypted = _ENCRYPTED in path.read_bytes()[: 4 << 20]
        raise InputError(Reason.FILE_ENCRYPTED if encrypted else Reason.FORMAT_OLD, path=path.name)
    if begins.startswith(_PAGES):
        raise InputError(Reason.FORMAT_PAGE, path=path.name)
    if start.startswith(_NO_TABLES):
        return ""
    if suffix in _WORKBOOKS and start:
        return "json" if begins.startswith((b"{", b"[")) else "csv"
    return "xlsx" if suffix in _WORKBOOKS else _TEXTS.get(suffix, "")
