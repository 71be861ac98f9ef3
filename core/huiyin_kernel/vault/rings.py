"""The rings of an installation: one for each service that keeps secrets, so that none can open another's.

A vault and its ring of master keys belong together: the wrong ring is told before it does harm.

Under another ring nothing that is sealed opens, new cases get query codes that no log knows, and commands
sent again are taken for others. So the vault remembers, of each key and of the root, a check value: derived
from the secret, it tells two secrets apart and says nothing of either.
"""

from collections.abc import Mapping
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from huiyin_kernel.home import Home
from huiyin_kernel.identity.files import locked, make_private_directory, sync_directory
from huiyin_kernel.settings import RING_NAMES, ServiceName
from huiyin_kernel.vault.keyring import ENVIRONMENT_VARIABLE, ROOT, KeyRing, lock_file, read_ring, write_ring
from huiyin_kernel.vault.keys import VaultError
from huiyin_kernel.vault.master import MasterKeys, create_key_file, open_master_keys
from huiyin_store.port import StoredKey, WorldClock

SHARED_BEFORE = "master.json.0.1"
"""What becomes of the one ring that all services of version 0.1 shared."""


def ensure_rings(home: Home, clock: WorldClock) -> None:
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


def open_ring(
    home: Home, service: ServiceName, environment: Mapping[str, str], clock: WorldClock
) -> MasterKeys:
    """The ring of a service: of the environment where that has it, else of its file. Raises KeyFileError."""
    return open_master_keys(home.ring(service), ring_environment(environment, service), clock)


def ring_environment(environment: Mapping[str, str], service: ServiceName) -> dict[str, str]:
    """Of an environment, the ring of one service: its own, else the one for all; empty when there is none."""
    own = environment.get(f"{ENVIRONMENT_VARIABLE}_{service.upper()}")
    value = own or environment.get(ENVIRONMENT_VARIABLE)
    return {ENVIRONMENT_VARIABLE: value} if value else {}


_CHECK_BYTES = 32


class WrongRingError(VaultError):
    """The vault was sealed under another ring of master keys: under this one nothing may be done."""


class RingTable(Protocol):
    """The part of the event store that knows the ring."""

    log: str

    async def key_checks(self) -> dict[str, bytes]: ...

    async def add_key_checks(self, checks: Mapping[str, bytes]) -> None: ...

    async def key_under_each_master(self) -> list[StoredKey]: ...


def check_values(ring: KeyRing) -> dict[str, bytes]:
    """The check value of each key of a ring, and of its root, by name."""
    secrets = {ROOT: ring.root, **{key.name: key.secret for key in ring.keys}}
    return {name: _check_value(secret) for name, secret in secrets.items()}


async def ensure_ring(store: RingTable, master: MasterKeys) -> None:
    """Returns when the ring is the vault's own, and remembers what is new of it. Raises WrongRingError.

    A vault that knows no check value yet, such as one of version 0.1, is given them once the ring has opened
    a living key under each master key that wraps any; a new vault at once.
    """
    values, known = check_values(master.ring), await store.key_checks()
    for name, value in values.items():
        if known.get(name, value) != value:
            raise _wrong(store, f"its {_named(name)} is another one")
    for key in await store.key_under_each_master():
        if key.master not in values:
            raise _wrong(store, f"it has no key {key.master}")
        if key.master not in known:  # else the check value is proof, whatever became of this one data key
            _prove(store, master, key)
    await store.add_key_checks({name: value for name, value in values.items() if name not in known})


def _prove(store: RingTable, master: MasterKeys, key: StoredKey) -> None:
    try:
        master.unwrap(key)
    except VaultError as error:
        raise _wrong(store, f"its key {key.master} does not open the data key {key.key_id}") from error


def _wrong(store: RingTable, cause: str) -> WrongRingError:
    return WrongRingError(
        f"{store.log} is sealed under another ring of master keys ({cause}): "
        f"put back the ring that this database was used with, from the backup of its time"
    )


def _named(name: str) -> str:
    return "root secret" if name == ROOT else f"key {name}"


def _check_value(secret: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _CHECK_BYTES, salt=None, info=b"huiyin check value").derive(secret)
