"""Reads that show nothing before it is durable, whoever wrote it, and how far a log is known to be."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from huiyin_store.port import (
    Appended,
    CorruptLogError,
    LogHead,
    RecordedEvent,
    RequestReusedError,
    StoreUnavailableError,
    StreamEnd,
)
from huiyin_store.session import LogLink, Session

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


ResultT = TypeVar("ResultT")

_new_tuple = tuple.__new__

_COLUMNS = b"position, stream, version, event_id, type, recorded, occurred, meta, data, previous_hash, hash"
_LOG = b"SELECT " + _COLUMNS + b" FROM event WHERE position > %b ORDER BY position LIMIT %b"
_STREAM = b"SELECT " + _COLUMNS + b" FROM event WHERE stream = %b AND version > %b ORDER BY version LIMIT %b"
_CLOCK = b"SELECT clock_timestamp()"
_HEAD = b"SELECT position, recorded FROM event ORDER BY position DESC LIMIT 1"
_REQUEST = b"SELECT fingerprint, first_position, last_position, recorded FROM known_request(%b, %b, %b)"
_CURSOR = b"SELECT position FROM cursor WHERE consumer = %b AND log = %b"


class Readers:
    """A few links for reading, each lent to one reader at a time."""

    def __init__(self, links: Sequence[LogLink]) -> None:
        self._links, self._closed = links, False
        self._free: asyncio.LifoQueue[LogLink] = asyncio.LifoQueue()
        for link in links:
            self._free.put_nowait(link)

    async def run(self, use: Callable[[Session], Awaitable[ResultT]]) -> ResultT:
        """Lends a session. Raises StoreUnavailableError."""
        link = await self._free.get()
        try:
            if self._closed:
                raise StoreUnavailableError("the store is closed")
            return await link.run(use)
        finally:
            self._free.put_nowait(link)

    async def aclose(self) -> None:
        """Waits for the readers under way and gives up the connections."""
        self._closed = True
        lent = [await self._free.get() for _ in self._links]
        for link in lent:
            await link.aclose()
            self._free.put_nowait(link)


class DurableReads:
    """What can be read of a log. A read that ends beyond what is known to be durable flushes first.

    It flushes on the session that read: had the server gone down in between, that session fails, and the
    read is done again on what survived.
    """

    def __init__(self, readers: Readers, durable: Durable) -> None:
        self._readers, self._durable = readers, durable

    async def log(self, after: int, limit: int) -> list[RecordedEvent]:
        """Events by position. Raises CorruptLogError at a gap."""
        events = await self._events(_LOG, after, limit)
        _check_dense([event.position for event in events], after, "position")
        return events

    async def stream(self, stream: str, after: int, limit: int) -> list[RecordedEvent]:
        """Events of a stream by version. Raises CorruptLogError at a gap."""
        events = await self._events(_STREAM, stream, after, limit)
        _check_dense([event.version for event in events], after, f"version of stream {stream}")
        return events

    async def head(self) -> LogHead:
        """The last event's position and time."""

        async def use(session: Session) -> LogHead:
            heads = [LogHead(*row) for row in await session.rows(_HEAD)]
            await self._make_durable(session, heads[0].position if heads else 0)
            return heads[0] if heads else LogHead(0, None)

        return await self._readers.run(use)

    async def clock(self) -> datetime:
        """What time it is on the server."""

        async def use(session: Session) -> datetime:
            ((now,),) = await session.rows(_CLOCK)
            assert isinstance(now, datetime)
            return now

        return await self._readers.run(use)

    async def cursor(self, consumer: str, log: str) -> int:
        """A consumer's position: always flushed, or it would skip what is lost with its last move."""

        async def use(session: Session) -> int:
            rows = await session.rows(_CURSOR, (consumer, log))
            await session.flush()
            return rows[0][0] if rows else 0

        return await self._readers.run(use)

    async def answer(self, scope: str, request_id: UUID, fingerprint: bytes | None) -> Appended | None:
        """The first answer to a request, from what it wrote. Raises RequestReusedError."""

        async def use(session: Session) -> Appended | None:
            rows = await session.rows(_REQUEST, (request_id, scope, fingerprint or b""))
            if not rows:
                return None
            known, first, last, recorded = rows[0]
            if fingerprint is not None and known != fingerprint:
                raise RequestReusedError(request_id)
            written = await session.rows(_LOG, (first - 1, last - first + 1)) if first else []
            await session.flush()
            return Appended(_ends(map(RecordedEvent._make, written)), first, last, recorded, repeated=True)

        return await self._readers.run(use)

    async def _events(self, query: bytes, *values: object) -> list[RecordedEvent]:
        async def use(session: Session) -> list[RecordedEvent]:
            # Not RecordedEvent._make: it is Python, and a replay spends a tenth of its time there.
            events = [_new_tuple(RecordedEvent, row) for row in await session.rows(query, values)]
            await self._make_durable(session, events[-1].position if events else 0)
            return events

        return await self._readers.run(use)

    async def _make_durable(self, session: Session, position: int) -> None:
        if position > self._durable.position:
            await session.flush()
            self._durable.reached(position)


class Tail:
    """The end of a log as it was read last: its followers come to the same events one after the other."""

    def __init__(self, reading: DurableReads, durable: Durable) -> None:
        self._reading, self._durable = reading, durable
        self._events: list[RecordedEvent] = []
        self._one_at_a_time = asyncio.Lock()

    async def after(self, position: int, limit: int) -> list[RecordedEvent]:
        """Events with a position above that one, in order; read once for all, but by who is far behind."""
        if self._durable.position - position > limit:
            return await self._reading.log(position, limit)
        async with self._one_at_a_time:
            if not self._begins_by(position + 1):
                self._events = await self._reading.log(position, limit)
        first = self._events[0].position if self._events else 0
        return self._events[position + 1 - first :][:limit]

    def _begins_by(self, position: int) -> bool:
        events = self._events
        return bool(events) and events[0].position <= position <= events[-1].position


def _ends(events: Iterable[RecordedEvent]) -> tuple[StreamEnd, ...]:
    """Where each stream stood after these events, in the order in which they were written last."""
    ends: dict[str, StreamEnd] = {}
    for event in events:
        ends.pop(event.stream, None)
        ends[event.stream] = StreamEnd(event.stream, event.version, event.position, event.hash)
    return tuple(ends.values())


def _check_dense(places: Sequence[int], after: int, what: str) -> None:
    dense = range(after + 1, after + 1 + len(places))
    if places != list(dense):
        gap = next(number for number, place in zip(dense, places, strict=True) if place != number)
        raise CorruptLogError(f"{what} {places[gap - after - 1]} follows {gap - 1}: stop and verify the log")
