"""A Kafka client that is closed while a broker stands still leaves no socket behind."""

import gc
import os
import signal
import socket
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer
from kafka.errors import KafkaTimeoutError

from huiyin_kafka.mends import BoundedConsumer
from huiyin_launcher.embedded.claim import LOOPBACK
from tests.support.kafka import Brokers

pytestmark = pytest.mark.timeout(120)

MUCH = bytes(50_000_000)
"""More than sockets take by themselves."""


@pytest.fixture
def stand_still(kafka_broker: Brokers) -> Iterator[Callable[[], None]]:
    """Stops the broker's process; afterwards it goes on."""
    (node,) = kafka_broker.cluster.nodes.values()
    pid = node.pid
    assert pid is not None
    yield lambda: os.kill(pid, signal.SIGSTOP)
    os.kill(pid, signal.SIGCONT)


def left_open(close: Callable[[], Any]) -> list[str]:
    """Sockets that were still open when nobody had them any more."""
    gc.collect()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        close()
        gc.collect()
    return [str(one.message) for one in caught if "socket" in str(one.message).lower()]


def test_with_something_still_to_be_sent(kafka_broker: Brokers, stand_still: Callable[[], None]) -> None:
    clients = [KafkaAdminClient(**kafka_broker.options("service@cli"))]
    clients[0].describe_cluster()
    stand_still()
    manager = clients[0]._manager
    (connection,) = (each for each in manager._conns.values() if each.connected)
    transports = [connection.transport]
    del connection
    manager._net.call_soon_threadsafe(lambda: transports.pop().write(MUCH))
    del manager
    time.sleep(0.5)
    assert left_open(lambda: clients.pop().close()) == []


def test_while_a_connection_is_being_opened(kafka_broker: Brokers) -> None:
    topic = kafka_broker.topic(1)
    clients = [KafkaConsumer(topic, **kafka_broker.options("service@cli"), group_id="huiyin-cli-closing")]
    cluster = kafka_broker.cluster
    (node,) = cluster.nodes.values()
    node.kill()
    try:
        with socket.create_server((LOOPBACK, cluster.plan.of(1).clients)):  # accepts, and never speaks
            clients[0].poll(2_000)
            assert left_open(lambda: clients.pop().close(timeout_ms=500)) == []
    finally:
        node.start()
        cluster.wait_ready()


def test_asking_for_an_unknown_topic_ends_while_a_broker_stands_still(
    kafka_broker: Brokers, stand_still: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huiyin_kafka.mends.METADATA_MS", 300)
    with closing(BoundedConsumer(**kafka_broker.options("service@cli"))) as consumer:
        assert consumer.partitions_for_topic("test.unknown") == set()
        stand_still()
        begun = time.monotonic()
        with pytest.raises(KafkaTimeoutError):
            consumer.partitions_for_topic("test.unknown")
    assert time.monotonic() - begun < 5
