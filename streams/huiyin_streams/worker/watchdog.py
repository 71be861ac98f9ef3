"""Ends a worker that stands still although it looks healthy, or was frozen: it is started again."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

LOOK_SECONDS = 5.0
STALL_SECONDS = 90.0
"""Longer than the outage of brokers that is to be waited for patiently."""

log = logging.getLogger(__name__)

Partition = tuple[str, int]


class WorkerStanding(NamedTuple):
    """Where one partition of a worker stands: offsets of the next record. `end` None: not known yet."""

    handled: int
    committed: int
    end: int | None


@dataclass
class Watchdog:
    """Judges by what it is told from time to time; times in seconds of any clock that only goes forward."""

    stall_seconds: float = STALL_SECONDS
    _uncommitted: dict[Partition, tuple[int, float]] = field(default_factory=dict)
    _before: Mapping[Partition, int] = field(default_factory=dict)
    _still_since: float | None = None

    def verdict(self, standings: Mapping[Partition, WorkerStanding], now: float) -> str | None:
        """What is wrong, or None."""
        return self._commits(standings, now) or self._handling(standings, now)

    def _commits(self, standings: Mapping[Partition, WorkerStanding], now: float) -> str | None:
        """Handled records whose commit does not move."""
        behind = {key: one for key, one in standings.items() if one.committed < one.handled}
        known = self._uncommitted
        self._uncommitted = {
            key: known[key] if key in known and known[key][0] == one.committed else (one.committed, now)
            for key, one in behind.items()
        }
        for key, (committed, since) in self._uncommitted.items():
            if now - since > self.stall_seconds:
                return f"the commit of {key[0]}/{key[1]} stands at {committed}, handled {behind[key].handled}"
        return None

    def _handling(self, standings: Mapping[Partition, WorkerStanding], now: float) -> str | None:
        """Records that wait while none is handled; or no partition at all."""
        handled = {key: one.handled for key, one in standings.items()}
        waiting = not standings or any(
            one.end is None or one.end > max(one.handled, one.committed) for one in standings.values()
        )
        if handled != self._before or not waiting:
            self._before, self._still_since = handled, None
        elif self._still_since is None:
            self._still_since = now
        elif now - self._still_since > self.stall_seconds:
            return "records wait and none is handled" if standings else "no partition was assigned"
        return None


async def watch(
    standings: Callable[[], Mapping[Partition, WorkerStanding]], give_up: Callable[[str], None]
) -> None:
    """Looks for ever; `give_up` ends the process."""
    watchdog = Watchdog()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        wrong = watchdog.verdict(standings(), time.monotonic())
        if wrong is not None:
            give_up(wrong)
            return


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
