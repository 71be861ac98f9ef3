"""What following a log promises, by whichever way it comes."""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.codec import to_envelope
from huiyin_kernel.ids import uuid7
from huiyin_store.memory import MemoryEventStore
from tests.support.relaying import registration

SECONDS_MAX = 60.0

Follow = Callable[[int], AsyncIterator[tuple[Event | None, int]]]


class Way(ABC):
    """A log that grows, and a way to follow it."""

    def __init__(self, log: str) -> None:
        self.store = MemoryEventStore(log, SystemClock())
        self._cases = [str(uuid7()) for _ in range(23)]

    async def grow(self, count: int) -> None:
        """More events."""
        for number in range(count):
            case = self._cases[number % len(self._cases)]
            await self.store.append(registration(case, f"petition-{case}"))
        await self.publish()

    async def envelopes(self) -> list[Event]:
        """All events as they go over the wire."""
        return [to_envelope(self.store.log, event) for event in await self.store.read(0, 100_000)]

    @abstractmethod
    async def publish(self) -> None:
        """Makes what is new visible to followers."""

    @abstractmethod
    def follow(self, after: int) -> AsyncGenerator[tuple[Event | None, int], None]:
        """Follows the log."""


async def taken(way: Way, after: int, count: int, seconds: float = SECONDS_MAX) -> list[Event]:
    """The next so many events after a position."""
    found: list[Event] = []
    async with asyncio.timeout(seconds), aclosing(way.follow(after)) as items:
        async for event, position in items:
            if event is not None:
                assert event.position == position
                found.append(event)
            if len(found) >= count:
                return found
    raise AssertionError("following ended by itself")


class FollowContract:
    """Following. Subclasses give `way`, with an empty log."""

    async def test_history_comes_whole_and_in_order(self, way: Way) -> None:
        await way.grow(700)
        assert await taken(way, 0, 700) == await way.envelopes()

    async def test_what_comes_later_follows(self, way: Way) -> None:
        await way.grow(5)
        following = asyncio.ensure_future(taken(way, 0, 45))
        for _ in range(4):
            await asyncio.sleep(0.1)
            await way.grow(10)
        assert await following == await way.envelopes()

    async def test_following_begins_anywhere(self, way: Way) -> None:
        await way.grow(60)
        for after in (0, 1, 29, 59):
            assert await taken(way, after, 60 - after) == (await way.envelopes())[after:]

    async def test_a_quiet_log_gives_heartbeats_with_the_position(self, way: Way) -> None:
        await way.grow(3)
        beats: list[int] = []
        async with asyncio.timeout(SECONDS_MAX), aclosing(way.follow(3)) as items:
            async for event, position in items:
                assert event is None
                beats.append(position)
                if len(beats) == 2:
                    break
        assert beats == [3, 3]

    async def test_a_slow_follower_loses_nothing(self, way: Way) -> None:
        await way.grow(400)
        found: list[Event] = []
        async with asyncio.timeout(SECONDS_MAX), aclosing(way.follow(0)) as items:
            async for event, _ in items:
                if event is not None:
                    found.append(event)
                    await asyncio.sleep(0.005 if len(found) % 10 else 0.05)
                if len(found) == 400:
                    break
        assert found == await way.envelopes()

    async def test_followers_do_not_disturb_each_other(self, way: Way) -> None:
        await way.grow(120)
        first, second = await asyncio.gather(taken(way, 0, 120), taken(way, 60, 60))
        assert first[60:] == second == (await way.envelopes())[60:]

    async def test_a_follower_that_is_cancelled_leaves_nothing_behind(self, way: Way) -> None:
        await way.grow(10)
        await taken(way, 0, 10)
        before = threading.active_count()
        following = asyncio.ensure_future(taken(way, 0, 11))
        await asyncio.sleep(1.0)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        async with asyncio.timeout(20):
            while threading.active_count() > before:
                await asyncio.sleep(0.05)
