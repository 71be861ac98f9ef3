"""Replay gives the same states however the logs are read, ends where it should, and differences are named."""

import random
from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from huiyin_audit.findings import PromiseOutcome
from huiyin_audit.live_models import compare, not_folded
from huiyin_audit.replay import Replay, Until, replay
from huiyin_audit.sources import merged
from huiyin_domain.decider import Fact
from tests.unit.audit.book import written
from tests.unit.audit.legal_story import INTAKE, legal_story
from tests.unit.audit.sources import ListSource

LOGS = written(legal_story()).logs
TOTAL = sum(len(events) for events in LOGS.values())


class Types:
    """What happened to each case, in order: enough of a read model to compare."""

    name = "types"

    def keys(self, fact: Fact) -> Sequence[str]:
        return (fact.stream,)

    def initial(self) -> tuple[str, ...]:
        return ()

    def evolve(self, state: tuple[str, ...], fact: Fact) -> tuple[str, ...]:
        return (*state, f"{fact.version}:{type(fact.event).__name__}")

    def dump(self, state: tuple[str, ...]) -> bytes:
        return "\n".join(state).encode()


def sources(page: int) -> list[ListSource]:
    return [ListSource(log, events, page=page) for log, events in LOGS.items()]


async def replayed(page: int, until: Until | None = None) -> dict[str, bytes]:
    whole = Replay(Types(), until)
    await replay(sources(page), [whole])
    return whole.dumped()


async def test_every_event_is_read_once_and_by_recorded_time() -> None:
    order = [recorded async for batch in merged(sources(7)) for recorded in batch]
    times = [event.recorded for _, event in order]
    assert times == sorted(times)
    for log, events in LOGS.items():
        assert [event for name, event in order if name == log] == events


@settings(deadline=None)
@given(page=st.integers(1, TOTAL + 1))
async def test_the_size_of_pages_changes_nothing(page: int) -> None:
    assert await replayed(page) == await replayed(1000)


async def test_the_order_of_independent_logs_changes_nothing() -> None:
    shuffled = sources(3)
    random.Random(4).shuffle(shuffled)
    other = Replay(Types())
    assert await replay(shuffled, [other]) == TOTAL
    assert compare("types", await replayed(5), other.dumped()).outcome is PromiseOutcome.HOLDS


async def test_replay_ends_at_the_position_of_each_log() -> None:
    states = await replayed(5, Until({INTAKE: 3}))
    of_intake = [key for key in states if key.startswith("petition-")]
    assert [states[key].count(b"\n") + 1 for key in of_intake] == [3]
    assert len(states) > len(of_intake)


async def test_replay_ends_at_an_instant() -> None:
    fourth = LOGS[INTAKE][3].recorded
    assert await replayed(5, Until(instant=fourth)) == await replayed(
        5, Until(instant=fourth + timedelta(microseconds=1))
    )
    before = await replayed(5, Until(instant=fourth - timedelta(microseconds=1)))
    assert sum(state.count(b"\n") + 1 for state in before.values()) == 3


async def test_an_altered_live_state_is_named_with_its_first_byte() -> None:
    states = await replayed(5)
    key = min(states)
    live = states | {key: states[key][:4] + b"!" + states[key][5:]}
    verdict = compare("types", live, states)
    assert [(finding.rule, finding.stream) for finding in verdict.violations] == [("STATE_DIFFERS", key)]
    assert "byte 4" in verdict.violations[0].en


async def test_a_state_that_is_one_byte_longer_is_named() -> None:
    states = await replayed(5)
    key = min(states)
    longer = compare("types", states | {key: states[key] + b"!"}, states).violations
    assert [finding.rule for finding in longer] == ["STATE_DIFFERS"]


async def test_differences_are_named_in_both_directions() -> None:
    states = await replayed(5)
    key, *_ = states
    without = {name: state for name, state in states.items() if name != key}
    assert [finding.rule for finding in compare("types", without, states).violations] == ["MISSING_LIVE"]
    assert [finding.rule for finding in compare("types", states, without).violations] == ["ONLY_LIVE"]


class Failing(Types):
    """A fold that cannot take the third event of a stream."""

    def evolve(self, state: tuple[str, ...], fact: Fact) -> tuple[str, ...]:
        if len(state) == 2:
            raise ValueError("too much")
        return super().evolve(state, fact)


async def test_a_state_that_fails_stops_there_and_all_others_go_on() -> None:
    failing, whole = Replay(Failing()), Replay(Types())
    await replay(sources(5), [failing, whole])
    assert failing.states == {key: state[:2] for key, state in whole.states.items()}
    assert failing.unfolded.keys() == {key for key, state in whole.states.items() if len(state) > 2}
    for finding in not_folded("types", failing.unfolded):
        event = LOGS[finding.log][finding.position - 1]
        assert (event.stream, event.version) == (finding.stream, 3)
        assert "ValueError: too much" in finding.en
