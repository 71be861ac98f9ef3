"""A log's feed over gRPC keeps the contract of following."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import grpc
import pytest

from huiyin.event.v1.event_pb2 import Event
from huiyin_domain.context import Principal, Role
from huiyin_intake.queries import OwnStandings
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.identity.development import ensure_development_identities
from huiyin_kernel.policy import load_policy
from huiyin_kernel.rpc.client import ClientIdentity, follow_feed, open_channel
from huiyin_kernel.rpc.endpoint import EndpointLimits
from huiyin_kernel.rpc.feed import NAME, Feed, FeedLimits, Judge
from huiyin_kernel.rpc.server import Server, ServerLimits
from huiyin_kernel.streams import Streams
from huiyin_launcher.embedded.claim import free_port
from tests.contract.following import FollowContract, Way
from tests.support.serving import MANY
from tests.support.small_policy import DIRECTORY

LOG = "intake@990000"
SERVICE = Principal("reception", "", frozenset({Role.SERVICE}))


class ByFeed(Way):
    """Over gRPC."""

    def __init__(self, address: str, identity: ClientIdentity) -> None:
        super().__init__(LOG)
        self.channel = open_channel(address, identity, 8_388_608)

    async def publish(self) -> None:
        """A feed sees the log itself."""

    def follow(self, after: int) -> AsyncGenerator[tuple[Event | None, int], None]:
        return follow_feed(self.channel, LOG, after)


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> ClientIdentity:
    identities = ensure_development_identities(tmp_path_factory.mktemp("identities"), load_policy().directory)
    profile = identities.service("intake")
    return ClientIdentity(
        profile.authority.read_bytes(), profile.certificate.read_bytes(), profile.key.read_bytes()
    )


@pytest.fixture
async def way(identity: ClientIdentity) -> AsyncIterator[Way]:
    address, stopping = f"127.0.0.1:{free_port()}", asyncio.Event()
    made = ByFeed(address, identity)
    credentials = grpc.ssl_server_credentials(
        [(identity.key, identity.certificate)], identity.authority, True
    )
    limits = ServerLimits(EndpointLimits(1_000_000, 10.0), MANY, MANY, 0.5)
    server = Server(credentials, lambda context: SERVICE, limits)
    judge = Judge(OwnStandings(Streams(made.store), DIRECTORY), DIRECTORY)
    server.add(NAME, Feed(made.store, SystemClock(), FeedLimits(0.3, 100), stopping, judge).methods())
    await server.start(address)
    yield made
    stopping.set()
    await made.channel.close(None)
    await server.stop()


class TestFollowingAFeed(FollowContract):
    """Following."""
