"""Logs whose events depend on each other, orders in which they may arrive, and what is wrong with a merge."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import strategies as st

from huiyin.common.v1.types_pb2 import Actor, Cause
from huiyin_domain.decider import Fact
from huiyin_domain.timeline.case import Need, told
from huiyin_domain.timeline.held import LogEnd
from huiyin_domain.timeline.merge import Merge, Release
from tests.support.agencies import identifier
from tests.support.facts import START, Logs

CONTEXTS = ("intake", "judicial", "reception", "supervision")
NAMES = tuple(f"{context}@990000" for context in CONTEXTS)
CASES = tuple(identifier(number) for number in (201, 202, 203))
SKEW = timedelta(seconds=20)


@dataclass
class History:
    """Facts in the order in which they truly came about."""

    facts: list[Fact] = field(default_factory=list)

    def by_log(self) -> dict[str, list[Fact]]:
        """Each log's facts, in order."""
        return {name: [fact for fact in self.facts if fact.log == name] for name in NAMES}


@st.composite
def histories(draw: st.DrawFn, *, false_causes: bool = False) -> History:
    """Up to twenty facts over four logs, of no case, one or two; each log's clock is a little off."""
    logs, history = Logs(), History()
    skews = {context: draw(st.integers(-5, 5)) for context in CONTEXTS}
    for number in range(draw(st.integers(0, 20))):
        context = draw(st.sampled_from(CONTEXTS))
        stream = f"{context}-{draw(st.integers(0, 2))}"
        cases = draw(st.lists(st.sampled_from(CASES), max_size=2, unique=True))
        seen = draw(st.lists(st.sampled_from(history.facts), max_size=2)) if history.facts else []
        causes = [Cause(stream=fact.stream, version=fact.version, log=fact.log) for fact in seen]
        planted = draw(st.lists(_claims(), max_size=2)) if false_causes else []
        fact = logs.record(context, stream, Actor(), cases, [*causes, *planted])
        when = START + timedelta(seconds=number * 2 + skews[context])
        history.facts.append(replace(fact, recorded=max([when, *_recorded(history, context)])))
    return history


def _claims() -> st.SearchStrategy[Cause]:
    """What a caller may claim to have seen: streams that come later, never, or in a log that there is not."""
    context = st.sampled_from((*CONTEXTS, "rumour"))
    return st.builds(
        lambda name, stream, version: Cause(stream=f"{name}-{stream}", version=version, log=f"{name}@990000"),
        context,
        st.integers(0, 3),
        st.integers(1, 9),
    )


def _recorded(history: History, context: str) -> Iterator:  # type: ignore[type-arg] # of instants
    return (fact.recorded for fact in history.facts if fact.context == context)


@dataclass
class Run:
    """One run of a merge: what was released, in order."""

    merge: Merge
    released: list[Release] = field(default_factory=list)

    def take(self, fact: Fact) -> None:
        """The next event of a log arrives."""
        one = told(fact, ("BUREAU",))
        self.merge.know(dict.fromkeys(self.merge.unknown_streams([one]), 0))
        self.released += self.merge.take(one)

    def ask(self, log: str, position: int) -> None:
        """The log is asked for its end, now."""
        self.released += self.merge.end(LogEnd(log, position, self.merge.arrivals))

    def ask_all(self, ends: dict[str, int]) -> None:
        """Every log that something waits for is asked, again and again, until nothing is to be asked."""
        for _ in range(10):
            for log in self.merge.to_ask():
                self.ask(log, ends[log])


def fresh(**options: object) -> Run:
    """A merge that has read nothing."""
    return Run(Merge(dict.fromkeys(NAMES, 0), skew=SKEW, **options))  # type: ignore[arg-type] # as given


def arrive(run: Run, logs: dict[str, list[Fact]], choices: Iterable[int]) -> None:
    """The logs' facts arrive in an order that the choices make; a log that has ended is asked sometimes."""
    left = {name: list(facts) for name, facts in logs.items()}
    for choice in choices:
        rest = [name for name in NAMES if left[name]]
        if not rest:
            break
        run.take(left[rest[choice % len(rest)]].pop(0))
    for name in NAMES:
        for fact in left[name]:
            run.take(fact)


def wrong(history: History, released: Sequence[Release]) -> list[str]:
    """What is wrong with the order in which the facts were released; nothing, for a causal merge."""
    found: list[str] = []
    place = {(one.told.fact.log, one.told.fact.position): index for index, one in enumerate(released)}
    if sorted(place) != sorted((fact.log, fact.position) for fact in history.facts):
        found.append("an event is missing")
    if len(place) != len(released):
        found.append("an event stands twice")
    claims = Claims(history)
    for index, one in enumerate(released):
        for cause in claims.of(one.told.fact):
            before = claims.known.get(cause)
            if Need(*cause) in one.missing:
                if before is not None and claims.is_true(before, one.told.fact):
                    found.append("a true cause was given up")
            elif before is None or place.get((before.log, before.position), index) >= index:
                found.append("an effect stands before its cause")
    return found + _out_of_order(released)


class Claims:
    """What the facts say that they depend on, rightly or not."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.known = {(fact.log, fact.stream, fact.version): fact for fact in history.facts}

    def of(self, fact: Fact) -> list[tuple[str, str, int]]:
        """The causes that a fact names, but for earlier ones of its own stream."""
        own = [(fact.log, fact.stream, version) for version in range(fact.version)]
        return [key for c in fact.causes if (key := (c.log, c.stream, c.version)) not in own]

    def is_true(self, cause: Fact, effect: Fact) -> bool:
        """Whether the cause came first, and nothing that is claimed says the contrary."""
        return cause.event_id < effect.event_id and effect not in self._all_before(cause)

    def _all_before(self, fact: Fact) -> list[Fact]:
        found, to_visit = [], [fact]
        while to_visit:
            one = to_visit.pop()
            new = [other for other in self._before(one) if other not in found]
            found += new
            to_visit += new
        return found

    def _before(self, fact: Fact) -> Iterator[Fact]:
        for other in self._history.facts:
            if other.log == fact.log and other.position < fact.position and _share_a_row(other, fact):
                yield other
            for log, stream, version in self.of(fact):
                if (other.log, other.stream) == (log, stream) and other.version <= version:
                    yield other


def _share_a_row(first: Fact, second: Fact) -> bool:
    return first.stream == second.stream or not set(first.case_ids).isdisjoint(second.case_ids)


def _out_of_order(released: Sequence[Release]) -> list[str]:
    found: list[str] = []
    last: dict[tuple[str, str], int] = {}
    for one in released:
        fact = one.told.fact
        for row in ((fact.log, fact.stream), *((fact.log, case) for case in fact.case_ids)):
            if last.get(row, 0) >= fact.position:
                found.append("a log is out of order")
            last[row] = fact.position
    return found
