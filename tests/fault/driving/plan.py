"""Plans of faults: the same seed gives the same plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from huiyin_kernel.settings import SERVICE_NAMES


class Kind(StrEnum):
    """What can happen to the platform."""

    KILL_SERVICE = "kill"
    FREEZE_SERVICE = "freeze"
    KILL_DATABASE = "kill PostgreSQL"
    STOP_DATABASE = "stop PostgreSQL without a checkpoint"
    KILL_BACKEND = "kill a connection's process in PostgreSQL"
    FREEZE_DATABASE = "freeze PostgreSQL"
    KILL_SUPERVISOR = "kill the supervisor"
    KILL_EVERYTHING = "kill everything"
    KILL_IMPORT = "kill the import"
    KILL_RELAY = "kill relay"
    FREEZE_RELAY = "freeze relay"
    KILL_WORKER = "kill worker"
    STOP_WORKER = "stop worker"
    JOIN_WORKER = "a worker more joins and leaves"
    KILL_BROKER = "kill broker"
    STOP_BROKER = "stop broker"
    FREEZE_BROKER = "freeze broker"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: after how long a wait, what, to which process, and for how long it lasts."""

    wait_seconds: float
    kind: Kind
    process: str = ""
    seconds: float = 0.0

    def __str__(self) -> str:
        lasts = f" for {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.kind} {self.process}".rstrip() + lasts


RELAYS, WORKERS, BROKERS = ("relay-1", "relay-2"), ("worker-1", "worker-2"), ("kafka-1", "kafka-2", "kafka-3")

_WEIGHTS: Mapping[Kind, int] = {
    Kind.KILL_SERVICE: 8,
    Kind.FREEZE_SERVICE: 3,
    Kind.KILL_DATABASE: 2,
    Kind.STOP_DATABASE: 1,
    Kind.KILL_BACKEND: 2,
    Kind.FREEZE_DATABASE: 1,
    Kind.KILL_SUPERVISOR: 1,
    Kind.KILL_EVERYTHING: 1,
    Kind.KILL_IMPORT: 2,
}
_CLUSTER_WEIGHTS: Mapping[Kind, int] = {
    **_WEIGHTS,
    Kind.KILL_RELAY: 4,
    Kind.FREEZE_RELAY: 3,
    Kind.KILL_WORKER: 4,
    Kind.STOP_WORKER: 2,
    Kind.JOIN_WORKER: 2,
    Kind.KILL_BROKER: 3,
    Kind.STOP_BROKER: 2,
    Kind.FREEZE_BROKER: 1,
}
_OF_ONE: Mapping[Kind, tuple[str, ...]] = {
    Kind.KILL_SERVICE: SERVICE_NAMES,
    Kind.FREEZE_SERVICE: SERVICE_NAMES,
    Kind.KILL_BACKEND: SERVICE_NAMES,
    Kind.KILL_RELAY: RELAYS,
    Kind.FREEZE_RELAY: RELAYS,
    Kind.KILL_WORKER: WORKERS,
    Kind.STOP_WORKER: WORKERS,
    Kind.KILL_BROKER: BROKERS,
    Kind.STOP_BROKER: BROKERS,
    Kind.FREEZE_BROKER: BROKERS,
}
"""Faults that hit one process, and which there are."""
_LASTING = (
    *(Kind.FREEZE_SERVICE, Kind.FREEZE_DATABASE, Kind.KILL_SUPERVISOR, Kind.KILL_EVERYTHING),
    *(Kind.FREEZE_RELAY, Kind.JOIN_WORKER, Kind.FREEZE_BROKER),
)
_LONGER = (Kind.FREEZE_RELAY, Kind.JOIN_WORKER)
"""A relay frozen for longer than its lease wakes up as a zombie; a worker that joins must get its share."""
WAIT_SECONDS_MIN, WAIT_SECONDS_MAX = 0.1, 4.0
LASTS_SECONDS_MIN, LASTS_SECONDS_MAX = 0.2, 5.0
LONGER = 3.0


def plan(seed: int, count: int, *, cluster: bool = False) -> tuple[Fault, ...]:
    """The faults of a round, in their order."""
    chance = Random(f"faults {seed}")
    weights = _CLUSTER_WEIGHTS if cluster else _WEIGHTS
    return tuple(_fault(chance, weights) for _ in range(count))


def _fault(chance: Random, weights: Mapping[Kind, int]) -> Fault:
    kind = chance.choices(list(weights), list(weights.values()))[0]
    wait = chance.uniform(WAIT_SECONDS_MIN, WAIT_SECONDS_MAX)
    process = chance.choice(_OF_ONE.get(kind, ("",)))
    lasts = chance.uniform(LASTS_SECONDS_MIN, LASTS_SECONDS_MAX) * (LONGER if kind in _LONGER else 1.0)
    return Fault(wait, kind, process, lasts if kind in _LASTING else 0.0)
