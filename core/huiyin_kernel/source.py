"""Where a process reads the logs of others: over gRPC, or on Kafka. Its `__main__` chooses, here nobody asks.

So the kernel knows no Kafka, and the embedded default runs without a client of it.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from typing import Any, Protocol, runtime_checkable

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.arrived import Arrived, Parsed, Place, Record
from huiyin_kernel.settings import Settings

Follow = Callable[[int], AsyncGenerator[tuple[Event | None, int], None]]
"""Follows a log after a position: its events, and how far it is read with each (or with none)."""


@runtime_checkable
class Placed(Protocol):
    """Follows a log on a topic: it knows where an event stood, and tells of records that are none."""

    unreadable: Callable[[Arrived[Any]], Awaitable[None]] | None

    def place(self, position: int) -> Place | None:
        """Where the event at a position stood, if it came lately."""
        ...


class LogSource(Protocol):
    """The logs of other services, for one process."""

    def follow(self, settings: Settings, reader: str, log_name: str, feed: Follow) -> Follow:
        """A log for the service `reader`; `feed` is the same over gRPC."""
        ...

    def checks(self, settings: Settings, reader: str) -> Sequence[Coroutine[Any, Any, None]]:
        """What ends the process when the topics that are followed are not set up for it."""
        ...

    def read(self, record: Record) -> Parsed[Event]:
        """What a record that was kept carries. Raises an error that says what is wrong with it."""
        ...
