"""The world's clock (the port is the store's, which needs one first): the only place that reads it."""

import time
from datetime import UTC, datetime


def steady_seconds() -> float:
    """Seconds since some moment: they go on evenly, whatever is done to the machine's clock."""
    return time.monotonic()


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """A clock that moves only when told; for tests and rehearsals."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def set(self, instant: datetime) -> None:
        """Moves the clock to an instant."""
        self._now = instant
