"""Tells those who wait for an agency's receipts that there is a new one."""

import asyncio
from collections.abc import Callable
from contextlib import suppress


class Arrivals:
    """One signal for each agency; used from one event loop."""

    def __init__(self) -> None:
        self._signals: dict[str, asyncio.Event] = {}
        self._listeners: list[Callable[[str], None]] = []

    def listen(self, listener: Callable[[str], None]) -> None:
        """Tells this one of every agency that gets a receipt."""
        self._listeners.append(listener)

    def tell(self, agency: str) -> None:
        """A receipt was given."""
        for listener in self._listeners:
            listener(agency)
        if signal := self._signals.pop(agency, None):
            signal.set()

    def next(self, agency: str) -> asyncio.Event:
        """Is set with the next receipt. Asked for before looking at what is there, it misses none."""
        return self._signals.setdefault(agency, asyncio.Event())


async def come(signal: asyncio.Event, seconds: float) -> None:
    """Waits for it, but no longer than that."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await signal.wait()
