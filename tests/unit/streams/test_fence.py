"""A process that was frozen for longer than its session ends before it sends anything."""

import time

from huiyin_streams.worker.watchdog import Fence


class Ended:
    """Remembers for how long nothing ran when the process was ended."""

    def __init__(self) -> None:
        self.after: list[float] = []
        self.now = 100.0
        self.fence = Fence(8.0, self.after.append, lambda: self.now)


def test_a_process_that_runs_may_send_for_ever() -> None:
    ended = Ended()
    for _ in range(1_000):
        ended.now += 0.5
        ended.fence.check()
        ended.fence.tick()
    assert ended.after == []


def test_one_that_was_frozen_too_long_is_ended_by_whoever_looks_first() -> None:
    for look in (Fence.check, Fence.tick):
        ended = Ended()
        ended.now += 8.5
        look(ended.fence)
        assert ended.after == [8.5]


def test_a_short_pause_is_forgiven() -> None:
    ended = Ended()
    ended.now += 7.5
    ended.fence.tick()
    ended.now += 7.5
    ended.fence.check()
    assert ended.after == []


def test_the_thread_keeps_time_by_itself() -> None:
    after: list[float] = []
    fence = Fence(2.0, after.append)
    fence.start()
    time.sleep(2.5)
    fence.check()
    assert after == []
