"""The processes beside database and brokers: where they listen, what each runs and is told."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from huiyin_kernel.identity.files import write_whole
from huiyin_kernel.settings import RING_NAMES, SERVICE_NAMES, Addresses, Settings
from huiyin_kernel.vault.rings import ring_environment
from huiyin_launcher.embedded.claim import LOOPBACK, free_port, is_free
from huiyin_launcher.processes import Child, ChildSpec, Say, python_module


class Ports:
    """Gives out ports, each once."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._given: set[int] = set()

    def take(self, name: str, preferred: int) -> int:
        """The preferred port if it is free; else another one, which is said."""
        if preferred not in self._given and is_free(preferred):
            self._given.add(preferred)
            return preferred
        port = self.any()
        self._say(
            f"端口 {preferred} 已被占用，{name} 改用 {port} · port {preferred} is taken: {name} uses {port}"
        )
        return port

    def any(self) -> int:
        """Some free port."""
        while (port := free_port()) in self._given:
            continue
        self._given.add(port)
        return port


def choose(settings: Settings, ports: Ports) -> Addresses:
    """An address on this machine for each service."""
    chosen = {name: ports.take(name, settings.addresses.port(name)) for name in SERVICE_NAMES}
    return Addresses(**{name: f"{LOOPBACK}:{port}" for name, port in chosen.items()})


def write(settings: Settings, addresses: Addresses, postgres: str, metrics: Mapping[str, int]) -> None:
    """Tells others where services and Kafka are, and each process's /metrics; goes away at the stop."""
    places = {"postgres": postgres, "kafka": settings.kafka.bootstrap, "metrics": metrics}
    content = {**addresses.model_dump(), **places}
    write_whole(settings.paths.endpoints, json.dumps(content, indent=2).encode() + b"\n", mode=0o644)


def environment(addresses: Addresses) -> Mapping[str, str]:
    """The settings by which a process learns the addresses."""
    return {f"HUIYIN_ADDRESSES__{name.upper()}": addresses.of(name) for name in SERVICE_NAMES}


DATABASE_VARIABLE = "HUIYIN_DATABASE_URL"

_OURS = "HUIYIN_"
_SETTINGS = frozenset(Settings.model_fields) - {"database_url"}
_OF_THE_SYSTEM = frozenset(
    ("PATH", "HOME", "USER", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
)
_FAMILIES = ("LC_", "PYTHON", "GRPC_", "OTEL_EXPORTER_OTLP_ENDPOINT", "SSL_CERT_")
"""Beginnings of names; OTEL_EXPORTER_OTLP_HEADERS, which may hold a token, is not among them."""


@dataclass(frozen=True, slots=True)
class ProcessPart:
    """One process. `access` names its access to the database; None: it has none; `nice` is what it yields."""

    name: str
    module: str
    access: str | None
    nice: int = 0


_AFTER_COMMANDS = 5
"""What follows the logs yields the processor to who waits for an answer, three to one where it is scarce."""


SERVICES = (
    *(ProcessPart(name, f"huiyin_{name}", name) for name in SERVICE_NAMES),
    ProcessPart("streams-folds", "huiyin_streams.fold_host", "streams", _AFTER_COMMANDS),
)
"""The services, and the fold host beside the process that answers for streams."""
BEHIND = (
    ProcessPart("relay-1", "huiyin_relay", "relay"),
    ProcessPart("relay-2", "huiyin_relay", "relay"),
    ProcessPart("worker-1", "huiyin_streams.faust_host", None, _AFTER_COMMANDS),
    ProcessPart("worker-2", "huiyin_streams.faust_host", None, _AFTER_COMMANDS),
)
"""What cluster mode has in addition: each relay may stand in for the other, the workers share the work."""


@dataclass(frozen=True, slots=True)
class Makings:
    """What the processes of this start are made with. `descriptor` is the lock that all of them hold."""

    settings: Settings
    addresses: Addresses
    accesses: Mapping[str, str]
    metrics: Mapping[str, int]
    descriptor: int

    def child(self, part: ProcessPart) -> Child:
        """A process, not started yet."""
        log = self.settings.paths.logs / f"{part.name}.log"
        spec = ChildSpec(part.name, python_module(part.module), dict(self._environment(part)), log, part.nice)
        return Child(spec, (self.descriptor,))

    def _environment(self, part: ProcessPart) -> Iterator[tuple[str, str]]:
        yield from handed_on(os.environ).items()
        yield from environment(self.addresses).items()
        yield "HUIYIN_HOME", str(self.settings.paths.root)
        yield "HUIYIN_INSTANCE", part.name
        yield "HUIYIN_METRICS_PORT", str(self.metrics[part.name])
        yield "HUIYIN_KAFKA__BOOTSTRAP", self.settings.kafka.bootstrap
        yield "PYTHONUNBUFFERED", "1"
        if part.access is not None:
            yield DATABASE_VARIABLE, self.accesses[part.access]
        if part.name in RING_NAMES:
            yield from ring_environment(os.environ, part.name).items()


def handed_on(environment: Mapping[str, str]) -> dict[str, str]:
    """Of our environment, what every process may see: where things are and how to behave, and no secret.

    Named one by one: a secret that somebody puts into the environment for another program reaches nobody.
    The access to the database and the rings are given to those alone that use them.
    """
    return {name: value for name, value in environment.items() if _is_handed_on(name)}


def _is_handed_on(name: str) -> bool:
    field = name.upper().removeprefix(_OURS).lower().partition("__")[0]
    ours = name.upper().startswith(_OURS) and field in _SETTINGS
    return ours or name in _OF_THE_SYSTEM or name.startswith(_FAMILIES)


def parts(settings: Settings) -> tuple[ProcessPart, ...]:
    """The processes of this mode, in their order of start."""
    return (*SERVICES, *BEHIND) if settings.is_cluster else SERVICES
