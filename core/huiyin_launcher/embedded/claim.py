"""Claims a server's folder: no other owner, and no process of an earlier run left in it."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from huiyin_kernel.locks import FolderLock
from huiyin_launcher.embedded.errors import PostgresError

# An owner that was killed this instant is given the time to be gone.
OWNER_SECONDS = 2.0
# A server whose owner was killed has been told to end by the kernel; what does not end is told again.
ENDS_BY_ITSELF_SECONDS = 15.0
ENDS_WHEN_TOLD_SECONDS = 30.0
ENDS_WHEN_FORCED_SECONDS = 15.0


class Claim:
    """Two locks: the owner's, and the server's, which every process of the server inherits and holds."""

    def __init__(self, directory: Path, pid_file: Path) -> None:
        self._directory = directory
        self._pid_file = pid_file
        self._owner = FolderLock(directory / "owner.lock")
        self._server = FolderLock(directory / "server.lock")

    @property
    def descriptor(self) -> int:
        """The lock's open file, for the server to inherit."""
        return self._server.descriptor

    def take(self) -> None:
        """Waits until the folder is ours alone; then what the pid file names is gone, or is a stranger."""
        if not self._owner.take(OWNER_SECONDS):
            raise PostgresError(
                f"{self._directory} is in use by another running process: stop that one first"
            )
        self._wait_for_server()

    def renew(self) -> None:
        """Waits for what is left of our own server that ended."""
        self._server.release()
        self._wait_for_server()

    def release(self) -> None:
        """Leaves the folder to others."""
        self._server.release()
        self._owner.release()

    def _wait_for_server(self) -> None:
        if not self._outlived():
            self._owner.release()
            raise PostgresError(f"a server of an earlier run does not end: end what uses {self._directory}")
        self._pid_file.unlink(missing_ok=True)

    def _outlived(self) -> bool:
        if self._server.take(ENDS_BY_ITSELF_SECONDS):
            return True
        self._tell(signal.SIGINT)
        if self._server.take(ENDS_WHEN_TOLD_SECONDS):
            return True
        self._tell(signal.SIGQUIT)
        return self._server.take(ENDS_WHEN_FORCED_SECONDS)

    def _tell(self, number: signal.Signals) -> None:
        """Signals the earlier server. Its process id can be trusted: somebody of it still holds the lock."""
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int(self._pid_file.read_text(encoding="utf-8").splitlines()[0]), number)
