"""The merge of several logs into one causal order, given the order in which their events arrive."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from huiyin_domain.timeline.case import Need, Stream, Told, named_by, needs_of
from huiyin_domain.timeline.held import SKEW, Held, LogEnd, LogsRead, Unread, WaitingEvent
from huiyin_domain.timeline.ledger import weakest_claim

HELD_MAX = 10_000
"""Events that wait at once, by default; at that number only the log that must come next is read on."""


class Release(NamedTuple):
    """An event whose turn has come. `missing` are the causes it names that did not exist."""

    arrival: int
    told: Told
    missing: tuple[Need, ...]


class Merge:
    """Takes events in as they arrive and gives each out once, after everything that it depends on.

    Events of one log and case, and of one stream, keep their order. What an event names as a cause is
    waited for as long as it can exist. Used by one host; nothing here knows time or chance.
    """

    def __init__(
        self,
        positions: Mapping[str, int],
        registry: str = "",
        held_max: int = HELD_MAX,
        skew: timedelta = SKEW,
    ) -> None:
        self._reading = LogsRead(positions, skew)
        self._registry, self._held_max = registry, held_max
        self._held, self._unread = Held(), Unread()
        self._released: dict[Stream, int] = {}
        self.arrivals = 0

    @property
    def positions(self) -> Mapping[str, int]:
        """How far each log is read."""
        return self._reading.positions

    @property
    def held(self) -> Mapping[int, WaitingEvent]:
        """What waits, by arrival."""
        return self._held.by_arrival

    def unknown_streams(self, told: Iterable[Told]) -> set[Stream]:
        """Streams of which must be said, with `know`, how far they were released, before these are taken."""
        needs = {need.of for one in told for need in needs_of(one, self._registry)}
        return {of for of in needs if of not in self._released and of[0] in self.positions}

    def know(self, versions: Mapping[Stream, int]) -> None:
        """How far streams were released before; 0: not at all."""
        self._released |= versions

    def forget_beyond(self, count: int) -> None:
        """Bounds what is remembered of streams; what is waited for stays."""
        if len(self._released) > count:
            kept = self._held.streams()
            self._released = {of: version for of, version in self._released.items() if of in kept}

    def take(self, told: Told) -> list[Release]:
        """Takes the next event of a log; what is released by that, in order. Raises GapError."""
        if not self._reading.is_new(told.fact):
            return []
        log, instant = told.fact.log, self._reading.read(told.fact)
        self.arrivals += 1
        one = self._add(self.arrivals, told)
        return self._settle([*self._unread.recorded_before(log, instant), *self._ended(log), one], one)

    def restore(self, arrival: int, told: Told) -> list[Release]:
        """Takes in what was held when the host stopped, in order of arrival."""
        self.arrivals = max(self.arrivals, arrival)
        one = self._add(arrival, told)
        return self._settle([one], one)

    def end(self, end: LogEnd) -> list[Release]:
        """A log says where it ends; what is released by that."""
        self._reading.asked(end)
        return self._settle(self._ended(end.log))

    def to_ask(self) -> list[str]:
        """Logs for whose end should be asked: something waits for them, and no question is open."""
        return [log for log in self._unread.logs() if not self._reading.is_asked(log)]

    def wanted(self) -> str | None:
        """The one log to read on while too many events wait; None: all logs.

        The earliest recorded of those that wait for a log must get what it waits for. Nothing in that log
        up to there can be much later than that one, so hardly more events come to wait meanwhile.
        """
        if len(self._held) < self._held_max:
            return None
        first = self._unread.earliest()
        return self._unread.logs_of(first)[0] if first else None

    def waits_for(self, one: WaitingEvent) -> list[Need]:
        """What it needs and was not read yet."""
        return [need for need in one.needs if self._is_unread(need)]

    def _add(self, arrival: int, told: Told) -> WaitingEvent:
        one = WaitingEvent(arrival, told, needs_of(told, self._registry))
        self._held.add(one)
        return one

    def _ended(self, log: str) -> list[WaitingEvent]:
        return list(self._unread.of(log)) if self._reading.reached_end(log) else []

    def _settle(self, ready: Iterable[WaitingEvent], new: WaitingEvent | None = None) -> list[Release]:
        """Releases what can be, and what that frees, the earlier arrived first."""
        released = self._release_all(ready)
        if new is not None and new.arrival in self.held:
            for other in self._held.needing(new.told.stream):
                self._review(other)
            released += self._without_circles(new)
        return released

    def _without_circles(self, new: WaitingEvent) -> list[Release]:
        """Gives up claims that contradict each other; what is released by that."""
        released: list[Release] = []
        while new.arrival in self.held and (claim := weakest_claim(self._held, new)):
            self._lower(claim.effect, claim.need, claim.cause.told.fact.version)
            released += self._release_all([claim.effect])
        return released

    def _release_all(self, ready: Iterable[WaitingEvent]) -> list[Release]:
        released: list[Release] = []
        queue = list({one.arrival for one in ready})
        heapify(queue)
        while queue:
            one = self.held.get(heappop(queue))
            if one is not None and self._is_free(one):
                released.append(self._release(one))
                for follower in self._freed_by(one):
                    heappush(queue, follower.arrival)
        return released

    def _is_free(self, one: WaitingEvent) -> bool:
        self._review(one)
        return not one.needs and self._held.is_first(one)

    def _release(self, one: WaitingEvent) -> Release:
        self._held.remove(one)
        missing = (need for need in named_by(one.told.fact) if not self._is_released(need))
        release = Release(one.arrival, one.told, tuple(missing))
        self._released[one.told.stream] = one.told.fact.version
        return release

    def _freed_by(self, one: WaitingEvent) -> list[WaitingEvent]:
        firsts = [self._held.first(row) for row in one.rows]
        return [*(first for first in firsts if first is not None), *self._held.needing(one.told.stream)]

    def _review(self, one: WaitingEvent) -> None:
        """Strikes out what it need not wait for any more."""
        if not one.needs:
            return
        for need in list(one.needs):
            if self._is_released(need):
                self._strike(one, need)
            elif not self._may_be_true(need, one):
                self._lower(one, need, need.version)
        self._unread.set(one, {need.log for need in one.needs if self._is_unread(need)})

    def _lower(self, one: WaitingEvent, need: Need, version: int) -> None:
        """It does not wait for that version, which cannot come before it, but for earlier ones that can."""
        self._strike(one, need)
        earlier = [
            cause
            for cause in self._held.of_stream(need.of)
            if cause.told.fact.version < version and not self._reading.is_later(cause.told.fact.recorded, one)
        ]
        if earlier:
            self._held.add_need(one, need._replace(version=earlier[-1].told.fact.version))

    def _strike(self, one: WaitingEvent, need: Need) -> None:
        self._held.strike_need(one, need)
        if not one.needs:
            self._unread.set(one, ())

    def _is_released(self, need: Need) -> bool:
        return self._released.get(need.of, 0) >= need.version

    def _is_unread(self, need: Need) -> bool:
        read = max(self._released.get(need.of, 0), self._held.read_version(need.of))
        return read < need.version

    def _may_be_true(self, need: Need, effect: WaitingEvent) -> bool:
        """Whether what is needed exists, or can still come."""
        if self._is_unread(need):
            return self._reading.can_come(need.log, effect)
        cause = self._held.up_to(need)
        return cause is None or not self._reading.is_later(cause.told.fact.recorded, effect)
