"""FeedService over an event store: history, then live, entitled events only, resumable."""

import asyncio
import base64
import binascii
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

from google.protobuf.message import Message
from grpc import aio

from huiyin.event.v1.event_pb2 import Event
from huiyin.feed.v1 import service_pb2 as feed
from huiyin.feed.v1.service_pb2_grpc import FeedServiceStub
from huiyin_domain.access import Action, CaseFacts, may, receives
from huiyin_domain.context import Principal
from huiyin_domain.directory import Directory
from huiyin_domain.refusal import invalid
from huiyin_kernel.codec import EVENT_TYPES, timestamp, to_envelope
from huiyin_kernel.rpc.endpoint import Caller, Method, Stream, Unary
from huiyin_kernel.rpc.errors import RefusedError, StoppingError
from huiyin_kernel.rpc.intake_client import KnowsCases
from huiyin_kernel.telemetry import metrics
from huiyin_store.port import EventStore, RecordedEvent, WorldClock

_VERSION = "1"


def resume_token(log: str, position: int) -> str:
    """The token for "everything up to this position has been sent"."""
    return base64.urlsafe_b64encode(f"{_VERSION}|{log}|{position}".encode()).decode()


def resume_position(token: str, log: str) -> int:
    """The position in a token. Raises RefusedError when it is malformed or of another log."""
    try:
        version, of_log, position = base64.urlsafe_b64decode(token.encode()).decode().split("|")
        number = int(position)
    except (ValueError, binascii.Error, UnicodeError) as error:
        message = "the resume token is malformed: use one from an earlier response, unchanged"
        raise RefusedError(invalid("MALFORMED_RESUME_TOKEN", message)) from error
    if version != _VERSION or of_log != log or number < 0:
        message = f"the resume token is of another log than {log}: start that subscription again"
        raise RefusedError(invalid("FOREIGN_RESUME_TOKEN", message, log=log))
    return number


log = logging.getLogger(__name__)

ANSWER_SECONDS_MAX = 5.0

AskEnd = Callable[[], Awaitable[int | None]]
"""The last durable position of a log, as of now; None when its service does not answer."""


async def log_end(channel: aio.Channel, log_name: str) -> int | None:
    """Asks the service that the log belongs to."""
    request = feed.DescribeLogRequest()
    try:
        described = await FeedServiceStub(channel).DescribeLog(request, timeout=ANSWER_SECONDS_MAX)
    except aio.AioRpcError as error:
        log.info("log %s did not say where it ends: %s", log_name, error.details())
        return None
    return int(described.position)


PageT = TypeVar("PageT")

GATHER_SECONDS = 0.005
"""Rest after each page, so that a burst is read in few pages; an event after a pause is sent at once."""

TOLD_SECONDS = 0.1
"""So long at least who gets nothing of a page is not told again how far the log was read."""


