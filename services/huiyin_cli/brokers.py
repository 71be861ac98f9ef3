"""The Kafka of this start: three brokers of our own, or those of HUIYIN_KAFKA__BOOTSTRAP."""

from collections.abc import Callable

from huiyin_cli.children import Ports
from huiyin_cli.installation import SetupError
from huiyin_kafka.admin import look_at_brokers
from huiyin_kafka.connection import KafkaSetupError, require_kafka
from huiyin_kafka.topics.reconcile import apply_topics
from huiyin_kernel.identity.development import KAFKA_OBSERVER
from huiyin_kernel.policy import PolicyError
from huiyin_kernel.settings import Settings
from huiyin_launcher.brokers.cluster import (
    STOP_SECONDS,
    KafkaCluster,
    service_profile,
    wait_until_usable,
)
from huiyin_launcher.brokers.jars import BrokerError, JarSet, Runtime, is_fetched
from huiyin_launcher.brokers.machine_cache import prepared
from huiyin_launcher.brokers.properties import NODES_MAX, NodePlace, Plan
from huiyin_launcher.processes import Say, Supervisor


class Brokers:
    """Starts brokers if they are to be our own, and makes the topics. Raises SetupError throughout."""

    def __init__(self, settings: Settings, say: Say) -> None:
        self._settings, self._say = settings, say
        self._cluster: KafkaCluster | None = None
        try:
            require_kafka()
        except KafkaSetupError as error:
            raise SetupError(str(error)) from error
        self._runtime = None if settings.is_cluster else _runtime(say)

    def supervisor(self, ports: Ports, descriptor: int) -> Supervisor:
        """What runs brokers of our own, not started yet; brokers of others are none of its children."""
        if self._runtime is None:
            return Supervisor((), self._say, STOP_SECONDS)
        plan = _plan(ports, self._settings.kafka_port)
        self._cluster = KafkaCluster(self._settings.paths, plan, self._runtime, (descriptor,))
        try:
            self._cluster.prepare()
        except BrokerError as error:
            raise SetupError(str(error)) from error
        return Supervisor(tuple(self._cluster.nodes.values()), self._say, STOP_SECONDS)

    def settings(self) -> Settings:
        """The settings of a process that uses these brokers."""
        if self._cluster is None:
            return self._settings
        kafka = self._settings.kafka.model_copy(update={"bootstrap": self._cluster.bootstrap})
        return self._settings.model_copy(update={"kafka": kafka})

    def make_ready(self, look: Callable[[], None]) -> None:
        """Waits for the brokers, then makes topics and access lists as the catalogue says."""
        self._say("等待 Kafka 就绪 · waiting for Kafka")
        try:
            settings = self.settings()
            observer = service_profile(settings.paths, KAFKA_OBSERVER)
            wanted = len(self._cluster.nodes) if self._cluster else settings.kafka.replication
            wait_until_usable(
                look_at_brokers, settings.kafka.bootstrap, observer, wanted, lambda: self._look(look)
            )
            comparison = apply_topics(settings)
        except (BrokerError, KafkaSetupError, PolicyError) as error:
            raise SetupError(f"Kafka 未能就绪 · Kafka could not be made ready: {error}") from error
        for difference in comparison.refused:
            self._say(str(difference))
        self._say(
            f"Kafka 已就绪 · Kafka is ready on {self.settings().kafka.bootstrap}: "
            f"{comparison.topic_count} topics"
        )

    def _look(self, look: Callable[[], None]) -> None:
        look()
        if self._cluster is not None:
            self._cluster.none_keeps_ending()


def _runtime(say: Say) -> Runtime:
    try:
        if not is_fetched(JarSet()):
            say("用 Maven 下载 Kafka（仅一次）· fetching Kafka with Maven, once")
        return prepared(look_at_brokers)
    except BrokerError as error:
        raise SetupError(str(error)) from error


def _plan(ports: Ports, first: int) -> Plan:
    """Three ports for clients, then three for the brokers among themselves."""
    clients = [ports.take(f"kafka-{node + 1}", first + node) for node in range(NODES_MAX)]
    inner = [ports.take(f"kafka-{node + 1}", first + NODES_MAX + node) for node in range(NODES_MAX)]
    return Plan(tuple(NodePlace(*pair) for pair in zip(clients, inner, strict=True)))
