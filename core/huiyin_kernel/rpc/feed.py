"""FeedService over an event store: history, then live, entitled events only, resumable."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from google.protobuf.message import Message

from huiyin.event.v1.event_pb2 import Event
from huiyin.feed.v1 import service_pb2 as feed
from huiyin_domain.principal import Principal, Role
from huiyin_kernel.clock import Clock
from huiyin_kernel.codec import timestamp, to_envelope
from huiyin_kernel.rpc.endpoint import Caller, Method, Stream, Unary
from huiyin_kernel.rpc.resume import resume_position, resume_token
from huiyin_kernel.store.port import EventStore, RecordedEvent

NAME = feed.DESCRIPTOR.services_by_name["FeedService"].full_name

# Who reads everything; all others read the events they were entitled to when these happened.
_READS_ALL = (Role.SERVICE, Role.AUDITOR)


GATHER_SECONDS = 0.005
"""Rest after each page, so that a burst is read in few pages; an event after a pause is sent at once."""


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """`heartbeat_seconds` between signs of life, `page` events read at a time."""

    heartbeat_seconds: float
    page: int


class Feed:
    """The methods of FeedService."""

    def __init__(self, store: EventStore, clock: Clock, limits: FeedLimits) -> None:
        self._store, self._clock, self._limits = store, clock, limits

    def methods(self) -> dict[str, Method]:
        """The methods by name."""
        return {
            "Subscribe": Stream(feed.SubscribeRequest, self.subscribe),
            "DescribeLog": Unary(feed.DescribeLogRequest, self.describe_log),
        }

    async def describe_log(self, caller: Caller, request: Message) -> Message:
        """Size of the log."""
        head = await self._store.head()
        response = feed.DescribeLogResponse(log=self._store.log, position=head.position)
        if head.recorded:
            response.recorded_time.CopyFrom(timestamp(head.recorded))
        return response

    async def subscribe(self, caller: Caller, request: feed.SubscribeRequest) -> AsyncIterator[Message]:
        """Events from the asked place on; a heartbeat whenever nothing was sent for a while."""
        after = self._start(request)
        end = (await self._store.head()).position if request.until_caught_up else None
        if end is not None and after >= end:
            return
        wanted = _filter(caller.principal, request)
        pages = self._store.follow(after, self._limits.page)
        async for page in _with_heartbeats(pages, self._limits.heartbeat_seconds):
            sent = after
            for event in page or ():
                after = event.position
                envelope = wanted(self._store.log, event)
                if envelope is not None:
                    sent = after
                    yield feed.SubscribeResponse(event=envelope, resume_token=self._token(after))
            if sent < after or page is None:
                yield self._heartbeat(after)
            if end is not None and after >= end:
                return

    def _start(self, request: feed.SubscribeRequest) -> int:
        if request.resume_token:
            return resume_position(request.resume_token, self._store.log)
        return max(0, request.after_position)

    def _token(self, position: int) -> str:
        return resume_token(self._store.log, position)

    def _heartbeat(self, position: int) -> Message:
        beat = feed.Heartbeat(position=position, server_time=timestamp(self._clock.now()))
        return feed.SubscribeResponse(heartbeat=beat, resume_token=self._token(position))


def _filter(
    principal: Principal, request: feed.SubscribeRequest
) -> Callable[[str, RecordedEvent], Event | None]:
    types, cases = frozenset(request.types), frozenset(request.case_ids)
    reads_all = principal.has(*_READS_ALL)

    def wanted(log: str, event: RecordedEvent) -> Event | None:
        if types and event.type not in types:
            return None
        envelope = to_envelope(log, event)
        if cases and cases.isdisjoint(envelope.metadata.case_ids):
            return None
        return envelope if reads_all or principal.agency in envelope.metadata.audience else None

    return wanted


async def _with_heartbeats(
    pages: AsyncIterator[list[RecordedEvent]], seconds: float
) -> AsyncIterator[list[RecordedEvent] | None]:
    """The pages, and None whenever none came for that long."""
    pending = asyncio.ensure_future(_next(pages))
    try:
        while True:
            done, _ = await asyncio.wait({pending}, timeout=seconds)
            if not done:
                yield None
                continue
            page = pending.result()
            pending = asyncio.ensure_future(_next(pages, GATHER_SECONDS))
            yield page
    finally:
        pending.cancel()
        await asyncio.gather(pending, return_exceptions=True)


async def _next(pages: AsyncIterator[list[RecordedEvent]], wait: float = 0.0) -> list[RecordedEvent]:
    await asyncio.sleep(wait)
    return await anext(pages)
