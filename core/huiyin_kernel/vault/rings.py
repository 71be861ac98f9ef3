"""The rings of an installation: one for each service that keeps secrets, so that none can open another's."""

from collections.abc import Mapping

from huiyin_kernel.clock import Clock
from huiyin_kernel.home import Home
from huiyin_kernel.identity.files import locked, make_private_directory, sync_directory
from huiyin_kernel.settings import RING_NAMES, ServiceName
from huiyin_kernel.vault.master import MasterKeys, create_key_file, open_master_keys
from huiyin_kernel.vault.sources import ENVIRONMENT_VARIABLE, lock_file, read_ring, write_ring

SHARED_BEFORE = "master.json.0.1"
"""What becomes of the one ring that all services of version 0.1 shared."""


def ensure_rings(home: Home, clock: Clock) -> None:
    """Makes the rings that are missing: each a fresh one, or the one that all services of 0.1 shared.

    The shared ring is then set aside; the next rotation gives each service master keys of its own. Ended at
    any moment and run again, it goes on. Raises KeyFileError.
    """
    make_private_directory(home.rings)
    if home.shared_ring.exists():
        _hand_out(home)
    for name in RING_NAMES:
        create_key_file(home.ring(name), clock)


def _hand_out(home: Home) -> None:
    with locked(lock_file(home.shared_ring)):
        ring = read_ring(home.shared_ring)
        for name in RING_NAMES:
            if not home.ring(name).exists():
                write_ring(home.ring(name), ring)
        home.shared_ring.replace(home.secrets / SHARED_BEFORE)
        sync_directory(home.secrets)


def open_ring(home: Home, service: ServiceName, environment: Mapping[str, str], clock: Clock) -> MasterKeys:
    """The ring of a service: of the environment where that has it, else of its file. Raises KeyFileError."""
    return open_master_keys(home.ring(service), ring_environment(environment, service), clock)


def ring_environment(environment: Mapping[str, str], service: ServiceName) -> dict[str, str]:
    """Of an environment, the ring of one service: its own, else the one for all; empty when there is none."""
    own = environment.get(f"{ENVIRONMENT_VARIABLE}_{service.upper()}")
    value = own or environment.get(ENVIRONMENT_VARIABLE)
    return {ENVIRONMENT_VARIABLE: value} if value else {}
