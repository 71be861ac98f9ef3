"""A time server is asked in one datagram, and only a good answer to that question is believed."""

from datetime import UTC, datetime, timedelta

import pytest

from huiyin_kernel import timekeeping
from huiyin_kernel.clock import ManualClock, SystemClock
from huiyin_kernel.timekeeping import NoTimeError, TimeServer, time_server
from tests.support.time_server import Spoil, serving_time

NOW = datetime(2026, 3, 2, 1, 0, 0, 250_000, tzinfo=UTC)
CLOCK = ManualClock(NOW)
NEARLY = timedelta(microseconds=2)


@pytest.mark.parametrize("told", [NOW, NOW + timedelta(hours=3), NOW - timedelta(days=4)])
async def test_the_servers_time_is_what_it_says(told: datetime) -> None:
    async with serving_time(lambda: told) as server:
        assert abs(await server.now(CLOCK) - told) < NEARLY


async def test_after_2036_its_seconds_begin_again_and_are_understood() -> None:
    later = datetime(2040, 5, 6, 7, 8, 9, tzinfo=UTC)
    async with serving_time(lambda: later) as server:
        assert abs(await server.now(ManualClock(later - timedelta(days=2))) - later) < NEARLY


@pytest.mark.parametrize(
    "spoil, said",
    [
        (lambda answer: answer.update(originate=7), "does not answer the question"),
        (lambda answer: answer.update(first=0b00_100_011), "does not answer the question"),
        (lambda answer: answer.update(first=0b11_100_100), "does not know the time"),
        (lambda answer: answer.update(stratum=0), "does not know the time"),
        (lambda answer: answer.update(stratum=16), "does not know the time"),
        (lambda answer: answer.update(sent=0), "does not know the time"),
    ],
)
async def test_a_bad_answer_is_not_believed(spoil: Spoil, said: str) -> None:
    async with serving_time(lambda: NOW, spoil) as server:
        with pytest.raises(NoTimeError, match=said):
            await server.now(CLOCK)


async def test_a_server_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timekeeping, "ANSWER_SECONDS_MAX", 0.2)
    async with serving_time(lambda: NOW) as gone:
        pass
    with pytest.raises(NoTimeError, match=f"127.0.0.1:{gone.port} does not answer"):
        await gone.now(SystemClock())


def test_a_setting_names_a_server_or_none() -> None:
    assert time_server("") is None
    assert time_server("ntp.example") == TimeServer("ntp.example", 123)
    assert time_server("10.0.0.7:1123") == TimeServer("10.0.0.7", 1123)
