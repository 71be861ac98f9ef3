"""Ports for a platform of a test's own, so that two that start at the same moment do not meet."""

from collections.abc import Mapping
from random import Random

from huiyin_kernel.settings import SERVICE_NAMES
from huiyin_launcher.embedded.claim import LOOPBACK, is_free

_FIRST, _LAST, _STEP = 20_000, 30_000, 20
"""Below the range from which the system gives ports to clients."""


def ports_of_its_own() -> Mapping[str, str]:
    """The settings, as environment variables, for services and database on ports that nobody uses."""
    start = Random().randrange(_FIRST, _LAST, _STEP)
    free = [port for port in range(start, start + 10 * _STEP) if is_free(port)]
    addresses = zip(SERVICE_NAMES, free, strict=False)
    services = {f"HUIYIN_ADDRESSES__{name.upper()}": f"{LOOPBACK}:{port}" for name, port in addresses}
    others = free[len(SERVICE_NAMES) :]
    return {**services, "HUIYIN_POSTGRES_PORT": str(others[0]), "HUIYIN_KAFKA_PORT": str(others[1])}
