"""Files that hold keys: written whole or not at all, private to their owner, read again when replaced."""

import contextlib
import logging
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Generic, TypeVar

from huiyin_kernel.home import FolderLock
from huiyin_store.port import WorldClock

LOCK_SECONDS_MAX = 30.0
"""How long a change of keys waits for another one to end."""


class KeyFileError(Exception):
    """A key file is missing, unreadable, wrong in itself or open to others."""


def make_private_directory(path: Path) -> None:
    """Makes a directory that only its owner may enter, or makes an existing one so."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)


def write_whole(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Writes a file so that a reader, or a crash at any moment, finds the old content or the new."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def sync_directory(path: Path) -> None:
    """Makes renames in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_private(path: Path) -> bytes:
    """Content of a secret file. Raises KeyFileError when it is missing or when others could read it."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise KeyFileError(f"{path} has mode {mode:04o}, so others may read it: chmod 600 {path}")
            return file.read()
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}") from error


@contextlib.contextmanager
def locked(path: Path, wait_seconds: float = LOCK_SECONDS_MAX) -> Iterator[None]:
    """Holds a lock file while keys are changed. Raises KeyFileError when another holds it for too long."""
    lock = FolderLock(path)
    if not lock.take(wait_seconds):
        raise KeyFileError(
            f"{path} is held by another process that changes keys: try again when it has ended"
        )
    try:
        yield
    finally:
        lock.release()


T = TypeVar("T")

CHECK_INTERVAL = timedelta(seconds=1)
"""How long a replaced file may go unnoticed by a running process."""

_NO_TIME = timedelta()

log = logging.getLogger(__name__)


class WatchedFile(Generic[T]):
    """The parsed content of a file, read again when the file was replaced.

    A replacement that cannot be read is reported and the last good content stays in use: a slip in an
    editor must not stop a running service from registering petitions.
    """

    def __init__(self, path: Path, parse: Callable[[Path], T], clock: WorldClock) -> None:
        self.path, self._parse, self._clock = path, parse, clock
        self._checked: datetime = clock.now()
        self._stamp = self._stat()
        self._value = parse(path)

    def current(self) -> T:
        """The content, at most CHECK_INTERVAL old."""
        now = self._clock.now()
        if not _NO_TIME <= now - self._checked < CHECK_INTERVAL:
            self._checked = now
            self._read_if_replaced()
        return self._value

    def reload(self) -> T:
        """The content as it is now. Raises KeyFileError."""
        stamp = self._stat()
        self._value, self._stamp, self._checked = self._parse(self.path), stamp, self._clock.now()
        return self._value

    def _read_if_replaced(self) -> None:
        stamp = self._stat()
        if stamp == self._stamp:
            return
        try:
            self._value = self._parse(self.path)
        except KeyFileError as error:
            log.error("%s; the content read before stays in use", error)  # noqa: TRY400 # a trace adds nothing
        self._stamp = stamp

    def _stat(self) -> tuple[int, int, int]:
        try:
            status = self.path.stat()
        except OSError:
            return (0, 0, 0)
        return (status.st_ino, status.st_mtime_ns, status.st_size)
