"""Who asks too much waits to hear so, and keeps no place meanwhile."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager

import grpc
from google.protobuf.empty_pb2 import Empty
from grpc import aio

from huiyin_domain.context import Principal
from huiyin_kernel.rpc.endpoint import Caller, EndpointLimits, Method, Stream, Unary
from huiyin_kernel.rpc.errors import reason_of
from huiyin_kernel.rpc.server import Server, ServerLimits
from huiyin_kernel.rpc.shares import REFUSED_SECONDS, ShareLimits
from huiyin_store.port import StoreOverloadedError

AGENCY = Principal("11990000MB0000001X", "officer-1", frozenset())
ONE, MANY = (ShareLimits(callers_max=most, caller_max=most, services_max=most) for most in (1, 500))
LIMITS = EndpointLimits(request_bytes_max=1024, deadline_seconds=20.0)
CALLS = 300

LOCAL = grpc.LocalConnectionType.LOCAL_TCP


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
async def _served(methods: Mapping[str, Method], limits: ShareLimits = ONE) -> AsyncIterator[aio.Channel]:
    """A server on which an agency has so many places for calls and for subscriptions."""
    credentials = grpc.local_server_credentials(LOCAL)
    server = Server(credentials, lambda _: AGENCY, ServerLimits(LIMITS, limits, limits, drain_seconds=0.0))
    server.add("s", methods)
    port = await server.start("127.0.0.1:0")
    async with aio.secure_channel(f"127.0.0.1:{port}", grpc.local_channel_credentials(LOCAL)) as channel:
        yield channel
    await server.stop()


async def test_who_hears_that_the_store_is_overloaded_has_given_the_place_back() -> None:
    service = Overloaded()
    async with _served({"Ask": Unary(Empty, service.ask)}) as channel:
        ask = channel.unary_unary("/s/Ask", None, None)
        overloaded = asyncio.ensure_future(_reason(ask(b"")))
        await service.refused.wait()
        assert await _reason(ask(b"")) == "OK"
        assert not overloaded.done()
        assert await overloaded == "OVERLOADED"


async def test_a_subscription_that_is_refused_waits_to_hear_so_as_a_call_does() -> None:
    async with _served({"Follow": Stream(Empty, Overloaded().follow)}) as channel:
        follow = channel.unary_stream("/s/Follow", None, None)
        first = follow(b"")
        assert await first.read() == b""
        began = time.monotonic()
        assert await _reason(follow(b"").read()) == "TOO_MANY_SUBSCRIPTIONS"
        assert time.monotonic() - began > 0.9 * REFUSED_SECONDS
        first.cancel()


async def test_a_flood_of_one_method_keeps_no_other_waiting_at_the_door() -> None:
    taken_in = list[str]()

    def method(name: str) -> Unary:
        async def handle(caller: Caller, request: Empty) -> Empty:
            taken_in.append(name)
            return Empty()

        return Unary(Empty, handle)

    async with _served({name: method(name) for name in ("Flooded", "Other")}, MANY) as channel:
        flooded, other = (channel.unary_unary(f"/s/{name}", None, None) for name in ("Flooded", "Other"))
        await other(b"")
        await asyncio.gather(*(flooded(b"") for _ in range(CALLS)), other(b""))
    assert sorted(taken_in[1:]) == ["Flooded"] * CALLS + ["Other"]
    assert taken_in[-1] == "Flooded"


async def _reason(answer: Awaitable[object]) -> str:
    try:
        await answer
    except grpc.RpcError as error:
        return reason_of(error)
    return "OK"
