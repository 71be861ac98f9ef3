"""A case's timeline: causes before effects, each log in its order, the same for any order of arrival (P7)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from huiyin.common.v1.types_pb2 import Actor, Cause
from huiyin_domain.cases.timeline import causal_order
from huiyin_domain.decider import Fact
from tests.support.facts import START, Logs

CONTEXTS = ("intake", "judicial", "reception", "supervision")


@st.composite
def recorded(draw: st.DrawFn) -> list[Fact]:
    """Facts in the order in which they truly came about; each log's clock is off by something of its own."""
    logs, skews = Logs(), {context: draw(st.integers(-5, 5)) for context in CONTEXTS}
    facts: list[Fact] = []
    for number in range(draw(st.integers(0, 15))):
        context = draw(st.sampled_from(CONTEXTS))
        stream = f"{context}-{draw(st.integers(0, 1))}"
        seen = draw(st.lists(st.sampled_from(facts), max_size=2)) if facts else []
        causes = [Cause(stream=fact.stream, version=fact.version, log=fact.log) for fact in seen]
        fact = logs.record(context, stream, Actor(), causes=causes)
        when = START + timedelta(seconds=number // 2 + skews[context])
        facts.append(replace(fact, recorded=when))
    return facts


def violations(ordered: Sequence[Fact]) -> list[str]:
    """What is wrong with an order: a cause after its effect, a log or stream out of order, an event twice."""
    found: list[str] = []
    for place, fact in enumerate(ordered):
        for later in ordered[place + 1 :]:
            if any(cause.stream == later.stream and cause.version >= later.version for cause in fact.causes):
                found.append("an effect stands before its cause")
            if later.log == fact.log and later.position <= fact.position:
                found.append("a log is out of order")
            if later.event_id == fact.event_id:
                found.append("an event stands twice")
    return found


@given(recorded(), st.randoms(use_true_random=False))
def test_any_shuffle_gives_the_same_order(facts: list[Fact], random: Random) -> None:
    expected = causal_order(facts)
    shuffled = list(facts)
    random.shuffle(shuffled)
    assert causal_order(shuffled) == expected


@given(recorded())
def test_an_effect_never_stands_before_its_cause(facts: list[Fact]) -> None:
    ordered = causal_order(facts)
    assert violations(ordered) == []
    assert sorted(fact.event_id for fact in ordered) == sorted(fact.event_id for fact in facts)


@given(recorded())
def test_an_event_that_comes_twice_is_told_once(facts: list[Fact]) -> None:
    assert causal_order([*facts, *facts]) == causal_order(facts)


def test_between_free_events_the_earlier_recorded_one_comes_first() -> None:
    logs = Logs()
    first = logs.record("reception", "meeting-1", Actor())
    second = logs.record("intake", "petition-1", Actor())
    assert causal_order([second, first]) == [first, second]
    same_time = replace(first, recorded=second.recorded)
    assert causal_order([second, same_time]) == [second, same_time]


def test_a_cause_outside_the_case_holds_nothing_back() -> None:
    fact = Logs().record("intake", "petition-1", Actor(), causes=[Cause(stream="meeting-9", version=3)])
    assert causal_order([fact]) == [fact]


def test_all_earlier_versions_of_a_cause_come_first() -> None:
    logs = Logs()
    convened = logs.record("reception", "meeting-1", Actor())
    applied = logs.record("intake", "petition-1", Actor(), causes=[Cause(stream="meeting-1", version=5)])
    early = replace(applied, recorded=START - timedelta(hours=1))
    assert causal_order([early, convened]) == [convened, early]


def test_causes_that_contradict_each_other_still_give_one_order() -> None:
    logs = Logs()
    claims = [Cause(stream="petition-1", version=9)]
    bound = logs.record("reception", "meeting-1", Actor(), causes=claims)
    applied = logs.record("intake", "petition-1", Actor(), causes=[Cause(stream="meeting-1", version=1)])
    assert causal_order([applied, bound]) == causal_order([bound, applied]) == [bound, applied]


def test_the_checker_finds_planted_violations() -> None:
    logs = Logs()
    cause = logs.record("reception", "meeting-1", Actor())
    effect = logs.record("intake", "petition-1", Actor(), causes=[Cause(stream="meeting-1", version=1)])
    later = logs.record("reception", "meeting-2", Actor())
    assert violations([effect, cause]) == ["an effect stands before its cause"]
    assert violations([later, cause]) == ["a log is out of order"]
    assert "an event stands twice" in violations([cause, cause])
