"""A bounded hand-over from a thread to an event loop: the thread waits while too much is not yet taken."""

import asyncio
import threading
from collections import deque
from contextlib import suppress
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")

_LOOK_AGAIN_SECONDS = 0.2


class Bridge(Generic[ItemT]):
    """Made in the loop that takes; one thread gives."""

    def __init__(self, capacity: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._items: deque[ItemT] = deque()
        self._room = threading.Semaphore(capacity)
        self._arrived = asyncio.Event()
        self.closed = threading.Event()

    def put(self, item: ItemT) -> bool:
        """Gives an item, waiting for room; False when the bridge was closed meanwhile."""
        while not self._room.acquire(timeout=_LOOK_AGAIN_SECONDS):
            if self.closed.is_set():
                return False
        return self._give(item)

    def offer(self, item: ItemT) -> bool:
        """Gives an item if there is room at once."""
        return self._room.acquire(blocking=False) and self._give(item)

    def _give(self, item: ItemT) -> bool:
        self._items.append(item)
        with suppress(RuntimeError):  # the loop has ended: nobody takes any more
            self._loop.call_soon_threadsafe(self._arrived.set)
            return True
        return False

    async def get(self, seconds: float) -> ItemT | None:
        """Takes the next item; None when none came in time."""
        while not self._items:
            self._arrived.clear()
            if self._items:
                break
            try:
                async with asyncio.timeout(seconds):
                    await self._arrived.wait()
            except TimeoutError:
                return None
        item = self._items.popleft()
        self._room.release()
        return item
