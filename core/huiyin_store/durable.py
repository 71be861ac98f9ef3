"""How far a log is known to be on disk, and a wake-up for those who wait for more."""

import asyncio
from contextlib import suppress

LOOK = "look"
"""The channel of the database on which it is said that there is something to do that no event brings."""


class Durable:
    """The position up to which a log is durable."""

    def __init__(self) -> None:
        self.position = 0
        self._grown = asyncio.Event()

    def reached(self, position: int) -> None:
        """Everything up to here is durable."""
        if position > self.position:
            self.position = position
            self._grown.set()
            self._grown = asyncio.Event()

    def growth(self) -> asyncio.Event:
        """Is set when the log next grows. Take it before looking at the log, so that no growth is missed."""
        return self._grown


async def set_within(event: asyncio.Event, seconds: float) -> None:
    """Returns when the event is set, or after that time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
