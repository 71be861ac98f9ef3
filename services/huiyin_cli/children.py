"""The processes of the platform beside database and brokers: what each runs, and what it is told."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from huiyin_cli import endpoints
from huiyin_kernel.processes import Child, ChildSpec, python_module
from huiyin_kernel.settings import SERVICE_NAMES, Addresses, Settings

DATABASE_VARIABLE = "HUIYIN_DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Part:
    """One process. `access` names its access to the database; None: it has none."""

    name: str
    module: str
    access: str | None


SERVICES = tuple(Part(name, f"huiyin_{name}", name) for name in SERVICE_NAMES)
BEHIND = (
    Part("relay-1", "huiyin_relay", "relay"),
    Part("relay-2", "huiyin_relay", "relay"),
    Part("worker-1", "huiyin_streams.faust_host", None),
    Part("worker-2", "huiyin_streams.faust_host", None),
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

    def child(self, part: Part) -> Child:
        """A process, not started yet."""
        log = self.settings.paths.logs / f"{part.name}.log"
        spec = ChildSpec(part.name, python_module(part.module), dict(self._environment(part)), log)
        return Child(spec, (self.descriptor,))

    def _environment(self, part: Part) -> Iterator[tuple[str, str]]:
        # The administrator's own access to the database is for nobody else.
        yield from ((name, value) for name, value in os.environ.items() if name != DATABASE_VARIABLE)
        yield from endpoints.environment(self.addresses).items()
        yield "HUIYIN_HOME", str(self.settings.paths.root)
        yield "HUIYIN_INSTANCE", part.name
        yield "HUIYIN_METRICS_PORT", str(self.metrics[part.name])
        yield "HUIYIN_KAFKA__BOOTSTRAP", self.settings.kafka.bootstrap
        yield "PYTHONUNBUFFERED", "1"
        if part.access is not None:
            yield DATABASE_VARIABLE, self.accesses[part.access]


def parts(settings: Settings) -> tuple[Part, ...]:
    """The processes of this mode, in their order of start."""
    return (*SERVICES, *BEHIND) if settings.is_cluster else SERVICES
