"""A cluster of one or three Kafka brokers, run as children of this process in data folders made whole."""

import base64
import re
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from huiyin_kernel.home import FolderLock, Home
from huiyin_kernel.identity import certificates
from huiyin_kernel.identity.development import KAFKA_OBSERVER
from huiyin_kernel.identity.files import write_whole
from huiyin_kernel.identity.profiles import ClientProfile
from huiyin_launcher.brokers.jars import SERVER, BrokerError, BrokersSeen, LookAtBrokers, Runtime
from huiyin_launcher.brokers.properties import Plan, lines, node_name, properties
from huiyin_launcher.embedded.account import server_environment
from huiyin_launcher.processes import Child, ChildSpec, last_words

_METADATA = "meta.properties"
_CHECKPOINT = "bootstrap.checkpoint"


def new_id() -> str:
    """A fresh id, as Kafka writes them: 16 random bytes in base64."""
    first, *rest = secrets.token_bytes(16)
    # Without its highest bit the first byte never becomes a "-", which Kafka's tools take for an option.
    return base64.urlsafe_b64encode(bytes((first & 0x7F, *rest))).decode().rstrip("=")


def cluster_id(folder: Path) -> str:
    """The id of the cluster whose brokers are kept below the folder, made on first use."""
    path = folder / "cluster-id"
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.write_text(new_id(), encoding="ascii")
        fresh.rename(path)
    return path.read_text(encoding="ascii")


def make_data(data: Path, cluster: str, node: int, checkpoint: bytes) -> None:
    """Makes what `kafka-storage format` makes, without a Java program for each node.

    A data folder that is there already stays as it is.
    """
    if (data / _METADATA).exists():
        return
    fresh = data.with_name(f"{data.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    (fresh / _METADATA).write_text(
        f"version=1\ncluster.id={cluster}\nnode.id={node}\ndirectory.id={new_id()}\n", encoding="ascii"
    )
    (fresh / _CHECKPOINT).write_bytes(checkpoint)
    fresh.rename(data)


READY_SECONDS = 120.0
STOP_SECONDS = 20.0
LOCK_SECONDS = 5.0  # brokers whose owner was killed this instant are given the time to be gone
POLL_SECONDS = 0.05
CRASHES_WHILE_STARTING_MAX = 5
LOG_BYTES = 30_000
_WRONG = re.compile(r" (ERROR|FATAL) |^(Caused by: )?[\w.$]+(Exception|Error): ")

OnLook = Callable[[], None]


