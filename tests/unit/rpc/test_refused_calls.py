"""Who asks too much waits to hear so, and keeps no place meanwhile."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import grpc
from google.protobuf.empty_pb2 import Empty
from grpc import aio

from huiyin_domain.context import Principal
from huiyin_kernel.rpc import endpoint
from huiyin_kernel.rpc.endpoint import Admission, Caller, EndpointLimits
from huiyin_kernel.rpc.errors import reason_of
from huiyin_kernel.rpc.shares import Refusals, ShareLimits, Shares
from huiyin_store.port import StoreOverloadedError

AGENCY = Principal("11990000MB0000001X", "officer-1", frozenset())
ONE = ShareLimits(callers_max=1, caller_max=1, services_max=1)
LIMITS = EndpointLimits(request_bytes_max=1024, deadline_seconds=20.0)
WAIT_SECONDS = 0.3


class Overloaded:
    """Its first call finds the store overloaded; its subscriptions say one thing and then nothing."""

    def __init__(self) -> None:
        self.refused = asyncio.Event()

    async def ask(self, caller: Caller, request: Empty) -> Empty:
        """One call."""
        if not self.refused.is_set():
            self.refused.set()
            raise StoreOverloadedError("full")
        return Empty()

    async def follow(self, caller: Caller, request: Empty) -> AsyncGenerator[Empty, None]:
        """One subscription."""
        yield Empty()
        await asyncio.Event().wait()


@asynccontextmanager
async def _served(service: Overloaded) -> AsyncIterator[aio.Channel]:
    """A server on which an agency has one place for calls and one for subscriptions."""
    shares = Shares("call", ONE), Shares("subscription", ONE)
    admission = Admission(lambda _: AGENCY, *shares, refusals=Refusals(seconds=WAIT_SECONDS, apart=0.0))
    handlers = {
        "Ask": endpoint.unary("Ask", endpoint.Unary(Empty, service.ask), admission, LIMITS),
        "Follow": endpoint.stream("Follow", endpoint.Stream(Empty, service.follow), admission, LIMITS),
    }
    server = aio.server()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("s", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(None)


async def test_who_hears_that_the_store_is_overloaded_has_given_the_place_back() -> None:
    service = Overloaded()
    async with _served(service) as channel:
        ask = channel.unary_unary("/s/Ask", None, None)
        overloaded = asyncio.ensure_future(_reason(ask(b"")))
        await service.refused.wait()
        assert await _reason(ask(b"")) == "OK"
        assert not overloaded.done()
        assert await overloaded == "OVERLOADED"


async def test_a_subscription_that_is_refused_waits_to_hear_so_as_a_call_does() -> None:
    async with _served(Overloaded()) as channel:
        follow = channel.unary_stream("/s/Follow", None, None)
        first = follow(b"")
        assert await first.read() == b""
        began = time.monotonic()
        assert await _reason(follow(b"").read()) == "TOO_MANY_SUBSCRIPTIONS"
        assert time.monotonic() - began > 0.9 * WAIT_SECONDS
        first.cancel()


async def _reason(answer: Awaitable[object]) -> str:
    try:
        await answer
    except grpc.RpcError as error:
        return reason_of(error)
    return "OK"
