"""Real brokers start, stop, survive kills, and let nobody in whom they do not know."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaTimeoutError, TopicAuthorizationFailedError

from huiyin_kernel.home import Home
from huiyin_kernel.identity import certificates
from huiyin_launcher.brokers.cluster import KafkaCluster
from huiyin_launcher.brokers.jars import BrokerError
from huiyin_launcher.brokers.properties import NodePlace, Plan, free_plan
from huiyin_launcher.embedded.claim import LOOPBACK, free_port
from tests.fault.running_platform import command_line, wait_until
from tests.support.kafka import Brokers, running_brokers, runtime

AGENCY = "test.of-an-agency"
QUICK = {"bootstrap_timeout_ms": 3000, "max_block_ms": 5000}
PARENT = """
import sys, time
from pathlib import Path
from huiyin_launcher.brokers.cluster import KafkaCluster
from huiyin_launcher.brokers.properties import free_plan
from huiyin_kafka.admin import look_at_brokers
from huiyin_launcher.brokers.machine_cache import prepared
from huiyin_kernel.home import Home
cluster = KafkaCluster(Home(Path(sys.argv[1])), free_plan(1), prepared(look_at_brokers))
cluster.start()
print(cluster.nodes[1].pid, flush=True)
time.sleep(120)
"""


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    """A broker of this file's own, to be killed."""
    with running_brokers(tmp_path_factory.mktemp("brokers") / "home", nodes=1) as started:
        yield started


def producer(brokers: Brokers, profile: str, **more: Any) -> Any:
    return KafkaProducer(**brokers.options(profile) | QUICK | more)


def values(brokers: Brokers, topic: str, profile: str = "service@cli") -> list[bytes]:
    """All that is in a topic of one partition."""
    options = brokers.options(profile) | {"auto_offset_reset": "earliest", "enable_auto_commit": False}
    with closing(KafkaConsumer(**options)) as consumer:
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        end, found, deadline = consumer.end_offsets([place])[place], [], time.monotonic() + 20
        while consumer.position(place) < end and time.monotonic() < deadline:
            found += [record.value for record in consumer.poll(200).get(place, [])]
    return found


def test_records_outlive_a_kill_of_their_broker(brokers: Brokers) -> None:
    topic, node = brokers.topic(), brokers.cluster.nodes[1]
    with closing(producer(brokers, "service@cli")) as sender:
        for number in range(200):
            sender.send(topic, b"%d" % number)
        sender.flush(10)
    killed = node.pid
    node.kill()
    node.start()
    brokers.cluster.wait_ready()
    assert node.pid not in (None, killed)
    assert values(brokers, topic) == [b"%d" % number for number in range(200)]


def test_a_stop_in_good_order_is_quick_and_a_later_start_finds_everything(brokers: Brokers) -> None:
    topic, node = brokers.topic(), brokers.cluster.nodes[1]
    with closing(producer(brokers, "service@cli")) as sender:
        sender.send(topic, b"kept").get(10)
    brokers.cluster.stop()
    assert node.has_ended
    brokers.cluster.start()
    assert values(brokers, topic) == [b"kept"]


def test_a_second_owner_of_the_folder_is_refused(brokers: Brokers) -> None:
    with pytest.raises(BrokerError, match="in use by other brokers"):
        KafkaCluster(brokers.settings.paths, free_plan(1), runtime()).start()
    assert brokers.cluster.look().brokers == 1


def test_a_broker_that_cannot_start_is_shown_with_what_it_said(tmp_path: Path) -> None:
    home = Home(tmp_path)
    certificates.ensure_development_pki(home.identity, ("kafka-1", "cli"), ())
    with closing(socket.create_server((LOOPBACK, 0))) as taken:
        plan = Plan((NodePlace(taken.getsockname()[1], free_port()),))
        with pytest.raises(BrokerError, match=r"kafka-1 ended: .*Address already in use"):
            KafkaCluster(home, plan, runtime()).start()


def test_no_broker_outlives_its_parent(brokers: Brokers, tmp_path: Path) -> None:
    certificates.ensure_development_pki(tmp_path / "identity", ("kafka-1", "cli"), ())
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert "kafka.Kafka" in command_line(pid)
        parent.kill()
    wait_until(lambda: command_line(pid) == "", 10)


def test_a_client_without_tls_is_not_let_in(brokers: Brokers) -> None:
    with pytest.raises(KafkaTimeoutError):
        producer(brokers, "service@cli", security_protocol="PLAINTEXT")


def test_a_client_without_a_certificate_is_not_let_in(brokers: Brokers) -> None:
    options = brokers.options("service@cli")
    del options["ssl_certfile"], options["ssl_keyfile"]
    with pytest.raises(KafkaTimeoutError):
        KafkaProducer(**options | QUICK)


def test_a_certificate_of_a_foreign_authority_is_not_let_in(brokers: Brokers, tmp_path: Path) -> None:
    certificates.ensure_development_pki(tmp_path, ("cli",), ())
    foreign = {
        "ssl_certfile": str(tmp_path / "services" / "cli.crt"),
        "ssl_keyfile": str(tmp_path / "services" / "cli.key"),
    }
    with pytest.raises(KafkaTimeoutError):
        producer(brokers, "service@cli", **foreign)


def test_a_broker_of_a_foreign_authority_is_not_trusted(brokers: Brokers, tmp_path: Path) -> None:
    certificates.ensure_development_pki(tmp_path, (), ())
    options = brokers.options("service@cli") | {"ssl_cafile": str(tmp_path / "ca.crt")}
    with pytest.raises(KafkaTimeoutError):
        KafkaProducer(**options | QUICK)


def test_who_was_allowed_nothing_can_neither_write_nor_read(brokers: Brokers) -> None:
    topic = brokers.topic()
    with closing(producer(brokers, "service@relay")) as sender, pytest.raises(TopicAuthorizationFailedError):
        sender.send(topic, b"x").get(10)
    with closing(KafkaConsumer(**brokers.options("service@relay"))) as consumer:
        assert topic not in consumer.topics()


def test_who_may_write_may_not_read(brokers: Brokers) -> None:
    topic = brokers.topic()
    brokers.allow("relay", "WRITE", topic)
    with closing(producer(brokers, "service@relay")) as sender:
        assert sender.send(topic, b"x").get(10).offset == 0
    with pytest.raises(TopicAuthorizationFailedError):
        values(brokers, topic, "service@relay")
    assert values(brokers, topic) == [b"x"]


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_write_counts_while_one_of_three_brokers_is_gone(three_brokers: Brokers) -> None:
    topic = three_brokers.topic(partitions=3)
    gone = three_brokers.cluster.nodes[1]
    with closing(producer(three_brokers, "service@cli", acks="all", max_block_ms=20_000)) as sender:
        sender.send(topic, b"before").get(20)
        gone.kill()
        assert all(sender.send(topic, b"without it").get(30).offset >= 0 for _ in range(20))
    gone.start()
    three_brokers.cluster.wait_ready(3)
    three_brokers.wait_in_sync(topic)


def test_a_stopped_process_is_no_usable_broker(brokers: Brokers) -> None:
    pid = brokers.cluster.nodes[1].pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        assert brokers.cluster.look().brokers == 0
    finally:
        os.kill(pid, signal.SIGCONT)
    brokers.cluster.wait_ready()
