"""ExchangeService: messages in and receipts out over gRPC, for the systems of agencies."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from huiyin.exchange.v1 import service_pb2 as exchange
from huiyin.exchange.v1.types_pb2 import AgencyReceipt
from huiyin_domain.context import Role
from huiyin_domain.directory import Directory
from huiyin_domain.refusal import Refusal, forbidden, invalid
from huiyin_exchange.answers import Answering, Arrival
from huiyin_exchange.letters import Arrivals, come
from huiyin_exchange.receipts import Receipts
from huiyin_kernel.rpc.endpoint import Caller, Duplex, Method, Stream
from huiyin_kernel.rpc.errors import RefusedError, StandbyError, StoppingError
from huiyin_kernel.rpc.feed import with_heartbeats
from huiyin_kernel.settings import RuntimeLimits
from huiyin_kernel.telemetry import metrics
from huiyin_store.lease import Lease, LeaseLostError

SERVICE = exchange.DESCRIPTOR.services_by_name["ExchangeService"]
STANDBY_SECONDS_MAX = 5.0
"""How long a caller waits for this process to get to work."""
POLL_SECONDS = 1.0
PAGE = 200


class Methods:
    """The methods of ExchangeService."""

    def __init__(
        self,
        answering: Answering,
        receipts: Receipts,
        lease: Lease,
        arrivals: Arrivals,
        directory: Directory,
        limits: RuntimeLimits,
        stopping: asyncio.Event,
    ) -> None:
        self._answering, self._receipts, self._lease = answering, receipts, lease
        self._arrivals, self._directory, self._limits = arrivals, directory, limits
        self._stopping = stopping

    def methods(self) -> dict[str, Method]:
        """The methods by name."""
        return {
            "PublishMessages": Duplex(exchange.PublishMessagesRequest, self.publish),
            "SubscribeReceipts": Stream(exchange.SubscribeReceiptsRequest, self.subscribe),
        }

    async def publish(
        self, caller: Caller, requests: AsyncIterator[exchange.PublishMessagesRequest]
    ) -> AsyncGenerator[exchange.PublishMessagesResponse, None]:
        """A receipt for each message, in their order; the next message is taken when one is answered."""
        agency = self._agency(caller)
        with metrics.SUBSCRIPTIONS.labels("messages").track_inprogress():
            async with aclosing(_taken(requests, self._stopping)) as taken:
                async for request in taken:
                    yield await self._answered(agency, request)

    async def _answered(
        self, agency: str, request: exchange.PublishMessagesRequest
    ) -> exchange.PublishMessagesResponse:
        await self._at_work()
        raw = request.message.SerializeToString()
        try:
            answer = await self._answering.answer(Arrival(agency, raw, "grpc", "grpc"))
        except LeaseLostError as error:
            raise StandbyError from error
        return exchange.PublishMessagesResponse(receipt=answer.receipt, message_id_reused=answer.reused)

    async def subscribe(
        self, caller: Caller, request: exchange.SubscribeReceiptsRequest
    ) -> AsyncGenerator[exchange.SubscribeReceiptsResponse, None]:
        """The agency's receipts from a number on; an empty response whenever none came for a while."""
        agency, after = self._agency(caller), request.after_number
        last = await self._receipts.last(agency)
        if not 0 <= after <= last:
            raise RefusedError(_out_of_bounds(after, last))
        end = last if request.until_caught_up else None
        with metrics.SUBSCRIPTIONS.labels("receipts").track_inprogress():
            async with aclosing(self._follow(agency, after, end)) as receipts:
                async for receipt in receipts:
                    yield exchange.SubscribeReceiptsResponse(receipt=receipt)

    async def _follow(
        self, agency: str, after: int, end: int | None
    ) -> AsyncGenerator[AgencyReceipt | None, None]:
        if end is not None and after >= end:
            return
        pages = self._pages(agency, after)
        beating = with_heartbeats(pages, self._limits.heartbeat_seconds, self._stopping)
        async with aclosing(beating) as beats:
            async for page in beats:
                if page is None:
                    yield None
                for receipt in page or ():
                    yield receipt
                    if receipt.number == end:
                        return

    async def _pages(self, agency: str, after: int) -> AsyncIterator[list[AgencyReceipt]]:
        while True:
            coming = self._arrivals.next(agency)
            page = await self._receipts.after(agency, after, PAGE)
            if page:
                after = page[-1].number
                yield page
            else:
                await come(coming, POLL_SECONDS)

    async def _at_work(self) -> None:
        try:
            async with asyncio.timeout(STANDBY_SECONDS_MAX):
                await self._lease.until_held()
        except TimeoutError as error:
            raise StandbyError from error

    def _agency(self, caller: Caller) -> str:
        """The agency whose system calls: known by its certificate, and calling without an officer's token."""
        principal = caller.principal
        if not principal.has(Role.SYSTEM):
            message = "only an agency's system publishes: call with the agency's certificate and no token"
            raise RefusedError(forbidden("ROLE_NOT_ALLOWED", message, allowed=Role.SYSTEM))
        if principal.agency not in self._directory:
            message = f"{principal.agency} is not in the directory of agencies: have it entered"
            raise RefusedError(forbidden("UNKNOWN_AGENCY", message, agency=principal.agency))
        return principal.agency


async def _taken(
    requests: AsyncIterator[exchange.PublishMessagesRequest], stopping: asyncio.Event
) -> AsyncGenerator[exchange.PublishMessagesRequest, None]:
    """The requests, as they are asked for. Raises StoppingError when the process ends meanwhile."""
    stop = asyncio.ensure_future(stopping.wait())
    pending: asyncio.Future[exchange.PublishMessagesRequest | None] | None = None
    try:
        while not stop.done():
            pending = asyncio.ensure_future(_next(requests))
            await asyncio.wait({pending, stop}, return_when=asyncio.FIRST_COMPLETED)
            if pending.done():
                request = pending.result()
                if request is None:
                    return
                yield request
        raise StoppingError
    finally:
        waiting = [future for future in (stop, pending) if future is not None]
        for future in waiting:
            future.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def _next(
    requests: AsyncIterator[exchange.PublishMessagesRequest],
) -> exchange.PublishMessagesRequest | None:
    return await anext(requests, None)


def _out_of_bounds(after: int, last: int) -> Refusal:
    message = f"after_number {after} is not between 0 and {last}, the number of your latest receipt"
    return invalid("POSITION_OUT_OF_BOUNDS", message, position=str(last))
