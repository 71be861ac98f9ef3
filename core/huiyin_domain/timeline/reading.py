"""How far the logs are read, and with it which causes can still come."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from huiyin_domain.decider import Fact
from huiyin_domain.timeline.held import Waiting

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


class Reading:
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

    def can_come(self, log: str, effect: Waiting) -> bool:
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

    def is_later(self, recorded: datetime, effect: Waiting) -> bool:
        """Whether that was recorded certainly after the event, so that it cannot be its cause."""
        return recorded > effect.told.fact.recorded + self._skew
