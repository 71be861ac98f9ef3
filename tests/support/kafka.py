"""Real brokers for tests: topics and access lists of their own, clients with the certificate of a profile."""

import itertools
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
)

from huiyin_kafka.admin import look_at_brokers
from huiyin_kafka.connection import client_options
from huiyin_kafka.mends import BoundedConsumer
from huiyin_kernel.home import Home
from huiyin_kernel.identity.development import ensure_development_identities
from huiyin_kernel.identity.files import write_whole
from huiyin_kernel.policy import load_policy
from huiyin_kernel.settings import KafkaSettings, Settings
from huiyin_launcher.brokers.cluster import KafkaCluster
from huiyin_launcher.brokers.jars import BrokerError, Runtime, ToolMissingError
from huiyin_launcher.brokers.machine_cache import prepared
from huiyin_launcher.brokers.properties import free_plan
from tests.support.left_out import leave_out

START_ATTEMPTS = 3

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Brokers:
    """Running brokers, and settings by which every part of the platform finds them."""

    cluster: KafkaCluster
    settings: Settings

    def options(self, profile: str) -> dict[str, Any]:
        """What a kafka-python client takes to connect as a profile, such as service@relay."""
        return client_options(self.settings, profile)

    @contextmanager
    def admin(self) -> Iterator[Any]:
        """An administrator's client."""
        with closing(KafkaAdminClient(**self.options("service@cli"))) as admin:
            yield admin

    def topic(self, partitions: int = 1, **configs: str) -> str:
        """A new topic that no other test uses; settings such as max_message_bytes="1000"."""
        name = f"test.{os.getpid()}.{next(_numbers)}"
        settings = {key.replace("_", "."): value for key, value in configs.items()}
        new = {
            "num_partitions": partitions,
            "replication_factor": self.settings.kafka.replication,
            "configs": settings,
        }
        with self.admin() as admin:
            admin.create_topics({name: new}, wait_for_metadata=True)
        return name

    def wait_in_sync(self, topic: str, seconds: float = 60.0) -> None:
        """Waits until every broker has everything of a topic: before that another must not be killed."""
        deadline = time.monotonic() + seconds
        with self.admin() as admin:
            while not _in_sync(admin.describe_topics([topic])[0], len(self.cluster.nodes)):
                assert time.monotonic() < deadline, f"{topic} is not on all brokers after {seconds:g} s"
                time.sleep(0.1)

    def allow(self, principal: str, operation: str, topic: str, kind: str = "TOPIC") -> None:
        """Lets a principal READ, WRITE or DESCRIBE a topic (or a GROUP); it holds within half a second."""
        pattern = ResourcePattern(ResourceType[kind], topic, ACLResourcePatternType.LITERAL)
        rule = ACL(f"User:{principal}", "*", ACLOperation[operation], ACLPermissionType.ALLOW, pattern)
        with self.admin() as admin:
            admin.create_acls([rule])


def _in_sync(topic: Any, brokers: int) -> bool:
    return all(len(partition["isr_nodes"]) == brokers for partition in topic["partitions"])


def runtime() -> Runtime:
    """Java and Kafka; the test is left out where Java or Maven is missing."""
    try:
        return prepared(look_at_brokers)
    except ToolMissingError as error:
        leave_out(str(error))


@contextmanager
def running_brokers(folder: Path, nodes: int) -> Iterator[Brokers]:
    """Starts brokers with identities in a data folder of their own, and stops them afterwards."""
    home = Home(folder)
    home.make()
    ensure_development_identities(home.root, load_policy().directory)
    cluster = _started(home, nodes)
    try:
        yield Brokers(cluster, settings_for(home, cluster))
    finally:
        cluster.kill()  # nobody wants what it kept, and three need seconds to end in good order


def _started(home: Home, nodes: int) -> KafkaCluster:
    """Brokers on free ports: others, when somebody took one of them at the same moment."""
    for attempt in range(1, START_ATTEMPTS + 1):
        cluster = KafkaCluster(home, free_plan(nodes), runtime())
        try:
            cluster.start()
            break
        except BrokerError as error:
            if "already in use" not in str(error) or attempt == START_ATTEMPTS:
                raise
    return cluster


def settings_for(home: Home, cluster: KafkaCluster) -> Settings:
    """The settings of a process that uses these brokers."""
    kafka = KafkaSettings(bootstrap=cluster.bootstrap, replication=len(cluster.nodes))
    return Settings(home=home.root, kafka=kafka)


def share_authority(brokers: Brokers, home: Path) -> None:
    """Gives a new data folder the authority that the brokers trust; identities made there later hold."""
    identity = Home(home).identity
    identity.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, mode in (("ca.key", 0o600), ("ca.crt", 0o644)):
        content = (brokers.settings.paths.identity / name).read_bytes()
        write_whole(identity / name, content, mode)


class Wedged(BoundedConsumer):
    """What kafka-python may be after brokers went and came: connected, and giving nothing, for ever."""

    made = 0

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        Wedged.made += 1
        self._gives = Wedged.made > 1

    def poll(self, *args: Any, **options: Any) -> Any:
        if self._gives:
            return super().poll(*args, **options)
        time.sleep(0.05)
        return {}