async def with_heartbeats(
    pages: AsyncIterator[PageT], seconds: float, stopping: asyncio.Event
) -> AsyncGenerator[PageT | None, None]:
    """The pages, and None whenever none came for that long. Raises StoppingError when the process ends."""
    stop = asyncio.ensure_future(stopping.wait())
    pending = asyncio.ensure_future(_next(pages))
    try:
        while not stop.done():
            await asyncio.wait({pending, stop}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if not pending.done():
                yield None
                continue
            page = pending.result()
            pending = asyncio.ensure_future(_next(pages, GATHER_SECONDS))
            yield page
        raise StoppingError
    finally:
        for future in (stop, pending):
            future.cancel()
        await asyncio.gather(stop, pending, return_exceptions=True)


async def _next(pages: AsyncIterator[PageT], wait: float = 0.0) -> PageT:
    await asyncio.sleep(wait)
    return await anext(pages)


NAME = feed.DESCRIPTOR.services_by_name["FeedService"].full_name

_EXAMPLE = "huiyin.intake.v1.PetitionRegistered"

Wanted = Callable[[Sequence[RecordedEvent]], Awaitable[list[Event | None]]]
"""Events as they go over the wire; None for what the subscriber did not ask for or may not have."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Who reads everything, and who the events that were for it, with the walls as they stand now."""

    standings: KnowsCases
    directory: Directory

    def reads_all(self, principal: Principal) -> bool:
        """Whether whole logs are open to a principal."""
        return may(principal, Action.FOLLOW_LOG, CaseFacts(), self.directory) is None

    async def admitted(self, principal: Principal, events: Sequence[Event]) -> set[int]:
        """Positions of those of the events that a principal may have. Raises StoreUnavailableError."""
        own = [event for event in events if self._receives(principal, event, ())]
        known = await self.standings.of({case for event in own for case in event.metadata.case_ids})
        return {event.position for event in own if self._open(principal, event, known)}

    def _open(self, principal: Principal, event: Event, known: Mapping[str, CaseFacts]) -> bool:
        """A case that nobody knows is nobody's."""
        cases = event.metadata.case_ids
        facts = [known[case] for case in cases if case in known]
        return len(facts) == len(cases) and self._receives(principal, event, facts)

    def _receives(self, principal: Principal, event: Event, facts: Sequence[CaseFacts]) -> bool:
        return receives(principal, event.metadata.audience, facts, self.directory)


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """`heartbeat_seconds` between signs of life, `page` events read at a time."""

    heartbeat_seconds: float
    page: int


class Feed:
    """The methods of FeedService."""

    def __init__(
        self, store: EventStore, clock: WorldClock, limits: FeedLimits, stopping: asyncio.Event, judge: Judge
    ) -> None:
        self._store, self._clock, self._limits, self._stopping = store, clock, limits, stopping
        self._judge = judge
        self._open = metrics.SUBSCRIPTIONS.labels(store.log)
        self._sent = metrics.SUBSCRIPTION_ITEMS.labels(store.log)

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

    async def subscribe(
        self, caller: Caller, request: feed.SubscribeRequest
    ) -> AsyncGenerator[Message, None]:
        """Events from the asked place on; a heartbeat whenever nothing was sent for a while."""
        with self._open.track_inprogress():
            async with aclosing(self._follow(caller.principal, request)) as responses:
                async for response in responses:
                    yield response

    async def _follow(
        self, principal: Principal, request: feed.SubscribeRequest
    ) -> AsyncGenerator[feed.SubscribeResponse, None]:
        _check_types(request)
        head = (await self._store.head()).position
        after, end = self._start(request, head), head if request.until_caught_up else None
        if end is not None and after >= end:
            return
        wanted, told = _filter(self._store.log, self._judge, principal, request), 0.0
        pages = self._store.follow(after, self._limits.page)
        beating = with_heartbeats(pages, self._limits.heartbeat_seconds, self._stopping)
        async with aclosing(beating) as beats:
            async for page in beats:
                after = page[-1].position if page else after
                envelopes = await wanted(page or ())
                if page and not any(envelopes) and after != end and time.monotonic() - told < TOLD_SECONDS:
                    continue  # of a busy log it would be told again and again that nothing is for it
                told = time.monotonic()
                for response in self._responses(envelopes, after):
                    yield response
                if end is not None and after >= end:
                    return

    def _responses(self, envelopes: Sequence[Event | None], after: int) -> Iterator[feed.SubscribeResponse]:
        """What was wanted of a page; and a heartbeat when the page's end was not, so that a token says so."""
        self._sent.inc(len(envelopes) - envelopes.count(None))
        for envelope in envelopes:
            if envelope is not None:
                token = resume_token(self._store.log, envelope.position)
                yield feed.SubscribeResponse(event=envelope, resume_token=token)
        if not envelopes or envelopes[-1] is None:
            beat = feed.Heartbeat(position=after, server_time=timestamp(self._clock.now()))
            yield feed.SubscribeResponse(heartbeat=beat, resume_token=resume_token(self._store.log, after))

    def _start(self, request: feed.SubscribeRequest, head: int) -> int:
        """Where to start. Nobody can have come further than the log, unless events of it are lost."""
        after = request.after_position
        if request.resume_token:
            after = resume_position(request.resume_token, self._store.log)
        if not 0 <= after <= head:
            message = f"position {after} is not between 0 and {head}, the end of {self._store.log}"
            raise RefusedError(invalid("POSITION_OUT_OF_BOUNDS", message, position=str(head)))
        return after


def _check_types(request: feed.SubscribeRequest) -> None:
    for name in request.types:
        if name not in EVENT_TYPES:
            message = f"types names {name}, which no event has: give full names such as {_EXAMPLE}"
            raise RefusedError(invalid("UNKNOWN_EVENT_TYPE", message, field="types"))


def _filter(log: str, judge: Judge, principal: Principal, request: feed.SubscribeRequest) -> Wanted:
    types, cases = frozenset(request.types), frozenset(request.case_ids)

    def asked(event: RecordedEvent) -> Event | None:
        if types and event.type not in types:
            return None
        envelope = to_envelope(log, event)
        return None if cases and cases.isdisjoint(envelope.metadata.case_ids) else envelope

    async def wanted(events: Sequence[RecordedEvent]) -> list[Event | None]:
        envelopes = [asked(event) for event in events]
        if judge.reads_all(principal):
            return envelopes
        named = [envelope for envelope in envelopes if envelope is not None]
        admitted = await judge.admitted(principal, named)
        return [one if one is not None and one.position in admitted else None for one in envelopes]

    return wanted
