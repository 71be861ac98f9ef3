"""Text files: a detected encoding and delimiter, strict quoting, one bounded line and record at a time."""

import codecs
import csv
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import TextIO

from huiyin_cli.importing.faults import Fault, InputError, Reason
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.table import Headings, Line, ReadOptions, Tables, plain, table_of_lines

_CHUNK = 1 << 20
_ESCAPED = range(0xDC80, 0xDD00)

# A file is in an encoding when at most one non-ASCII character in ten is damaged; the rows that hold the
# damaged ones are reported.
_SOUND_PER_DAMAGED = 10

# GB18030 gives nearly any bytes some rare character. Real Chinese text keeps to the common ones.
_COMMON_SHARE = 0.8

# More zero bytes than this are no slip of a program: each belongs to a character of two bytes.
_WIDE_SHARE = 0.02


def _gb2312_common() -> frozenset[str]:
    """Punctuation, numerals, Latin letters and the 3,755 level-one characters of GB 2312; no kana."""
    rows = (*range(0xA1, 0xA4), 0xA8, 0xA9, *range(0xB0, 0xD8))
    cells = (bytes((row, cell)) for row in rows for cell in range(0xA1, 0xFF))
    return frozenset("".join(cell.decode("gb18030") for cell in cells))


_COMMON = _gb2312_common()


@dataclass(slots=True)
class _Reading:
    """What a whole file looks like in one encoding; characters outside ASCII only."""

    sound: int = 0
    damaged: int = 0
    common: int = 0
    line: int = 1
    damaged_line: int = 0

    def take(self, text: str) -> None:
        for character, count in Counter(text).items():
            if ord(character) in _ESCAPED:
                self.damaged += count
            elif not character.isascii():
                self.sound += count
                self.common += count if character in _COMMON else 0
        if self.damaged and not self.damaged_line:
            before = next(index for index, character in enumerate(text) if ord(character) in _ESCAPED)
            self.damaged_line = self.line + text.count("\n", 0, before)
        self.line += text.count("\n")

    def fits(self) -> bool:
        return self.damaged * _SOUND_PER_DAMAGED <= self.sound

    def is_chinese(self) -> bool:
        return self.common >= self.sound * _COMMON_SHARE


def encoding_of(path: Path, given: str = "") -> str:
    """The encoding to read the file with (damaged bytes to be escaped as surrogates). Raises InputError."""
    if given:
        return _confirmed(path, given)
    with path.open("rb") as file:
        start = file.read(_CHUNK)
    if start.startswith(codecs.BOM_UTF8):
        return _confirmed(path, "utf-8-sig")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _confirmed(path, "utf-16")
    if start.count(0) > len(start) * _WIDE_SHARE and (wide := _wide(path, start)):
        return wide
    return _detected(path)


def errors_of(encoding: str) -> str:
    """How damaged bytes are kept. Half a character of two bytes cannot be escaped byte by byte."""
    is_wide = encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32"))
    return "replace" if is_wide else "surrogateescape"


def _wide(path: Path, start: bytes) -> str:
    """UTF-16 without its mark, when it reads well; the zeros of its ASCII stand in every second place."""
    encoding = "utf-16-le" if start[1::2].count(0) >= start[::2].count(0) else "utf-16-be"
    reading = _read(path, encoding)
    return encoding if reading.fits() and reading.is_chinese() else ""


def _confirmed(path: Path, encoding: str) -> str:
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise InputError(Reason.ENCODING_UNKNOWN, encoding=encoding) from None
    reading = _read(path, encoding)
    if not reading.fits():
        raise InputError(Reason.WRONG_ENCODING, line=str(reading.damaged_line), tried=encoding)
    return encoding


def _detected(path: Path) -> str:
    utf8 = _read(path, "utf-8")
    if utf8.fits():
        return "utf-8"
    chinese = _read(path, "gb18030")
    if chinese.fits() and chinese.is_chinese():
        return "gb18030"
    raise InputError(Reason.WRONG_ENCODING, line=str(utf8.damaged_line), tried="utf-8, gb18030")


def _read(path: Path, encoding: str) -> _Reading:
    reading = _Reading()
    with path.open(encoding=encoding, errors=errors_of(encoding), newline="") as file:
        while text := file.read(_CHUNK):
            reading.take(text)
    return reading


TextFile = tuple[TextIOWrapper, Callable[[], float]]


class LineTooLongError(Exception):
    """A line is longer than a row may be; it was left behind."""


@contextmanager
def open_text(path: Path, given_encoding: str) -> Iterator[TextFile]:
    """The open file and how far it has been read, from 0 to 1. Bytes that are no character become surrogates.

    Raises InputError.
    """
    size = path.stat().st_size
    if size == 0:
        raise InputError(Reason.FILE_EMPTY, path=path.name)
    encoding = encoding_of(path, given_encoding)
    with path.open("rb") as raw, TextIOWrapper(raw, encoding, errors_of(encoding), newline="") as text:
        yield text, lambda: raw.tell() / size


def bounded_line(file: TextIO, chars_max: int) -> str:
    """The next line, empty at the end. Raises LineTooLongError, and is then at the line after it."""
    line = file.readline(chars_max)
    if len(line) < chars_max or line.endswith("\n"):
        return line
    while (part := file.readline(chars_max)) and not part.endswith("\n"):
        continue
    raise LineTooLongError


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
