"""What is tried again, how often and how long: what others changed meanwhile, what passes, what fails."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import grpc
from grpc import aio
from prometheus_client import Counter
from psycopg import InterfaceError, OperationalError

from huiyin_store.port import StoreOverloadedError, StoreUnavailableError, VersionConflictError

ResultT = TypeVar("ResultT")

CONFLICT_TRIES = 20
"""How often something is decided again when others changed the stream meanwhile."""
TRIES = 5
"""How often a message fails by itself until it is given up: about two seconds."""
BURIED_IN_A_ROW_MAX = 100
"""So many messages given up without one that worked are no accident, but maybe a wrong build: from then on
each is tried longer, so that what could be handled after an upgrade is not all put aside meanwhile."""
TRIES_IN_DOUBT = 12
"""About two minutes."""
WAIT_SECONDS_FIRST = 0.1
WAIT_SECONDS_MAX = 30.0

_ERRORS = (
    StoreUnavailableError,
    StoreOverloadedError,
    VersionConflictError,
    OperationalError,
    InterfaceError,
    OSError,  # with TimeoutError and ConnectionError
)
_CODES = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.ABORTED,
)


def is_passing(error: BaseException) -> bool:
    """Whether the same may work later, with nothing changed but the state of others."""
    if isinstance(error, aio.AioRpcError):
        return error.code() in _CODES
    return isinstance(error, _ERRORS)


async def settled(attempt: Callable[[], Awaitable[ResultT]], conflicts: Counter) -> ResultT:
    """What comes of reading, deciding and writing: all of it again whenever others wrote meanwhile.

    Raises VersionConflictError after the last try.
    """
    for left in reversed(range(CONFLICT_TRIES)):
        try:
            return await attempt()
        except VersionConflictError:
            conflicts.inc()
            if not left:
                raise
    raise AssertionError("unreachable")


class Patience:
    """With one consumer. What passes by itself is tried for ever, and does not count."""

    def __init__(self) -> None:
        self.tries = 0
        self._buried_in_a_row = 0
        self._wait = WAIT_SECONDS_FIRST

    def begin(self) -> None:
        """A new message."""
        self.tries, self._wait = 0, WAIT_SECONDS_FIRST

    def is_over(self, error: Exception) -> bool:
        """Notes a failure; True when the message is to be given up."""
        self.tries += not is_passing(error)
        in_doubt = self._buried_in_a_row >= BURIED_IN_A_ROW_MAX
        return not is_passing(error) and self.tries >= (TRIES_IN_DOUBT if in_doubt else TRIES)

    def next(self) -> float:
        """Seconds to wait now."""
        wait = self._wait
        self._wait = min(2 * wait, WAIT_SECONDS_MAX)
        return wait

    def succeeded(self) -> None:
        """A message was handled."""
        self._buried_in_a_row = 0

    def buried(self) -> None:
        """A message was given up."""
        self._buried_in_a_row += 1
