"""TimelineService: subscriptions to cases, history then live; and the timeline put together."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from datetime import timedelta
from functools import partial

from google.protobuf.message import Message
from psycopg_pool import AsyncConnectionPool

from huiyin.timeline.v1 import service_pb2 as timeline
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_domain.context import Principal, Role
from huiyin_domain.directory import Directory, OrganisationKind
from huiyin_domain.refusal import Refusal, invalid
from huiyin_domain.timeline.case import walls_of
from huiyin_kernel.codec import EVENT_TYPES, timestamp
from huiyin_kernel.host import Host
from huiyin_kernel.rpc.endpoint import Caller, Method, Stream, Unary
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.feed import log_end, resume_position, resume_token, with_heartbeats
from huiyin_kernel.settings import RuntimeLimits, ServiceName
from huiyin_kernel.telemetry import metrics
from huiyin_store.durable_reads import Durable
from huiyin_store.port import WorldClock
from huiyin_streams.entry_pages import EntryPage, EntryPages, entitlement
from huiyin_streams.timeline_book import Rules
from huiyin_streams.timeline_host import LogEnds, TimelineHost
from huiyin_streams.timeline_tables import MODEL

SERVICE = timeline.DESCRIPTOR.services_by_name["TimelineService"]
_EXAMPLE = "huiyin.intake.v1.PetitionRegistered"
_DIVISION_DIGITS_MAX = 12

_HELD = "SELECT count(*), min(since) FROM streams.timeline_held"
_SOURCES = "SELECT log, position FROM streams.projection_cursor WHERE model = %s ORDER BY log"


class Timeline:
    """The methods of TimelineService. `name` is the timeline's, as a log has one."""

    def __init__(
        self,
        name: str,
        pool: AsyncConnectionPool,
        durable: Durable,
        directory: Directory,
        limits: RuntimeLimits,
        clock: WorldClock,
        stopping: asyncio.Event,
    ) -> None:
        self._name, self._pool, self._directory = name, pool, directory
        self._limits, self._clock, self._stopping = limits, clock, stopping
        self._pages = EntryPages(pool, durable, limits.feed_page_max)
        self._open = metrics.SUBSCRIPTIONS.labels(name)
        self._sent = metrics.SUBSCRIPTION_ITEMS.labels(name)

    def methods(self) -> dict[str, Method]:
        """The methods by name."""
        return {
            "SubscribeCases": Stream(timeline.SubscribeCasesRequest, self.subscribe),
            "DescribeTimeline": Unary(timeline.DescribeTimelineRequest, self.describe),
        }

    async def describe(self, caller: Caller, request: Message) -> timeline.DescribeTimelineResponse:
        """How far it has come, and what it waits for."""
        async with self._pool.connection() as connection:
            held = await (await connection.execute(_HELD)).fetchone()
            sources = await (await connection.execute(_SOURCES, (MODEL,))).fetchall()
        count, oldest = held or (0, None)
        response = timeline.DescribeTimelineResponse(
            sequence=await self._pages.end(),
            held_count=count,
            sources=[timeline.TimelineSource(log=log, position=position) for log, position in sources],
        )
        if oldest is not None:
            patience = timedelta(seconds=self._limits.timeline_wait_seconds)
            response.alarm = self._clock.now() - oldest > patience
            response.oldest_held_time.CopyFrom(timestamp(oldest))
        return response

    async def subscribe(
        self, caller: Caller, request: timeline.SubscribeCasesRequest
    ) -> AsyncGenerator[Message, None]:
        """Entries from the asked place on; a heartbeat whenever nothing was sent for a while."""
        with self._open.track_inprogress():
            async with aclosing(self._follow(caller.principal, request)) as responses:
                async for response in responses:
                    yield response

    async def _follow(
        self, principal: Principal, request: timeline.SubscribeCasesRequest
    ) -> AsyncGenerator[timeline.SubscribeCasesResponse, None]:
        if fault := _fault(request, self._directory):
            raise RefusedError(fault)
        head = await self._pages.end()
        after, end = self._start(request, head), head if request.until_caught_up else None
        if end is not None and after >= end:
            return
        wanted = entitlement(principal, request, self._directory)
        pages = self._pages.follow(wanted, after, end)
        beating = with_heartbeats(pages, self._limits.heartbeat_seconds, self._stopping)
        async with aclosing(pages), aclosing(beating) as beats:
            async for page in beats:
                after = page.upto if page else after
                for response in self._responses(principal, page or EntryPage([], after)):
                    yield response
                if end is not None and after >= end:
                    return

    def _responses(self, principal: Principal, page: EntryPage) -> Iterator[timeline.SubscribeCasesResponse]:
        """The entries of a page; and a heartbeat when others' stand at its end, so that a token says so."""
        self._sent.inc(len(page.entries))
        for entry in page.entries:
            token = resume_token(self._name, entry.sequence)
            yield timeline.SubscribeCasesResponse(entry=_for(principal, entry), resume_token=token)
        if not page.entries or page.entries[-1].sequence < page.upto:
            beat = timeline.TimelineHeartbeat(sequence=page.upto, server_time=timestamp(self._clock.now()))
            token = resume_token(self._name, page.upto)
            yield timeline.SubscribeCasesResponse(heartbeat=beat, resume_token=token)

    def _start(self, request: timeline.SubscribeCasesRequest, head: int) -> int:
        """Where to start. Nobody can have come further than the timeline, unless it lost something."""
        if not request.resume_token:
            return 0
        after = resume_position(request.resume_token, self._name)
        if after > head:
            message = f"place {after} is beyond {head}, the end of {self._name}: start again without a token"
            raise RefusedError(invalid("POSITION_OUT_OF_BOUNDS", message, position=str(head)))
        return after


