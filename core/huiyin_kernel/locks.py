"""Folder locks that end with the processes that hold them, however those end."""

import fcntl
import os
import time
from pathlib import Path

POLL_SECONDS = 0.05


class FolderLock:
    """An exclusive lock on a file (flock). The kernel drops it when the last process that holds it is gone.

    An inheritable lock is handed to child processes by file descriptor, so that it stays held until the
    last of them has ended too: taking it means that nobody of an earlier run is left.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def take(self, timeout_seconds: float = 0.0) -> bool:
        """Takes the lock; False when others still held it after the time allowed."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + timeout_seconds
        while not _try_lock(descriptor):
            if time.monotonic() >= deadline:
                os.close(descriptor)
                return False
            time.sleep(POLL_SECONDS)
        self._descriptor = descriptor
        return True

    @property
    def descriptor(self) -> int:
        """The open file that holds the lock, to be handed to children."""
        if self._descriptor is None:
            raise RuntimeError(f"the lock {self.path} is not held")
        return self._descriptor

    def release(self) -> None:
        """Gives up this process's hold; children that were handed the lock keep theirs."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
