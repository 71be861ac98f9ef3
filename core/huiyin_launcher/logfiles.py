"""Log files that processes write to by file descriptor, kept within a bound."""

import shutil
from pathlib import Path
from typing import BinaryIO

from huiyin_kernel.telemetry.logs import readable

LOG_BYTES_MAX = 20_000_000
LAST_WORDS_BYTES = 4000


def open_log(path: Path) -> BinaryIO:
    """Opens a log for appending; what a process inherits stays valid when the file is rotated."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rotate(path)
    return path.open("ab")


def rotate(path: Path) -> None:
    """Moves a full log's content aside, over the older one; who writes to it goes on at the beginning."""
    if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
        shutil.copyfile(path, path.with_suffix(".log.1"))
        with path.open("r+b") as file:
            file.truncate()


def last_words(path: Path, length: int = LAST_WORDS_BYTES) -> str:
    """The end of a log, to be shown when its process failed."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - length))
        return readable(file.read().decode("utf-8", "replace")).strip()
