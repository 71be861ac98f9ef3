"""Which timetable held when: what is shipped, and what supervision's log lays down over it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from huiyin.supervision.v1.events_pb2 import PolicyApplied
from huiyin_audit.history import History
from huiyin_audit.merge import Recorded
from huiyin_audit.replay import Until
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.decider import Fact
from huiyin_domain.policy import applied


class Held(NamedTuple):
    """A timetable, and from where in supervision's log, and when, it held."""

    position: int
    since: datetime
    timetable: Timetable


class PolicyReplay:
    """The timetable at the end of a replay."""

    def __init__(self, shipped: Timetable, until: Until) -> None:
        self.timetable, self._until = shipped, until
        self.laid_down: list[bytes] = []

    def take(self, facts: Sequence[Fact], batch: Sequence[Recorded]) -> None:
        """Takes the next events in."""
        for fact in facts:
            if isinstance(fact.event, PolicyApplied) and self._until.covers(fact):
                self.timetable = applied(self.timetable, fact.event)
                self.laid_down.append(fact.event.SerializeToString())


def timetable_by(shipped: Timetable, laid_down: Iterable[bytes]) -> Timetable:
    """The timetable that came of the events that a replay met, as it keeps them for other processes."""
    for event in laid_down:
        shipped = applied(shipped, PolicyApplied.FromString(event))
    return shipped


def held(history: History, shipped: Timetable) -> list[Held]:
    """Every timetable that held, in order; the first is what is shipped."""
    found = [Held(0, datetime.min.replace(tzinfo=UTC), shipped)]
    for entry in history.policies:
        assert isinstance(entry.message, PolicyApplied), "chosen by their type"
        timetable = applied(found[-1].timetable, entry.message)
        found.append(Held(entry.fact.position, entry.fact.recorded, timetable))
    return found


def by(found: Sequence[Held], instant: datetime) -> list[Timetable]:
    """Those that held at an instant or before."""
    return [one.timetable for one in found if one.since <= instant]
