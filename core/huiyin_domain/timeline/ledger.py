"""The ledger of entries: numbers and places in the whole; what waits too long, or for each other, is let go.

Whoever has a part in a case and has not had an earlier entry of it gets that one again, before the event that
brought the part: a newcomer sees the case from its beginning, and nobody sees an entry twice.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from huiyin_domain.cases import view as views
from huiyin_domain.timeline.case import (
    Agencies,
    CaseTimeline,
    Need,
    Run,
    Told,
    Walls,
    entitled_of,
    joined,
    recipients_of,
)
from huiyin_domain.timeline.held import Held, WaitingEvent


class Edge(NamedTuple):
    """An event, what it waits for, and because of which need; None: because it stands behind it."""

    effect: WaitingEvent
    need: Need | None
    cause: WaitingEvent


class CauseClaim(NamedTuple):
    """An event that claims to come after another."""

    effect: WaitingEvent
    need: Need
    cause: WaitingEvent


def weakest_claim(held: Held, newest: WaitingEvent) -> CauseClaim | None:
    """If the newest event closes a circle: the claim of the earliest recorded event in it; else None.

    A circle is only ever closed by the event that arrives last, and by a need for it: nobody waits for an
    event because it stands behind it.
    """
    if not held.needing(newest.told.stream):
        return None
    circle = _circle(held, newest)
    claims = [CauseClaim(one, need, cause) for one, need, cause in circle if need is not None]
    return min(claims, key=lambda claim: claim.effect.told.order, default=None)


def _circle(held: Held, start: WaitingEvent) -> list[Edge]:
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


def _way_back(came_by: dict[int, Edge], one: WaitingEvent, start: WaitingEvent) -> Iterator[Edge]:
    while one is not start:
        edge = came_by[one.arrival]
        yield edge
        one = edge.effect


def _edges(held: Held, one: WaitingEvent) -> Iterator[Edge]:
    for other in held.before(one):
        yield Edge(one, None, other)
    for need in one.needs:
        cause = held.up_to(need)
        if cause is not None:
            yield Edge(one, need, cause)


class Wait(NamedTuple):
    """An event that waits. `unread` is what no log has brought yet; empty when it stands behind another."""

    log: str
    position: int
    stream: str
    since: datetime
    unread: tuple[Need, ...]


def overdue(waits: Iterable[Wait], now: datetime, patience: timedelta) -> list[Wait]:
    """Those that have waited longer than that for something unread, the longest first."""
    late = [wait for wait in waits if wait.unread and now - wait.since > patience]
    return sorted(late, key=lambda wait: wait.since)


class LedgerEntry(NamedTuple):
    """An entry at its place. `reached` are all that have had it by now, the recipients included.

    A catch-up entry is an earlier one, by its number, sent again; `closed`, `walled` and `division` are told
    of the others. `walled` are the agencies kept from the case after the event.
    """

    sequence: int
    case_id: str
    number: int
    recipients: Agencies
    reached: Agencies
    catch_up: bool = False
    closed: bool = False
    walled: Agencies = frozenset()
    division: str = ""


class Ledger:
    """The cases as far as they are needed. `sequence` is the last place given."""

    def __init__(self, walls: Walls, sequence: int = 0) -> None:
        self._walls, self.sequence = walls, sequence
        self.cases: dict[str, CaseTimeline] = {}
        self._walled: dict[str, Agencies] = {}

    def know(self, cases: Mapping[str, CaseTimeline]) -> None:
        """Where cases stand; to be said before an event of theirs is entered."""
        self.cases |= cases
        self._walled |= {case: state.walled for case, state in cases.items()}

    def know_walls(self, walled: Mapping[str, Agencies]) -> None:
        """Who is kept from cases; to be said of the other cases in what is known."""
        self._walled |= walled

    def unknown_walls(self, cases: Iterable[str]) -> set[str]:
        """Other cases whose walls must be said before events of these known cases are entered."""
        others = {other for case in cases for other in self.cases[case].others}
        return others - self._walled.keys()

    def enter(self, told: Told) -> list[LedgerEntry]:
        """The entries of an event, one for each of its cases, after what newcomers to these need before.

        Raises what stands against the event; then nothing is changed.
        """
        sequence, before = self.sequence, {case: self.cases[case] for case in told.cases}
        try:
            return [*self.begin(told), *self.number(told)]
        except Exception:
            self.sequence = sequence
            self.know(before)
            raise

    def begin(self, told: Told) -> list[LedgerEntry]:
        """What an event makes of its cases, and earlier entries for those who are entitled to them by it.

        In the order of their places; whoever is entitled already has had them.
        """
        for case in told.cases:
            view = views.evolve(self.cases[case].view, told.fact)
            self._walled[case] = self._walls(case, view)
            self.cases[case] = self.cases[case]._replace(view=view, walled=self._walled[case])
        lacked = sorted((entry for case in told.cases for entry in self._lacked(case)), key=_place)
        return [entry._replace(sequence=self._next()) for entry in lacked]

    def number(self, told: Told) -> list[LedgerEntry]:
        """The entries of an event that was begun."""
        walled = self._walled_in(told.cases)
        return [self._number(case, told, walled) for case in told.cases]

    def forget_beyond(self, count: int) -> None:
        """Bounds what is remembered."""
        if len(self._walled) > count:
            self.cases.clear()
            self._walled.clear()

    def _next(self) -> int:
        self.sequence += 1
        return self.sequence

    def _lacked(self, case: str) -> Iterator[LedgerEntry]:
        """What somebody lacks of a case, with the places where it stands."""
        state, runs, number = self.cases[case], [], 0
        entitled = entitled_of(state.view, state.walled)
        for run in state.runs:
            lacking = self._lacking(run, entitled)
            reached = run.reached | lacking
            for each, place in enumerate(run.places, start=number + 1) if lacking else ():
                yield LedgerEntry(place, case, each, lacking, reached, catch_up=True)
            runs.append(run._replace(reached=reached))
            number += len(run.places)
        self.cases[case] = state._replace(runs=tuple(runs))

    def _lacking(self, run: Run, entitled: Agencies) -> Agencies:
        lacking = entitled - run.reached
        if run.closed or not lacking:
            return frozenset()
        return lacking - self._walled_in(run.others)

    def _number(self, case: str, told: Told, walled: Agencies) -> LedgerEntry:
        state, sequence = self.cases[case], self._next()
        recipients = recipients_of(entitled_of(state.view, state.walled), told.audience, walled)
        others = tuple(other for other in told.cases if other != case)
        run = Run((sequence,), recipients, others, not told.audience)
        self.cases[case] = state = state._replace(runs=joined((*state.runs, run)))
        return LedgerEntry(
            sequence,
            case,
            state.number,
            recipients,
            recipients,
            closed=run.closed,
            walled=state.walled,
            division=state.view.intake.filing.division,
        )

    def _walled_in(self, cases: Iterable[str]) -> Agencies:
        return frozenset[str]().union(*(self._walled[case] for case in cases))


def _place(entry: LedgerEntry) -> int:
    return entry.sequence