class KafkaCluster:
    """Brokers on the loopback address, with mutual TLS and access lists. Use it from the main thread.

    Each broker is killed when this process ends without stopping it; Kafka recovers from that.
    """

    def __init__(self, home: Home, plan: Plan, runtime: Runtime, inherited: tuple[int, ...] = ()) -> None:
        self.plan = plan
        self._home = home
        self.nodes: dict[int, Child] = {}
        self._runtime, self._inherited = runtime, inherited
        self._lock: FolderLock | None = None

    @property
    def bootstrap(self) -> str:
        """Where clients begin: host:port, separated by commas."""
        return self.plan.bootstrap

    def prepare(self) -> None:
        """Takes the folder and writes what the brokers read: data folders on first use, the rest each time.

        Raises BrokerError when another process has the folder.
        """
        self._home.kafka.mkdir(parents=True, exist_ok=True)
        self._take()
        cluster = cluster_id(self._home.kafka)
        for node in self.plan.node_ids:
            self._prepare(node, cluster)

    def start(self) -> None:
        """Starts all brokers and returns when all are usable. Raises BrokerError."""
        self.prepare()
        try:
            for child in self.nodes.values():
                child.start()
            self.wait_ready()
        except BaseException:
            self.kill()
            raise

    def wait_ready(self, brokers: int | None = None, look: OnLook | None = None) -> None:
        """Waits until that many brokers (all, if none is said) are usable. Raises BrokerError.

        `look` is called meanwhile; without it a broker that ended is an error.
        """
        observer = service_profile(self._home, KAFKA_OBSERVER)
        wanted = brokers or len(self.plan.places)
        look_at = self._runtime.look_at_brokers
        wait_until_usable(look_at, self.bootstrap, observer, wanted, look or self._none_has_ended)

    def look(self) -> BrokersSeen:
        """How many brokers the cluster itself counts as alive."""
        return self._runtime.look_at_brokers(self.bootstrap, service_profile(self._home, KAFKA_OBSERVER))

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Asks all to end in good order; what has not ended in time is killed."""
        for child in self.nodes.values():
            child.ask_to_stop()
        deadline = time.monotonic() + seconds
        for child in self.nodes.values():
            child.ensure_stopped(deadline)
        self._release()

    def kill(self) -> None:
        """Ends all at once, as a failure of the machine would."""
        for child in self.nodes.values():
            child.kill()
        self._release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _take(self) -> None:
        """A lock that brokers hold too: two on one data folder, of one run or of two, would spoil it."""
        if self._lock is not None:
            return
        lock = FolderLock(self._home.kafka / "brokers.lock")
        if not lock.take(LOCK_SECONDS):
            raise BrokerError(
                f"{self._home.kafka} is in use by other brokers: end the processes that hold {lock.path}"
            )
        self._lock = lock
        inherited = (*self._inherited, lock.descriptor)
        self.nodes = {node: Child(self._spec(node), inherited) for node in self.plan.node_ids}

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _folder(self, node: int) -> Path:
        return self._home.kafka / str(node)

    def _spec(self, node: int) -> ChildSpec:
        name = node_name(node)
        command = self._runtime.command(SERVER, str(self._folder(node) / "server.properties"))
        return ChildSpec(name, command, server_environment(), self._home.logs / f"{name}.log")

    def _prepare(self, node: int, cluster: str) -> None:
        folder = self._folder(node)
        folder.mkdir(mode=0o700, exist_ok=True)
        place = folder / "data"
        make_data(place, cluster, node, self._runtime.checkpoint)
        profile, keystore = service_profile(self._home, node_name(node)), folder / "identity.pem"
        write_whole(keystore, profile.read_key() + profile.certificate.read_bytes())
        settings = properties(self.plan, node, place, keystore, profile.authority)
        write_whole(folder / "server.properties", lines(settings).encode())

    def none_keeps_ending(self) -> None:
        """Raises BrokerError for a broker that ended again and again, with what it said was wrong."""
        for child in self.nodes.values():
            if child.crashes >= CRASHES_WHILE_STARTING_MAX:
                raise BrokerError(f"{child.spec.name} keeps ending: {_reason(child.spec.log_file)}")

    def _none_has_ended(self) -> None:
        for child in self.nodes.values():
            if child.has_ended:
                raise BrokerError(f"{child.spec.name} ended: {_reason(child.spec.log_file)}")


def wait_until_usable(
    look_at_brokers: LookAtBrokers, bootstrap: str, observer: ClientProfile, brokers: int, look: OnLook
) -> None:
    """Waits until the cluster counts that many brokers as alive; `look` is called meanwhile.

    Raises BrokerError when they are not in time.
    """
    deadline = time.monotonic() + READY_SECONDS
    while (seen := look_at_brokers(bootstrap, observer)).brokers < brokers:
        look()
        if time.monotonic() > deadline:
            raise BrokerError(
                f"{seen.brokers} of {brokers} brokers at {bootstrap} are usable after {READY_SECONDS:.0f} s; "
                f"{seen.said}"
            )
        time.sleep(POLL_SECONDS)


def _reason(log: Path) -> str:
    """The last that a broker said was wrong; brokers say much else after that when they end."""
    said = last_words(log, LOG_BYTES)
    wrong = [line for line in said.splitlines() if _WRONG.search(line)]
    return f"{' | '.join(wrong[-2:]) or said[-500:]} ({log})"


def service_profile(home: Home, name: str) -> ClientProfile:
    """The certificate of a service or broker, as the development authority keeps it."""
    folder = home.identity / certificates.SERVICES
    return ClientProfile(
        name=f"service@{name}",
        authority=certificates.certificate_file(home.identity, certificates.AUTHORITY),
        certificate=certificates.certificate_file(folder, name),
        key=certificates.key_file(folder, name),
    )
