"""Events that wait for what they come after, and how far the logs are read: which causes can still come."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import NamedTuple

from huiyin_domain.decider import Fact
from huiyin_domain.timeline.case import Need, Stream, Told

Row = tuple[str, str]
"""A row in which events keep the order of their log: its log, and the case or stream that it belongs to."""


@dataclass(slots=True, eq=False)
class WaitingEvent:
    """An event that is not in the timeline yet, with what it still needs.

    `arrival` counts events in the order in which they came.
    """

    arrival: int
    told: Told
    needs: list[Need]
    rows: tuple[Row, ...] = ()

    def __post_init__(self) -> None:
        """A row for its stream and for each of its cases; no stream has a name with a slash."""
        log = self.told.fact.log
        self.rows = (self.told.stream, *((log, f"case/{case}") for case in self.told.cases))


class Held:
    """The waiting events, found by row, by what they need and by arrival."""

    def __init__(self) -> None:
        self.by_arrival: dict[int, WaitingEvent] = {}
        self._rows: dict[Row, deque[WaitingEvent]] = {}
        self._needing: dict[Stream, dict[int, WaitingEvent]] = {}

    def __len__(self) -> int:
        return len(self.by_arrival)

    def add(self, one: WaitingEvent) -> None:
        """Puts it at the end of its rows."""
        self.by_arrival[one.arrival] = one
        for row in one.rows:
            self._rows.setdefault(row, deque()).append(one)
        for need in one.needs:
            self._needing.setdefault(need.of, {})[one.arrival] = one

    def remove(self, one: WaitingEvent) -> None:
        """Takes out one that stands first in all of its rows and needs nothing."""
        del self.by_arrival[one.arrival]
        for row in one.rows:
            self._rows[row].popleft()
            if not self._rows[row]:
                del self._rows[row]

    def add_need(self, one: WaitingEvent, need: Need) -> None:
        """It needs this as well."""
        one.needs.append(need)
        self._needing.setdefault(need.of, {})[one.arrival] = one

    def strike_need(self, one: WaitingEvent, need: Need) -> None:
        """It does not need this any more. It has one need of a stream at most."""
        one.needs.remove(need)
        needing = self._needing[need.of]
        del needing[one.arrival]
        if not needing:
            del self._needing[need.of]

    def is_first(self, one: WaitingEvent) -> bool:
        """True when nothing stands before it."""
        return all(self._rows[row][0] is one for row in one.rows)

    def first(self, row: Row) -> WaitingEvent | None:
        """Who stands first in a row."""
        waiting = self._rows.get(row)
        return waiting[0] if waiting else None

    def needing(self, stream: Stream) -> list[WaitingEvent]:
        """Those that need something of a stream, in order of arrival."""
        return [one for _, one in sorted(self._needing.get(stream, {}).items())]

    def of_stream(self, stream: Stream) -> Iterable[WaitingEvent]:
        """The waiting events of a stream, in its order."""
        return self._rows.get(stream, ())

    def read_version(self, stream: Stream) -> int:
        """The highest version of a stream that waits; 0 when none does."""
        waiting = self._rows.get(stream)
        return waiting[-1].told.fact.version if waiting else 0

    def up_to(self, need: Need) -> WaitingEvent | None:
        """The last waiting event of the stream that is needed, up to the version needed."""
        found = [one for one in self.of_stream(need.of) if one.told.fact.version <= need.version]
        return found[-1] if found else None

    def before(self, one: WaitingEvent) -> Iterator[WaitingEvent]:
        """Who stands right before it, in each of its rows."""
        for row in one.rows:
            ahead = [other for other in self._rows[row] if other.arrival < one.arrival]
            if ahead:
                yield ahead[-1]

    def streams(self) -> set[Stream]:
        """The streams of which something is needed."""
        return set(self._needing)


class Unread:
    """Waiting events by the logs that they wait for."""

    def __init__(self) -> None:
        self._logs: dict[int, frozenset[str]] = {}
        self._waiting: dict[str, dict[int, WaitingEvent]] = {}
        self._by_time: dict[str, list[tuple[datetime, int]]] = {}

    def set(self, one: WaitingEvent, logs: Iterable[str]) -> None:
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

    def recorded_before(self, log: str, instant: datetime) -> list[WaitingEvent]:
        """Those that wait for the log and were recorded before the instant; each is named once."""
        waiting, by_time = self._waiting.get(log, {}), self._by_time.get(log, [])
        found = []
        while by_time and by_time[0][0] < instant:
            _, arrival = heappop(by_time)
            if arrival in waiting:
                found.append(waiting[arrival])
        return found

    def of(self, log: str) -> Collection[WaitingEvent]:
        """All that wait for a log."""
        return list(self._waiting.get(log, {}).values())

    def logs(self) -> list[str]:
        """Logs that something waits for."""
        return sorted(log for log, waiting in self._waiting.items() if waiting)

    def earliest(self) -> WaitingEvent | None:
        """The earliest recorded one of those that wait for a log."""
        waiting = (one for of_log in self._waiting.values() for one in of_log.values())
        return min(waiting, key=lambda one: one.told.order, default=None)

    def logs_of(self, one: WaitingEvent) -> list[str]:
        """The logs that it waits for."""
        return sorted(self._logs.get(one.arrival, frozenset()))


SKEW = timedelta(seconds=60)
"""By how much the clocks of two logs may differ at most."""


class GapError(Exception):
    """A log brought a position that is not the next one: an alarm, for positions are dense."""


class LogEnd(NamedTuple):
    """A log ended at `position` when it was asked, which was after `arrivals` events had come in.

    Whatever one of those events truly depends on had been recorded by then.
    """

    log: str
    position: int
    arrivals: int


class LogsRead:
    """How far each log is read. Only these logs exist."""

    def __init__(self, positions: Mapping[str, int], skew: timedelta) -> None:
        self.positions, self._skew = dict(positions), skew
        self._recorded: dict[str, datetime] = {}
        self._ends: dict[str, LogEnd] = {}
        self._settled: dict[str, int] = {}

    def is_new(self, fact: Fact) -> bool:
        """False for what was read before. Raises GapError."""
        read = self.positions[fact.log]
        if fact.position > read + 1:
            raise GapError(f"{fact.log} went on at position {fact.position} after {read}: verify that log")
        return fact.position == read + 1

    def read(self, fact: Fact) -> datetime:
        """The log is read up to this fact. What was recorded before the instant given needs no more of it."""
        self.positions[fact.log], self._recorded[fact.log] = fact.position, fact.recorded
        return fact.recorded - self._skew

    def asked(self, end: LogEnd) -> None:
        """A log was asked for its end. What came before the question is settled once that is read."""
        self._ends[end.log] = end

    def is_asked(self, log: str) -> bool:
        """True while the end that a log named is not reached."""
        return log in self._ends

    def reached_end(self, log: str) -> bool:
        """True, once, when the end that a log named is reached."""
        end = self._ends.get(log)
        if end is None or self.positions.get(log, 0) < end.position:
            return False
        self._settled[log] = max(end.arrivals, self._settled.get(log, 0))
        del self._ends[log]
        return True

    def can_come(self, log: str, effect: WaitingEvent) -> bool:
        """Whether a log can still bring something on which that event truly depends.

        Not when the log is not among those read, when it is the event's own and so read up to the event,
        when it has come to what was recorded later, nor when it was asked for its end and has come to it.
        """
        if log not in self.positions or log == effect.told.fact.log:
            return False
        recorded = self._recorded.get(log)
        if recorded is not None and self.is_later(recorded, effect):
            return False
        return effect.arrival > self._settled.get(log, 0)

    def is_later(self, recorded: datetime, effect: WaitingEvent) -> bool:
        """Whether that was recorded certainly after the event, so that it cannot be its cause."""
        return recorded > effect.told.fact.recorded + self._skew
