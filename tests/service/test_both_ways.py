"""Methods with streams both ways: answers come while requests go on, and nothing is taken before its time."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import StatusCode, aio

from huiyin.common.v1.types_pb2 import Actor
from huiyin.intake.v1.service_pb2 import GetPetitionRequest
from huiyin_domain.context import Principal, Role
from huiyin_domain.refusal import invalid
from huiyin_kernel.identity.development import ensure_development_identities
from huiyin_kernel.rpc.client import ClientIdentity, open_channel
from huiyin_kernel.rpc.endpoint import Caller, Duplex, EndpointLimits, Method, Stream, Unary
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.server import Server, ServerLimits
from tests.support.calling import DIRECTORY, OFFICE, Refused, as_refused
from tests.support.serving import MANY

SERVICE = "huiyin.test.BothWays"
SECONDS = 10.0
OFFICER = Principal(OFFICE, "officer-01", frozenset({Role.OFFICER}))
EXCHANGE = Principal("exchange", "officer-01", frozenset({Role.EXCHANGE, Role.OFFICER}), OFFICE)


class Echo:
    """Answers each request, and keeps what it has taken so far; "no" is refused."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def both_ways(self, caller: Caller, requests: AsyncIterator[Actor]) -> AsyncGenerator[Actor, None]:
        async for request in requests:
            self.taken.append(request.agency)
            if request.agency == "no":
                raise RefusedError(invalid("NO", "no"))
            yield request

    async def one_way(self, caller: Caller, request: GetPetitionRequest) -> AsyncGenerator[Actor, None]:
        yield Actor()

    async def once(self, caller: Caller, request: GetPetitionRequest) -> Actor:
        return Actor()


Opened = tuple[aio.Channel, Echo, list[Principal]]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    """A channel to a server of our own, what it echoes, and as whom it takes its callers."""
    units = [unit for unit in DIRECTORY if unit.code == OFFICE]
    found = ensure_development_identities(tmp_path, units).service("intake")
    own = ClientIdentity(*(path.read_bytes() for path in (found.authority, found.certificate, found.key)))
    credentials = grpc.ssl_server_credentials([(own.key, own.certificate)], own.authority, True)
    echo, callers = Echo(), [OFFICER]
    limits = ServerLimits(EndpointLimits(65_536, 10, 100), calls=MANY, subscriptions=MANY, drain_seconds=1)
    server = Server(credentials, lambda _: callers[-1], limits)
    methods: dict[str, Method] = {
        "BothWays": Duplex(Actor, echo.both_ways),
        "OneWay": Stream(GetPetitionRequest, echo.one_way),
        "Once": Unary(GetPetitionRequest, echo.once),
        "Reading": Duplex(GetPetitionRequest, echo.both_ways),
    }
    server.add(SERVICE, methods)
    port = await server.start("127.0.0.1:0")
    async with open_channel(f"127.0.0.1:{port}", own, 65_536) as channel:
        yield channel, echo, callers
    await server.stop()


def call(channel: aio.Channel, name: str = "BothWays") -> Any:
    method: Callable[..., Any] = channel.stream_stream(f"/{SERVICE}/{name}", None, None)
    return method(timeout=SECONDS)


async def ended(stream: Any) -> Refused:
    with pytest.raises(aio.AioRpcError) as caught:
        await stream.read()
    return as_refused(caught.value)


async def test_each_request_is_answered_before_the_next_one_is_sent(opened: Opened) -> None:
    channel, echo, _ = opened
    stream = call(channel)
    for word in ("a", "b", "c"):
        await stream.write(Actor(agency=word).SerializeToString())
        assert Actor.FromString(await stream.read()).agency == word
    await stream.done_writing()
    assert not await stream.read()
    assert await stream.code() is StatusCode.OK
    assert echo.taken == ["a", "b", "c"]


async def test_a_request_of_no_good_form_ends_the_call_after_the_answers_to_those_before(
    opened: Opened,
) -> None:
    channel, echo, _ = opened
    stream = call(channel)
    for raw in (Actor(agency="a").SerializeToString(), Actor(agency="x" * 101).SerializeToString()):
        await stream.write(raw)
    assert Actor.FromString(await stream.read()).agency == "a"
    refused = await ended(stream)
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, "TEXT_TOO_LONG")
    assert echo.taken == ["a"]


async def test_a_refusal_in_between_reaches_the_caller(opened: Opened) -> None:
    stream = call(opened[0])
    await stream.write(Actor(agency="no").SerializeToString())
    assert (await ended(stream)).reason == "NO"


@pytest.mark.parametrize("name", ["OneWay", "Once"])
async def test_the_exchange_reads_nothing_whatever_the_kind_of_call(opened: Opened, name: str) -> None:
    channel, _, callers = opened
    callers.append(EXCHANGE)
    kind = channel.unary_unary if name == "Once" else channel.unary_stream
    method: Any = kind(f"/{SERVICE}/{name}", None, None)
    stream = method(GetPetitionRequest().SerializeToString(), timeout=SECONDS)
    with pytest.raises(aio.AioRpcError) as caught:
        await (stream if name == "Once" else stream.read())
    assert as_refused(caught.value).reason == "COMMAND_NOT_CARRIED"


async def test_the_exchange_reads_nothing_over_streams_both_ways(opened: Opened) -> None:
    channel, echo, callers = opened
    callers.append(EXCHANGE)
    assert (await ended(call(channel, "Reading"))).reason == "COMMAND_NOT_CARRIED"
    assert echo.taken == []
