"""A reader of a log says how far it is, how old what it has in hand is, and since when it hears nothing."""

import time
from collections.abc import AsyncGenerator

import pytest

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.telemetry.counts import Following, followed
from huiyin_kernel.telemetry.metrics import REGISTRY

LABELS = {"consumer": "tests", "log": "tests@990000"}


def shown(name: str) -> float:
    value = REGISTRY.get_sample_value(f"huiyin_consumer_{name}", LABELS)
    assert value is not None
    return value


def test_an_event_in_hand_grows_old_until_it_is_done() -> None:
    following = Following("tests", "tests@990000", 4)
    assert (shown("position"), shown("lag_seconds")) == (4, 0)
    following.heard(5, time.time() - 60)
    following.heard(6, time.time() - 10)
    assert (shown("position"), shown("heard_position")) == (4, 6)
    assert shown("lag_seconds") == pytest.approx(60, abs=5)
    following.done(5, time.time() - 30)
    assert shown("lag_seconds") == pytest.approx(30, abs=5)
    following.done(6)
    assert (shown("position"), shown("lag_seconds")) == (6, 0)


def test_silence_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    following = Following("tests", "tests@990000")
    following.heard(1)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 90)
    assert shown("silence_seconds") == pytest.approx(90, abs=5)


async def test_items_pass_through_as_they_are() -> None:
    event = Event(position=3)
    event.recorded_time.FromSeconds(int(time.time()) - 20)

    async def source() -> AsyncGenerator[tuple[Event | None, int], None]:
        yield None, 2
        yield event, 3

    following = Following("tests", "tests@990000")
    assert [item async for item in followed(following, source())] == [(None, 2), (event, 3)]
    assert following.heard_position == 3
    assert shown("lag_seconds") == pytest.approx(20, abs=5)
