"""A log is read once for all who follow it; who is far behind reads alone, and nobody misses anything."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.codec import UnknownTypeError
from huiyin_kernel.model_states import HotStates
from huiyin_kernel.shared_log import AHEAD_MAX, WINDOW_MAX, Item, SharedLog

END = WINDOW_MAX + 2 * AHEAD_MAX


class Log:
    """A log of empty events that counts how often it is read, and from where."""

    def __init__(self, end: int = END) -> None:
        self.end, self.begun, self.given = end, list[int](), 0

    async def follow(self, after: int) -> AsyncGenerator[tuple[Event | None, int], None]:
        """Events after a position, then silence."""
        self.begun.append(after)
        for position in range(after + 1, self.end + 1):
            self.given += 1
            yield Event(position=position), position
            await asyncio.sleep(0)
        await asyncio.Event().wait()


async def read(log: SharedLog, after: int, end: int = END) -> list[int]:
    """The positions that a follower gets, up to an end."""
    found: list[int] = []
    async with aclosing(log.follow(after)) as items:
        async for item in items:
            found.append(item.position)
            if item.position >= end:
                return found
    raise AssertionError("a log is followed for ever")


async def test_followers_at_one_place_share_one_reading_and_its_items() -> None:
    source = Log(50)
    log = SharedLog(source.follow)
    first, second = log.follow(10), log.follow(10)
    async with aclosing(first), aclosing(second):
        for _ in range(40):
            assert await anext(first) is await anext(second)
    assert (source.begun, source.given) == ([10], 40)


async def test_followers_of_different_speed_and_place_get_every_item_once_and_in_order() -> None:
    log = SharedLog(Log().follow)

    async def slowly(after: int) -> list[int]:
        found = []
        async with aclosing(log.follow(after)) as items:
            async for item in items:
                found.append(item.position)
                await asyncio.sleep(0 if item.position % 20 else 0.001)
                if item.position == END:
                    break
        return found

    async with asyncio.timeout(20):
        got = await asyncio.gather(read(log, 0), slowly(0), slowly(3), read(log, AHEAD_MAX))
    assert list(got) == [list(range(after + 1, END + 1)) for after in (0, 0, 3, AHEAD_MAX)]


async def test_one_that_does_not_read_holds_nobody_up_and_goes_on_alone_where_it_was() -> None:
    source = Log()
    log = SharedLog(source.follow)
    laggard = log.follow(0)
    async with aclosing(laggard), asyncio.timeout(20):
        assert (await anext(laggard)).position == 1
        assert await read(log, 0) == list(range(1, END + 1))
        assert [(await anext(laggard)).position for _ in range(5)] == [2, 3, 4, 5, 6]
    assert source.begun == [0, 1, 2], "alone, and then for all again, since nobody else is left"


async def test_reading_runs_ahead_of_the_fastest_by_a_bounded_number_of_items() -> None:
    source = Log()
    async with aclosing(SharedLog(source.follow).follow(0)) as items:
        await anext(items)
        async with asyncio.timeout(20):
            while source.given < AHEAD_MAX:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert source.given <= AHEAD_MAX + 2


async def test_one_far_ahead_does_not_wait_for_those_behind() -> None:
    source = Log()
    log = SharedLog(source.follow)
    behind = log.follow(0)
    async with aclosing(behind), asyncio.timeout(20):
        await anext(behind)
        assert (await read(log, END - 2)) == [END - 1, END]
    assert END - 2 in source.begun


def test_what_stands_against_reading_an_event_is_said_each_time() -> None:
    item = Item(Event(type="huiyin.intake.v1.NotYetInvented"), 1)
    for _ in range(2):
        with pytest.raises(UnknownTypeError):
            item.fact()


def test_hot_states_are_bounded_by_number_and_bytes_and_the_least_lately_used_goes_first() -> None:
    hot = HotStates(most=3, most_bytes=10)
    for key in "abc":
        hot.write(key, key.upper(), 1)
        hot.commit()
    assert hot.get("a") == "A"
    hot.write("d", "D", 1)
    hot.commit()
    assert [hot.get(key) for key in "abcd"] == ["A", None, "C", "D"]
    hot.write("e", "E", 9)
    hot.commit()
    assert [hot.get(key) for key in "acde"] == [None, None, "D", "E"]
    hot.clear()
    assert (len(hot), hot.get("e")) == (0, None)


def test_what_a_transaction_writes_is_known_in_it_and_later_only_if_it_took_effect() -> None:
    hot = HotStates()
    hot.write("a", "A", 1)
    assert hot.get("a") == "A"
    hot.commit()
    hot.write("a", "B", 1)
    assert hot.get("a") == "B"
    hot.clear()  # taken back
    hot.commit()
    assert hot.get("a") is None
