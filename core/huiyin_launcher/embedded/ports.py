"""Free TCP ports on the loopback address."""

import errno
import socket
from random import SystemRandom

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
