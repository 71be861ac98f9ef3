"""What holds: the timetable that is shipped, with everything that the log lays down over it, in its order."""

from collections.abc import Iterable
from functools import reduce

from huiyin.supervision.v1.events_pb2 import PolicyApplied
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.divisions import line_of
from huiyin_domain.policy.years import year_of
from huiyin_domain.refusal import Refusal


def applied(timetable: Timetable, event: PolicyApplied) -> Timetable:
    """The timetable from an application on. One of a kind that is not known here leaves it as it is."""
    year = year_of(event)
    return timetable if isinstance(year, Refusal) else timetable.amended(year, lines_of(event.divisions))


def in_force(shipped: Timetable, events: Iterable[PolicyApplied]) -> Timetable:
    """The timetable after all of these."""
    return reduce(applied, events, shipped)


def lines_of(divisions: Iterable[str]) -> tuple[str, ...]:
    """The digits that each division and those below it share."""
    return tuple(line_of(division) for division in divisions)
