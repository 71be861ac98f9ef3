"""Text files in a detected encoding, read bit by bit; how much of the file was read can be told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from huiyin_cli.importing.encoding import encoding_of, errors_of
from huiyin_cli.importing.faults import InputError, Reason

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
