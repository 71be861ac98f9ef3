"""A log that several folds of one process follow: read once, decoded once, and nobody waits for another.

The items that came last are kept in a window. Who follows within it shares the one reading; who is behind it
reads on alone from its own place until it has caught up. The reading never runs further ahead than the
fastest of its followers allows, so both are bounded.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from huiyin.event.v1.event_pb2 import Event
from huiyin_domain.decider import Fact
from huiyin_kernel.arrived import Follow
from huiyin_kernel.codec import fact_of_envelope

WINDOW_MAX = 4_000
"""Items that are kept for those behind."""
AHEAD_MAX = 2_000
"""Items read before the fastest follower has asked for them."""


class Item:
    """What a log gave: an event, or a sign of life; and how far the log is read with it."""

    __slots__ = ("_error", "_fact", "event", "position")

    def __init__(self, event: Event | None, position: int) -> None:
        self.event, self.position = event, position
        self._fact: Fact | None = None
        self._error: Exception | None = None

    @property
    def recorded(self) -> tuple[int, int]:
        """When its event was recorded, in seconds and nanoseconds; a sign of life goes before all events."""
        if self.event is None:
            return 0, 0
        return self.event.recorded_time.seconds, self.event.recorded_time.nanos

    def fact(self) -> Fact:
        """The event as folds see it, made once. Raises, each time, what stands against reading it."""
        if self._error is not None:
            raise self._error
        if self._fact is None:
            assert self.event is not None, "a sign of life is no fact"
            try:
                self._fact = fact_of_envelope(self.event)
            except Exception as error:  # whoever folds it says what becomes of it
                self._error = error
                raise
        return self._fact


class _Follower:
    """Where one stands: the number of the item that it wants next."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


class SharedLog:
    """One log of one process. It is read while somebody follows it."""

    def __init__(self, follow: Follow) -> None:
        self._follow = follow
        self._window: deque[Item] = deque()
        self._first = 0
        """The number of the first item in the window."""
        self._before = 0
        """The position before the window."""
        self._followers: set[_Follower] = set()
        self._reading: asyncio.Task[None] | None = None
        self._news, self._room = asyncio.Event(), asyncio.Event()

    async def follow(self, after: int) -> AsyncGenerator[Item, None]:
        """Items after a position, for ever."""
        while True:
            if (follower := self._joined(after)) is not None:
                async with aclosing(self._together(follower)) as items:
                    async for item in items:
                        if item.position > after or item.event is None:
                            after = max(after, item.position)
                            yield item
            async with aclosing(self._follow(after)) as alone:
                async for event, after in alone:
                    yield Item(event, after)
                    if self._has(after):
                        break

    def _has(self, after: int) -> bool:
        return self._reading is None or self._before <= after

    def _joined(self, after: int) -> _Follower | None:
        """A follower from here on; None when the window has passed that."""
        if not self._followers or after - self._end > WINDOW_MAX:
            self._read_from(after)
        if after < self._before:
            return None
        follower = _Follower(self._first + sum(item.position <= after for item in self._window))
        self._followers.add(follower)
        self._room.set()
        return follower

    @property
    def _end(self) -> int:
        return self._window[-1].position if self._window else self._before

    def _read_from(self, after: int) -> None:
        """Begins to read there; who is behind goes on alone."""
        if self._reading is not None:
            self._reading.cancel()
        self._first += len(self._window) + 1  # whatever somebody still wants is not in the window
        self._window.clear()
        self._before = after
        self._reading = asyncio.ensure_future(self._read(after))
        self._reading.add_done_callback(lambda _: self._tell())
        self._tell()

    async def _together(self, follower: _Follower) -> AsyncGenerator[Item, None]:
        """Items of the window; ends when it has passed what is wanted next."""
        try:
            while follower.number >= self._first:
                if follower.number < self._first + len(self._window):
                    item = self._window[follower.number - self._first]
                    follower.number += 1
                    self._room.set()
                    yield item
                else:
                    await self._wait()
        finally:
            self._followers.discard(follower)
            if not self._followers and self._reading is not None:
                reading, self._reading = self._reading, None
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def _wait(self) -> None:
        news = self._news
        if self._reading is not None and self._reading.done():
            self._reading.result()
            raise RuntimeError("a log that is followed for ever came to an end")
        await news.wait()

    async def _read(self, after: int) -> None:
        async with aclosing(self._follow(after)) as items:
            async for event, position in items:
                while not self._has_room():
                    self._room.clear()
                    await self._room.wait()
                self._window.append(Item(event, position))
                if len(self._window) > WINDOW_MAX:
                    self._before = self._window.popleft().position
                    self._first += 1
                self._tell()

    def _has_room(self) -> bool:
        fastest = max((one.number for one in self._followers), default=self._first)
        return self._first + len(self._window) - fastest < AHEAD_MAX

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


def shared(feeds: Mapping[str, Follow]) -> dict[str, SharedLog]:
    """These logs, by name, to be read once by whoever follows them."""
    return {name: SharedLog(follow) for name, follow in feeds.items()}
