"""Events that wait for each other: callers claim to have seen what came later, so one claim is given up."""

from collections.abc import Iterator
from typing import NamedTuple

from huiyin_domain.timeline.held import Held, Waiting
from huiyin_domain.timeline.told import Need


class Edge(NamedTuple):
    """An event, what it waits for, and because of which need; None: because it stands behind it."""

    effect: Waiting
    need: Need | None
    cause: Waiting


class Claim(NamedTuple):
    """An event that claims to come after another."""

    effect: Waiting
    need: Need
    cause: Waiting


def weakest_claim(held: Held, newest: Waiting) -> Claim | None:
    """If the newest event closes a circle: the claim of the earliest recorded event in it; else None.

    A circle is only ever closed by the event that arrives last, and by a need for it: nobody waits for an
    event because it stands behind it.
    """
    if not held.needing(newest.told.stream):
        return None
    circle = _circle(held, newest)
    claims = [Claim(one, need, cause) for one, need, cause in circle if need is not None]
    return min(claims, key=lambda claim: claim.effect.told.order, default=None)


def _circle(held: Held, start: Waiting) -> list[Edge]:
    """The edges on a way from the event back to itself; none when there is no such way."""
    came_by: dict[int, Edge] = {}
    to_visit = [start]
    while to_visit:
        one = to_visit.pop()
        for edge in _edges(held, one):
            if edge.cause is start:
                return [edge, *_way_back(came_by, one, start)]
            if edge.cause.arrival not in came_by:
                came_by[edge.cause.arrival] = edge
                to_visit.append(edge.cause)
    return []


def _way_back(came_by: dict[int, Edge], one: Waiting, start: Waiting) -> Iterator[Edge]:
    while one is not start:
        edge = came_by[one.arrival]
        yield edge
        one = edge.effect


def _edges(held: Held, one: Waiting) -> Iterator[Edge]:
    for other in held.before(one):
        yield Edge(one, None, other)
    for need in one.needs:
        cause = held.up_to(need)
        if cause is not None:
            yield Edge(one, need, cause)
