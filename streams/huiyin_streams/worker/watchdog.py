"""Finds a worker that stands still although it looks healthy, and ends it: its supervisor starts it again."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

LOOK_SECONDS = 5.0
STALL_SECONDS = 90.0
"""Longer than the outage of brokers that is to be waited for patiently."""

log = logging.getLogger(__name__)

Partition = tuple[str, int]


class Standing(NamedTuple):
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

    def verdict(self, standings: Mapping[Partition, Standing], now: float) -> str | None:
        """What is wrong, or None."""
        return self._commits(standings, now) or self._handling(standings, now)

    def _commits(self, standings: Mapping[Partition, Standing], now: float) -> str | None:
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

    def _handling(self, standings: Mapping[Partition, Standing], now: float) -> str | None:
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
    standings: Callable[[], Mapping[Partition, Standing]], give_up: Callable[[str], None]
) -> None:
    """Looks for ever; `give_up` ends the process."""
    watchdog = Watchdog()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        wrong = watchdog.verdict(standings(), time.monotonic())
        if wrong is not None:
            give_up(wrong)
            return
