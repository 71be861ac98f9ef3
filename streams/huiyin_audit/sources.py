"""Where a log is verified from: its events and, where they can be seen, its stream heads and requests."""

from collections.abc import AsyncIterator, Sequence
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


class LogSource(Protocol):
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
