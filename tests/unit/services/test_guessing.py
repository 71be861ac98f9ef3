"""Guessing codes is slowed per number and per source; the right code always gets through."""

import asyncio
from collections.abc import Sequence

import pytest

from huiyin_domain.access import unknown_case
from huiyin_intake.case_numbers import (
    BEAT_SECONDS,
    HALF_LIFE_SECONDS,
    NUMBER_SECONDS_MAX,
    REMEMBERED_MAX,
    SOURCE_SECONDS_MAX,
    SOURCE_WAIT_SECONDS_MAX,
    Guessing,
)
from huiyin_kernel.rpc.errors import RefusedError


class Time:
    """Passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def guess(guessing: Guessing, number: str, source: str) -> None:
    """A try that is refused."""
    with pytest.raises(RefusedError):
        async with guessing.attempt(number, source):
            raise RefusedError(unknown_case())


async def seconds(time: Time, guessing: Guessing, number: str, source: str) -> float:
    """How long the right code takes."""
    begun = time.now
    async with guessing.attempt(number, source):
        pass
    return time.now - begun


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def guessing(time: Time) -> Guessing:
    return Guessing(time, time.sleep)


async def test_a_few_mistakes_cost_nothing_but_the_beat(time: Time, guessing: Guessing) -> None:
    for _ in range(5):
        await guess(guessing, "HY1", "home")
    assert await seconds(time, guessing, "HY1", "home") == pytest.approx(BEAT_SECONDS)


async def test_the_owner_of_a_number_that_is_guessed_at_waits_two_seconds_at_most(
    time: Time, guessing: Guessing
) -> None:
    for place in range(1000):
        await guess(guessing, "HY1", f"place {place}")
    assert await seconds(time, guessing, "HY1", "home") <= NUMBER_SECONDS_MAX + BEAT_SECONDS
    assert await seconds(time, guessing, "HY2", "home") == pytest.approx(BEAT_SECONDS)


async def test_a_source_that_guesses_at_many_numbers_is_slowed_and_no_other(
    time: Time, guessing: Guessing
) -> None:
    for number in range(30):
        await guess(guessing, f"HY{number}", "attacker")
    begun = time.now
    for number in range(10):
        await guess(guessing, f"HY{100 + number}", "attacker")
    assert time.now - begun >= 9 * SOURCE_SECONDS_MAX * 0.9
    assert await seconds(time, guessing, "HY999", "home") == pytest.approx(BEAT_SECONDS)


async def test_a_right_code_in_between_does_not_wash_a_source_clean(time: Time, guessing: Guessing) -> None:
    for number in range(30):
        await guess(guessing, f"HY{number}", "attacker")
        await seconds(time, guessing, "own", "attacker")
    assert await seconds(time, guessing, "own", "attacker") > BEAT_SECONDS


async def test_tries_side_by_side_of_one_source_wait_in_turn_and_then_it_is_told_to_come_back() -> None:
    """Nothing passes here but what the tries themselves take: all begin at one instant."""
    instant, slept = 0.0, list[float]()

    async def sleep(duration: float) -> None:
        slept.append(duration)
        await asyncio.sleep(0)

    guessing = Guessing(lambda: instant, sleep)
    for number in range(30):
        await guess(guessing, f"HY{number}", "attacker")
    answers: Sequence[object] = await asyncio.gather(
        *(guess(guessing, f"HY{number}", "attacker") for number in range(40)), return_exceptions=True
    )
    assert max(slept) <= SOURCE_WAIT_SECONDS_MAX + SOURCE_SECONDS_MAX
    assert len(answers) == 40
    with pytest.raises(RefusedError) as caught:
        async with guessing.attempt("HY1", "attacker"):
            pass
    assert caught.value.refusal.reason == "TOO_MANY_TRIES"
    async with guessing.attempt("HY1", "home"):
        pass


async def test_failures_are_forgotten_by_and_by(time: Time, guessing: Guessing) -> None:
    for _ in range(30):
        await guess(guessing, "HY1", "home")
    time.now += 20 * HALF_LIFE_SECONDS
    assert await seconds(time, guessing, "HY1", "home") == pytest.approx(BEAT_SECONDS)


async def test_no_more_is_remembered_than_has_room(time: Time, guessing: Guessing) -> None:
    for number in range(REMEMBERED_MAX + 10):
        guessing._number_wait(f"HY{number}", 0.0)
    assert len(guessing._numbers) == REMEMBERED_MAX
