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
from kafka.errors import KafkaTimeoutError

from huiyin_kafka.connection import options_of
from huiyin_kernel.identity import ca
from huiyin_kernel.identity.profiles import ClientProfile
from huiyin_launcher.embedded.ports import LOOPBACK, free_port

CLIENTS = (KafkaProducer, KafkaConsumer, KafkaAdminClient)


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> ClientProfile:
    """A service's certificate."""
    folder = tmp_path_factory.mktemp("identity")
    ca.ensure_development_pki(folder, ("relay",), ())
    services = folder / ca.SERVICES
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
