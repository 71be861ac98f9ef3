"""Files that hold keys: written whole or not at all, and private to their owner."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from huiyin_kernel.locks import FolderLock

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
