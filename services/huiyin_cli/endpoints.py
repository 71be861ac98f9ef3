"""Where the services of this start listen: the usual ports where they are free, others where not."""

import json
from collections.abc import Mapping

from huiyin_kernel.identity.files import write_whole
from huiyin_kernel.settings import SERVICE_NAMES, Addresses, Settings
from huiyin_launcher.embedded.claim import LOOPBACK, free_port, is_free
from huiyin_launcher.processes import Say


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
