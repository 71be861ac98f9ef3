"""Calls from the command line: as one of the profiles in the data folder, to the platform that runs here.

A service that is away for a moment, such as one that is started again, is waited for; processes are asked
whether they are ready by the gRPC health service or by their metrics.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from typing import Any, TypeVar

import grpc
from grpc import StatusCode, aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from huiyin.cases.v1.service_pb2_grpc import CaseServiceStub
from huiyin.dead.v1.service_pb2_grpc import DeadLetterServiceStub
from huiyin.exchange.v1.service_pb2_grpc import ExchangeServiceStub
from huiyin.feed.v1.service_pb2_grpc import FeedServiceStub
from huiyin.insight.v1.service_pb2_grpc import InsightServiceStub
from huiyin.intake.v1.service_pb2_grpc import IntakeServiceStub
from huiyin.judicial.v1.service_pb2_grpc import JudicialServiceStub
from huiyin.reception.v1.service_pb2_grpc import ReceptionServiceStub
from huiyin.supervision.v1.service_pb2_grpc import SupervisionServiceStub
from huiyin.timeline.v1.service_pb2_grpc import TimelineServiceStub
from huiyin_kernel.identity.profiles import ClientProfile, find_profile
from huiyin_kernel.rpc.client import ClientIdentity, open_channel
from huiyin_kernel.settings import SERVICE_NAMES, Addresses, KafkaSettings, ServiceName, Settings
from huiyin_launcher.embedded.claim import LOOPBACK


def current_addresses(settings: Settings) -> Addresses:
    """Where the services listen now: as the running platform wrote down, else as the settings say."""
    try:
        written = json.loads(settings.paths.endpoints.read_text())
    except FileNotFoundError:
        return settings.addresses
    return Addresses(**{name: written[name] for name in SERVICE_NAMES})


class _UnaryWithToken(aio.UnaryUnaryClientInterceptor):  # type: ignore[type-arg] # not generic at run time
    """Adds the officer's token to every call, as it is at that moment."""

    def __init__(self, profile: ClientProfile) -> None:
        self._profile = profile

    async def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        return await continuation(_with_token(details, self._profile), request)


class _StreamWithToken(aio.UnaryStreamClientInterceptor):  # type: ignore[type-arg] # not generic at run time
    """The same for streams: gRPC takes an interceptor for one kind of call only."""

    def __init__(self, profile: ClientProfile) -> None:
        self._profile = profile

    async def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        return await continuation(_with_token(details, self._profile), request)


def _with_token(details: Any, profile: ClientProfile) -> Any:
    metadata = aio.Metadata(*(details.metadata or ()), *profile.call_metadata())
    return details._replace(metadata=metadata)


@dataclass(frozen=True)
class Client:
    """Stubs of all services, with one identity."""

    channels: dict[ServiceName, aio.Channel]
    profile: ClientProfile

    @cached_property
    def intake(self) -> Any:
        """Petitions."""
        return IntakeServiceStub(self.channels["intake"])

    @cached_property
    def reception(self) -> Any:
        """Joint reception."""
        return ReceptionServiceStub(self.channels["reception"])

    @cached_property
    def judicial(self) -> Any:
        """The judicial track."""
        return JudicialServiceStub(self.channels["judicial"])

    @cached_property
    def supervision(self) -> Any:
        """Supervision."""
        return SupervisionServiceStub(self.channels["supervision"])

    @cached_property
    def cases(self) -> Any:
        """Lists and timelines."""
        return CaseServiceStub(self.channels["streams"])

    @cached_property
    def insight(self) -> Any:
        """What stream folds derive."""
        return InsightServiceStub(self.channels["streams"])

    @cached_property
    def exchange(self) -> Any:
        """Messages of agencies' systems, and their receipts."""
        return ExchangeServiceStub(self.channels["exchange"])

    @cached_property
    def timeline(self) -> Any:
        """Subscriptions to cases."""
        return TimelineServiceStub(self.channels["streams"])

    def letters(self, service: ServiceName) -> Any:
        """The dead letters of a service."""
        return DeadLetterServiceStub(self.channels[service])

    def feed(self, service: ServiceName) -> Any:
        """The log of a service."""
        return FeedServiceStub(self.channels[service])


@asynccontextmanager
async def open_client(profile: str, settings: Settings | None = None) -> AsyncIterator[Client]:
    """A client with the identity of a profile. Raises UnknownProfileError or KeyFileError."""
    settings = settings or Settings()
    found = find_profile(settings.paths.identity, profile)
    identity = ClientIdentity.of(found)
    addresses = current_addresses(settings)
    interceptors: list[Any] = [_UnaryWithToken(found), _StreamWithToken(found)]
    async with AsyncExitStack() as stack:
        channels: dict[ServiceName, aio.Channel] = {}
        for name in SERVICE_NAMES:
            bytes_max = settings.limits.message_bytes_max
            channel = open_channel(addresses.of(name), identity, bytes_max, interceptors)
            channels[name] = await stack.enter_async_context(channel)
        yield Client(channels, found)


RETRY_SECONDS = 0.2
UNANSWERED = frozenset({StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED})

AnswerT = TypeVar("AnswerT")


async def until_answered(call: Callable[[], Awaitable[AnswerT]], seconds: float) -> AnswerT:
    """The call's answer, asked for again within that time while nobody gives one. Raises AioRpcError.

    A command must keep its request id, so that it takes effect once.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await call()
        except aio.AioRpcError as error:
            if error.code() not in UNANSWERED or time.monotonic() > deadline:
                raise
        await asyncio.sleep(RETRY_SECONDS)


ANSWER_SECONDS = 1.0


def is_serving(address: str, identity: ClientIdentity) -> bool:
    """Whether the service at the address says that it serves."""
    with grpc.secure_channel(address, identity.credentials()) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=ANSWER_SECONDS)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def is_telling(port: int) -> bool:
    """Whether a process shows its metrics on the port."""
    connection = HTTPConnection(LOOPBACK, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def cluster_settings() -> Settings:
    """The settings; they name no brokers where there are none."""
    settings = Settings()
    if settings.is_cluster or not settings.paths.endpoints.exists():
        return settings
    bootstrap = json.loads(settings.paths.endpoints.read_text()).get("kafka", "")
    kafka = KafkaSettings(**settings.kafka.model_dump() | {"bootstrap": bootstrap})
    return settings.model_copy(update={"kafka": kafka})
