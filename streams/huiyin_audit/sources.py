"""Logs as they are read: each from its source, and several as one sequence by recorded time."""

from bisect import bisect_left
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from huiyin_store.port import EventStore, RecordedEvent

_PAGE = 1000


class StreamHead(NamedTuple):
    """A stream's last event, as the store's table of streams has it."""

    stream: str
    version: int
    position: int
    hash: bytes


class RequestSpan(NamedTuple):
    """The positions that one request wrote, as the store's table of requests has them."""

    request_id: str
    first_position: int
    last_position: int


class Follower(NamedTuple):
    """A consumer elsewhere that has read a log up to a position: a witness of how long the log was."""

    consumer: str
    position: int


class StillLog(Protocol):
    """A log that stands still while it is verified."""

    log: str

    async def size(self) -> int:
        """The last position, for showing progress."""
        ...

    def events(self) -> AsyncIterator[Sequence[RecordedEvent]]:
        """Every event in stored order, page by page; a source hides no gap and repairs nothing."""
        ...

    def heads(self) -> AsyncIterator[Sequence[StreamHead]] | None:
        """The table of streams; None where the source cannot see one."""
        ...

    def requests(self) -> AsyncIterator[Sequence[RequestSpan]] | None:
        """The table of requests that wrote events, by first position; None where it cannot be seen."""
        ...

    async def followers(self) -> Sequence[Follower]:
        """Consumers and how far they have come, as far as the source knows any."""
        ...


class StoreSource:
    """A log read through the event store's port up to its present end; it shows events alone."""

    def __init__(self, store: EventStore) -> None:
        self._store, self.log = store, store.log

    async def size(self) -> int:
        return (await self._store.head()).position

    async def events(self) -> AsyncIterator[Sequence[RecordedEvent]]:
        after, end = 0, await self.size()
        while after < end and (page := await self._store.read(after, _PAGE)):
            yield page
            after = page[-1].position

    def heads(self) -> None:
        return None

    def requests(self) -> None:
        return None

    async def followers(self) -> Sequence[Follower]:
        return ()


Recorded = tuple[str, RecordedEvent]
"""A log's name and an event of it."""


def _time(recorded: Recorded) -> datetime:
    return recorded[1].recorded


class _Reader:
    """What is read of one log and not yet given out."""

    def __init__(self, source: StillLog) -> None:
        self._log, self._pages = source.log, aiter(source.events())
        self._waiting: list[Recorded] = []
        self.until: datetime | None = None
        self.ended = False

    async def read(self) -> None:
        """Reads another page."""
        page = await anext(self._pages, None)
        if page is None:
            self.ended = True
        else:
            self._waiting += [(self._log, event) for event in page]
            self.until = page[-1].recorded

    def take(self, horizon: datetime | None) -> list[Recorded]:
        """Gives out what was recorded before the horizon; everything when there is none."""
        cut = len(self._waiting) if horizon is None else bisect_left(self._waiting, horizon, key=_time)
        taken, self._waiting = self._waiting[:cut], self._waiting[cut:]
        return taken


async def merged(sources: Iterable[StillLog]) -> AsyncIterator[list[Recorded]]:
    """Every event of the logs, in batches: by recorded time, then in the order in which logs were given.

    An event waits until no log can bring an earlier one, so the size of pages changes nothing.
    """
    readers = [_Reader(source) for source in sources]
    horizon: datetime | None = None
    while not all(reader.ended for reader in readers):
        for reader in readers:
            if not reader.ended and reader.until == horizon:
                await reader.read()
        still_open = [reader.until for reader in readers if not reader.ended]
        horizon = min((until for until in still_open if until), default=None)
        if batch := [recorded for reader in readers for recorded in reader.take(horizon)]:
            yield sorted(batch, key=_time)
