"""Keeps a process that was frozen from going on as if nothing had happened.

Frozen for longer than its session, a worker has been replaced: another one has its partitions. What it would
send on waking up, states above all, would overwrite what is newer by now. So before anything is sent it is
asked whether the process has been running all along; a thread that does nothing else keeps that up to date.
"""

import threading
import time
from collections.abc import Callable

TICK_SECONDS = 0.5


class Fence:
    """Open while the process runs; once it was frozen for longer than the limit, it ends the process."""

    def __init__(
        self,
        limit_seconds: float,
        end: Callable[[float], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`end` is told for how many seconds nothing ran."""
        self._limit, self._end, self._now = limit_seconds, end, now
        self._ticked = now()

    def start(self) -> None:
        """Begins to keep time, in a thread of its own that ends with the process."""
        self._ticked = self._now()
        threading.Thread(target=self._keep_time, name="fence", daemon=True).start()

    def check(self) -> None:
        """To be asked before anything is sent."""
        still = self._now() - self._ticked
        if still > self._limit:
            self._end(still)

    def tick(self) -> None:
        """The process runs."""
        self.check()
        self._ticked = self._now()

    def _keep_time(self) -> None:
        while True:
            time.sleep(TICK_SECONDS)
            self.tick()