def _for(principal: Principal, entry: CaseEvent) -> CaseEvent:
    """The entry without what only the platform's own services need to know."""
    if not principal.has(Role.SERVICE):
        entry.ClearField("recipients")
    return entry


def _fault(request: timeline.SubscribeCasesRequest, directory: Directory) -> Refusal | None:
    for name in request.types:
        if name not in EVENT_TYPES:
            message = f"types names {name}, which no event has: give full names such as {_EXAMPLE}"
            return invalid("UNKNOWN_EVENT_TYPE", message, field="types")
    if request.centre and not directory.is_kind(request.centre, OrganisationKind.CENTRE):
        message = f"centre {request.centre} is no joint reception centre: give the code of one"
        return invalid("NOT_A_CENTRE", message, field="centre")
    if request.agency and request.agency not in directory:
        message = f"agency {request.agency} is not in the directory: give an organisation code"
        return invalid("UNKNOWN_AGENCY", message, field="agency")
    digits = request.division
    if digits and not (digits.isascii() and digits.isdigit() and len(digits) <= _DIVISION_DIGITS_MAX):
        message = f"division {digits[:20]} is no division: give digits (GB/T 2260), such as 990100"
        return invalid("MALFORMED_DIVISION", message, field="division")
    return None


REGISTRY: ServiceName = "intake"
"""The service in whose log cases are registered."""


def timeline_host(host: Host) -> TimelineHost:
    """The host, on this service's own schema."""
    settings, limits = host.settings, host.settings.limits
    walls = walls_of(host.policy.directory)
    rules = Rules(walls, settings.log_name(REGISTRY), limits.timeline_held_max)
    patience = timedelta(seconds=limits.timeline_wait_seconds)
    return TimelineHost(host.dsn(), rules, host.clock, patience)


def timeline_service(host: Host, durable: Durable, pool: AsyncConnectionPool) -> Timeline:
    """The service that reads what the host makes; `durable` tells it how far that is."""
    return Timeline(
        f"timeline@{host.settings.region}",
        pool,
        durable,
        host.policy.directory,
        host.settings.limits,
        host.clock,
        host.stopping,
    )


def log_ends(host: Host, services: Iterable[ServiceName]) -> LogEnds:
    """How to ask the services where their logs end. Also in cluster mode: Kafka may lag behind the log."""
    return {
        (name := host.settings.log_name(service)): partial(log_end, host.channel(service), name)
        for service in services
    }
