"""Replay: folds the logs from the first event on, up to positions or an instant, by the policy that held."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, NamedTuple, Protocol, TypeVar

from huiyin.supervision.v1.events_pb2 import PolicyApplied
from huiyin_audit.findings import FindingPlace
from huiyin_audit.history import History
from huiyin_audit.sources import Recorded, StillLog, merged
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.decider import Fact
from huiyin_domain.policy import applied
from huiyin_kernel.codec import fact_of

StateT = TypeVar("StateT")


class ReplayedFold(Protocol[StateT]):
    """The pure part of a read model: states by key, with a byte form."""

    name: str

    def keys(self, fact: Fact) -> Sequence[str]:
        """Which states a fact concerns."""
        ...

    def initial(self) -> StateT: ...

    def evolve(self, state: StateT, fact: Fact) -> StateT: ...

    def dump(self, state: StateT) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Until:
    """Where replay ends: at positions by log (none given: at the log's end), and at an instant recorded."""

    positions: Mapping[str, int] = field(default_factory=dict)
    instant: datetime | None = None

    def covers(self, fact: Fact) -> bool:
        """True when the fact lies before the end."""
        if self.instant is not None and fact.recorded > self.instant:
            return False
        return fact.position <= self.positions.get(fact.log, fact.position)


class Unfolded(NamedTuple):
    """Where an event is that a fold could not take, and why. Its state stays where it was."""

    place: FindingPlace
    error: Exception


def unfolded(fact: Fact, error: Exception) -> Unfolded:
    """The same of a fact."""
    return Unfolded(FindingPlace(fact.log, fact.position, fact.stream), error)


def every_key(key: str) -> bool:
    """What a replay that is not of a part has."""
    return True


class Replay(Generic[StateT]):
    """One fold from the first event on. A state that fails at a fact stops there; all others go on.

    `has` says which keys are folded: all of them, or those of a part.
    """

    def __init__(
        self, fold: ReplayedFold[StateT], until: Until | None = None, has: Callable[[str], bool] = every_key
    ) -> None:
        self.fold, self._until, self._has = fold, until or Until(), has
        self.states: dict[str, StateT] = {}
        self.unfolded: dict[str, Unfolded] = {}
        self._last: dict[str, Fact] = {}

    def take(self, facts: Iterable[Fact]) -> None:
        """Folds the next facts in."""
        for fact in facts:
            if self._until.covers(fact):
                for key in self.fold.keys(fact):
                    if self._has(key) and key not in self.unfolded:
                        self._evolve(key, fact)

    def _evolve(self, key: str, fact: Fact) -> None:
        states, self._last[key] = self.states, fact
        try:
            states[key] = self.fold.evolve(states[key] if key in states else self.fold.initial(), fact)
        except Exception as error:  # named for its key, as the fold host sets that aside alone
            self.fails(key, error)

    def fails(self, key: str, error: Exception) -> None:
        """Notes that a state, or what is derived from it, fails at the last fact that it was given."""
        self.unfolded.setdefault(key, unfolded(self._last[key], error))

    def dumped(self) -> dict[str, bytes]:
        """Every state in its byte form, for comparing with the live one."""
        return {key: self.fold.dump(state) for key, state in self.states.items()}


class Taker(Protocol):
    """Takes events in, each as a fact and as it was recorded."""

    def take(self, facts: Sequence[Fact], batch: Sequence[Recorded]) -> None: ...


async def replay(
    sources: Iterable[StillLog], replays: Sequence[Replay[StateT]], beside: Sequence[Taker] = ()
) -> int:
    """Reads the logs once, merged by recorded time, into every replay; returns how many events there were."""
    count = 0
    async for batch in merged(sources):
        facts = _facts(batch)
        for each in replays:
            each.take(facts)
        for other in beside:
            other.take(facts, batch)
        count += len(facts)
    return count


def _facts(batch: Iterable[Recorded]) -> list[Fact]:
    return [fact_of(log, event) for log, event in batch]


class HeldTimetable(NamedTuple):
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


def held(history: History, shipped: Timetable) -> list[HeldTimetable]:
    """Every timetable that held, in order; the first is what is shipped."""
    found = [HeldTimetable(0, datetime.min.replace(tzinfo=UTC), shipped)]
    for entry in history.policies:
        assert isinstance(entry.message, PolicyApplied), "chosen by their type"
        timetable = applied(found[-1].timetable, entry.message)
        found.append(HeldTimetable(entry.fact.position, entry.fact.recorded, timetable))
    return found


def by(found: Sequence[HeldTimetable], instant: datetime) -> list[Timetable]:
    """Those that held at an instant or before."""
    return [one.timetable for one in found if one.since <= instant]
