"""Text files in a detected encoding, read bit by bit; how much of the file was read can be told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

from huiyin_cli.importing.encoding import encoding_of
from huiyin_cli.importing.faults import InputError, Reason

TextFile = tuple[TextIOWrapper, Callable[[], float]]


@contextmanager
def open_text(path: Path, given_encoding: str) -> Iterator[TextFile]:
    """The open file and how far it has been read, from 0 to 1. Bytes that are no character become surrogates.

    Raises InputError.
    """
    size = path.stat().st_size
    if size == 0:
        raise InputError(Reason.FILE_EMPTY, path=path.name)
    encoding = encoding_of(path, given_encoding)
    with path.open("rb") as raw, TextIOWrapper(raw, encoding, "surrogateescape", newline="") as text:
        yield text, lambda: raw.tell() / size
