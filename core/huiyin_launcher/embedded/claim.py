"""What the embedded server needs before it starts: its folder for itself alone, and a port."""

import errno
import os
import signal
import socket
from contextlib import suppress
from pathlib import Path
from random import SystemRandom

from huiyin_kernel.home import FolderLock


class PostgresError(Exception):
    """The server could not be set up, started or stopped."""


class PostgresNotFoundError(PostgresError):
    """No PostgreSQL server that could be used is on this machine."""


class AccountError(PostgresError):
    """No user was found that could run the server."""


LOOPBACK = "127.0.0.1"
_OF_NO_CLIENT = range(10_000, 20_000)
"""Below the range from which the system gives ports to clients (32768 and up, as Linux comes)."""
_ATTEMPTS = 100
_given: set[int] = set()


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        # As servers do, so that connections of an earlier run that linger do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            return False
    return True


def free_port() -> int:
    """A port that nobody listens on at this instant; none is given twice. Raises OSError when there is none.

    It is not asked of the system: what that gives may be given to some client again before a server binds it.
    """
    for port in SystemRandom().sample(_OF_NO_CLIENT, _ATTEMPTS):
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise OSError(errno.EADDRINUSE, f"{_ATTEMPTS} ports of the loopback address were tried and none is free")


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
