"""What brokers are told: pure functions from a plan of the cluster to the lines of server.properties."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from huiyin_kernel.identity.development import KAFKA_SUPER_USERS
from huiyin_launcher.embedded.claim import LOOPBACK, free_port

NODES_MAX = 3
EVERYWHERE = "0.0.0.0"  # noqa: S104 - inside a container, whose ports are open to nobody else by themselves


@dataclass(frozen=True, slots=True)
class NodePlace:
    """Where one node listens: ports, and the name by which the others reach it.

    `outside` is a port by which clients reach it on the loopback address of the machine that its network is
    on, when that is another: brokers in containers.
    """

    clients: int
    controllers: int
    host: str = LOOPBACK
    outside: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A cluster of one node for tests, or of three: node ids are 1, 2, 3, in the order of their places."""

    places: tuple[NodePlace, ...]

    def __post_init__(self) -> None:
        if len(self.places) not in (1, NODES_MAX):
            raise ValueError(f"a cluster has 1 or {NODES_MAX} nodes, not {len(self.places)}")

    @property
    def node_ids(self) -> range:
        """The nodes."""
        return range(1, len(self.places) + 1)

    @property
    def bootstrap(self) -> str:
        """Where clients begin."""
        return ",".join(f"{place.host}:{place.clients}" for place in self.places)

    @property
    def voters(self) -> str:
        """Every node is a controller too."""
        numbered = zip(self.node_ids, self.places, strict=True)
        return ",".join(f"{node}@{place.host}:{place.controllers}" for node, place in numbered)

    def of(self, node: int) -> NodePlace:
        """The place of a node."""
        return self.places[node - 1]


def free_plan(nodes: int) -> Plan:
    """A cluster on ports that nobody uses at this instant."""
    return Plan(tuple(NodePlace(free_port(), free_port()) for _ in range(nodes)))


def node_name(node: int) -> str:
    """The name under which a node has its certificate."""
    return f"kafka-{node}"


def properties(plan: Plan, node: int, data: Path, keystore: Path, authority: Path) -> Mapping[str, str]:
    """All settings of a node."""
    return {
        **_listeners(plan, node),
        **_identity(keystore, authority),
        **_replication(len(plan.places)),
        **_quick_to_notice(len(plan.places)),
        **_ending(plan),
        **_SMALL,
        **_QUIET,
        "log.dirs": str(data),
        "auto.create.topics.enable": "false",
    }


def lines(settings: Mapping[str, str]) -> str:
    """The text of a properties file. A backslash begins an escape in it."""
    return "".join(f"{name}={value}\n" for name, value in settings.items()).replace("\\", "\\\\")


def _listeners(plan: Plan, node: int) -> Mapping[str, str]:
    place = plan.of(node)
    bound = {"SSL": place.clients, "CONTROLLER": place.controllers}
    told = [f"SSL://{place.host}:{place.clients}"]
    if place.outside is not None:
        bound["OUTSIDE"] = place.outside
        told.append(f"OUTSIDE://{LOOPBACK}:{place.outside}")
    address = LOOPBACK if place.host == LOOPBACK else EVERYWHERE
    return {
        "process.roles": "broker,controller",
        "node.id": str(node),
        "controller.quorum.voters": plan.voters,
        "listeners": ",".join(f"{name}://{address}:{port}" for name, port in bound.items()),
        "advertised.listeners": ",".join(told),
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "SSL",
        "listener.security.protocol.map": ",".join(f"{name}:SSL" for name in bound),
    }


def _identity(keystore: Path, authority: Path) -> Mapping[str, str]:
    """Mutual TLS on every listener; who connects is the common name of the certificate."""
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keystore),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority),
        "ssl.client.auth": "required",
        "ssl.principal.mapping.rules": "RULE:^CN=([^,]+)(,.*)?$/$1/,DEFAULT",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": ";".join(f"User:{name}" for name in KAFKA_SUPER_USERS),
        "allow.everyone.if.no.acl.found": "false",
    }


def _replication(nodes: int) -> Mapping[str, str]:
    """Every record on all nodes; a write counts when all but one have it."""
    copies, in_sync = str(nodes), str(max(1, nodes - 1))
    return {
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        "unclean.leader.election.enable": "false",
    }


def _quick_to_notice(nodes: int) -> Mapping[str, str]:
    """One machine has no slow network: who is gone is noticed in seconds, and may come back at once."""
    return {
        "broker.session.timeout.ms": "3000" if nodes > 1 else "2000",
        "broker.heartbeat.interval.ms": "1000" if nodes > 1 else "500",
        "controller.quorum.election.timeout.ms": "1000",
        "controller.quorum.fetch.timeout.ms": "2000",
        "controller.quorum.election.backoff.max.ms": "500",
        "replica.lag.time.max.ms": "5000",
        "group.min.session.timeout.ms": "1000",
        "group.initial.rebalance.delay.ms": "0",
    }


def _ending(plan: Plan) -> Mapping[str, str]:
    """Brokers on one machine end together, and there is nobody to hand over to.

    The last one would wait for a majority of controllers that is gone.
    """
    together = all(place.host == LOOPBACK for place in plan.places)
    return {"controlled.shutdown.enable": "false"} if together else {}


_SMALL = {
    "offsets.topic.num.partitions": "3",
    "transaction.state.log.num.partitions": "3",
    "share.coordinator.state.topic.num.partitions": "1",
    "num.network.threads": "1",
    "num.io.threads": "2",
    "num.replica.fetchers": "1",
    "background.threads": "2",
    "log.cleaner.dedupe.buffer.size": "4194304",
    "log.segment.bytes": "16777216",
    "log.retention.check.interval.ms": "60000",
}

_QUIET = {
    "metadata.max.idle.interval.ms": "5000",
    "replica.fetch.wait.max.ms": "2000",
    "replica.high.watermark.checkpoint.interval.ms": "30000",
}
"""What brokers do when there is nothing to do: by their own defaults all of it twice a second and more.

A record is answered at once whatever a fetch may wait. The controllers' empty records only show lag.
"""
