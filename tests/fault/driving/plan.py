"""Plans of faults: the same seed gives the same plan."""

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


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: after how long a wait, what, to which service, and for how long it lasts."""

    wait_seconds: float
    kind: Kind
    service: str = ""
    seconds: float = 0.0

    def __str__(self) -> str:
        lasts = f" for {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.kind} {self.service}".rstrip() + lasts


_WEIGHTS = {
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
_OF_A_SERVICE = (Kind.KILL_SERVICE, Kind.FREEZE_SERVICE, Kind.KILL_BACKEND)
_LASTING = (Kind.FREEZE_SERVICE, Kind.FREEZE_DATABASE, Kind.KILL_SUPERVISOR, Kind.KILL_EVERYTHING)
WAIT_SECONDS_MIN, WAIT_SECONDS_MAX = 0.1, 4.0
LASTS_SECONDS_MIN, LASTS_SECONDS_MAX = 0.2, 5.0


def plan(seed: int, count: int) -> tuple[Fault, ...]:
    """The faults of a round, in their order."""
    chance = Random(f"faults {seed}")
    return tuple(_fault(chance) for _ in range(count))


def _fault(chance: Random) -> Fault:
    kind = chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
    wait = chance.uniform(WAIT_SECONDS_MIN, WAIT_SECONDS_MAX)
    service = chance.choice(SERVICE_NAMES)
    lasts = chance.uniform(LASTS_SECONDS_MIN, LASTS_SECONDS_MAX)
    return Fault(wait, kind, service if kind in _OF_A_SERVICE else "", lasts if kind in _LASTING else 0.0)
