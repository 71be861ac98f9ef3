"""A Kafka client that cannot start says so in time, and leaves neither thread nor socket behind."""

import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import KafkaTimeoutError, NodeNotReadyError
from kafka.future import Future
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector

from huiyin_kafka.connection import options_of
from huiyin_kafka.mends import Metadata
from huiyin_kernel.identity import certificates
from huiyin_kernel.identity.profiles import ClientProfile
from huiyin_launcher.embedded.claim import LOOPBACK, free_port

CLIENTS = (KafkaProducer, KafkaConsumer, KafkaAdminClient)


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> ClientProfile:
    """A service's certificate."""
    folder = tmp_path_factory.mktemp("identity")
    certificates.ensure_development_pki(folder, ("relay",), ())
    services = folder / certificates.SERVICES
    names = Path(folder / "ca.crt"), services / "relay.crt", services / "relay.key"
    return ClientProfile("service@relay", *names)


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that accepts connections and never speaks, as a process that stands still does."""
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def start(client: Callable[..., Any], port: int, profile: ClientProfile) -> None:
    client(**options_of(f"{LOOPBACK}:{port}", profile) | {"bootstrap_timeout_ms": 700})


@pytest.mark.parametrize("client", CLIENTS)
def test_a_server_that_never_speaks_is_given_up(
    client: Callable[..., Any], silent: int, profile: ClientProfile
) -> None:
    begun = time.monotonic()
    with pytest.raises(KafkaTimeoutError):
        start(client, silent, profile)
    assert time.monotonic() - begun < 10
    gc.collect()  # a socket that was not closed would warn here, and a warning fails the test


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_that_found_no_broker_leaves_nothing_behind(
    client: Callable[..., Any], profile: ClientProfile
) -> None:
    before = set(threading.enumerate())
    with pytest.raises(KafkaTimeoutError):
        start(client, free_port(), profile)
    left = [thread for thread in threading.enumerate() if thread not in before and thread.is_alive()]
    assert left == []
    gc.collect()  # a socket that was not closed would warn here, and a warning fails the test


class Failing(Metadata):
    """Metadata of which every refresh fails, after a moment."""

    def __init__(self) -> None:
        super().__init__(retry_backoff_ms=10)
        self.asked = 0

    async def _do_refresh_metadata(self, node_id: Any) -> None:
        self.asked += 1
        await self._manager._net.sleep(0.02)
        self.failed_update(NodeNotReadyError("nobody is there"))
        raise NodeNotReadyError("nobody is there")


def test_metadata_are_refreshed_on_when_a_refresh_of_somebody_else_fails() -> None:
    net = NetworkSelector()
    manager = KafkaConnectionManager(net, api_version=(4, 0))
    metadata = Failing()
    metadata.attach(manager)

    async def somebody_else() -> None:
        with pytest.raises(NodeNotReadyError):
            await metadata.refresh_metadata()

    async def both() -> int:
        other = manager.call_soon(somebody_else)  # under way when the loop begins, which waits for it
        await net.sleep(0.005)
        loop = manager.call_soon(metadata._refresh_loop)
        await other
        await net.sleep(0.3)
        assert not loop.is_done
        return metadata.asked

    manager._bootstrap_future = Future().success(True)  # the loop would begin with it
    try:
        assert manager.run(both) > 1
    finally:
        metadata.close()
        manager.close()
        net.close()
