"""Which events wait for what a log has not brought yet, so that reading on in it soon finds them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from heapq import heappop, heappush

from huiyin_domain.timeline.held import Waiting


class Unread:
    """Waiting events by the logs that they wait for."""

    def __init__(self) -> None:
        self._logs: dict[int, frozenset[str]] = {}
        self._waiting: dict[str, dict[int, Waiting]] = {}
        self._by_time: dict[str, list[tuple[datetime, int]]] = {}

    def set(self, one: Waiting, logs: Iterable[str]) -> None:
        """It waits for these logs and no others."""
        before, now = self._logs.get(one.arrival, frozenset()), frozenset(logs)
        if now:
            self._logs[one.arrival] = now
        else:
            self._logs.pop(one.arrival, None)
        for log in before - now:
            del self._waiting[log][one.arrival]
        for log in now - before:
            self._waiting.setdefault(log, {})[one.arrival] = one
            heappush(self._by_time.setdefault(log, []), (one.told.fact.recorded, one.arrival))

    def recorded_before(self, log: str, instant: datetime) -> list[Waiting]:
        """Those that wait for the log and were recorded before the instant; each is named once."""
        waiting, by_time = self._waiting.get(log, {}), self._by_time.get(log, [])
        found = []
        while by_time and by_time[0][0] < instant:
            _, arrival = heappop(by_time)
            if arrival in waiting:
                found.append(waiting[arrival])
        return found

    def of(self, log: str) -> Collection[Waiting]:
        """All that wait for a log."""
        return list(self._waiting.get(log, {}).values())

    def logs(self) -> list[str]:
        """Logs that something waits for."""
        return sorted(log for log, waiting in self._waiting.items() if waiting)

    def earliest(self) -> Waiting | None:
        """The earliest recorded one of those that wait for a log."""
        waiting = (one for of_log in self._waiting.values() for one in of_log.values())
        return min(waiting, key=lambda one: one.told.order, default=None)

    def logs_of(self, one: Waiting) -> list[str]:
        """The logs that it waits for."""
        return sorted(self._logs.get(one.arrival, frozenset()))
