"""Rotation of the master key: a new one, every data key rewrapped and read back, the old one retired."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from huiyin_kernel.vault.keys import KeyTable, VaultError
from huiyin_kernel.vault.master import MasterKeys
from huiyin_kernel.vault.rings import RingTable, ensure_ring
from huiyin_store.port import NewKey, StoredKey

BATCH = 64
BATCHES_MAX = 1_000_000
UNREADABLE_MAX = 1_000
"""So many keys that cannot be unwrapped are no accident: the rotation stops."""

RETIRED_KEPT_FOR = timedelta(hours=1)
"""A service that was suspended may still wrap under the old key; this long it can be unwrapped."""

Progress = Callable[[str, int], None]
"""Told the log and how many of its keys have been rewrapped."""


class RotatedTable(KeyTable, RingTable, Protocol):
    """The vault of a store: its wrapped keys, and what it knows of its ring."""


class RotationError(VaultError):
    """The rotation cannot go on. What was done stays good; the old keys stay in the ring."""


@dataclass(frozen=True, slots=True)
class RotationResult:
    """What a rotation did.

    With `unreadable` keys nothing was retired: raise an alarm for them. Keys from the environment are
    neither retired nor removed here, but once nothing is unreadable the older ones may go from it.
    """

    master: str
    resumed: bool
    rewrapped: int
    unreadable: tuple[UUID, ...]
    retired: tuple[str, ...]
    removed: tuple[str, ...]


async def rotate(
    stores: Sequence[RotatedTable],
    master: MasterKeys,
    progress: Progress | None = None,
    kept_for: timedelta = RETIRED_KEPT_FOR,
) -> RotationResult:
    """Puts every living data key of all stores under a new master key, while services keep working.

    `stores` must be all that share the ring: a retired master key is removed from it once nothing in them
    is under it. Killed half-way and started again, it goes on with the same new key. A backup of a store
    needs the ring of its time: keep the two together. Raises RotationError, WrongRingError, or KeyFileError,
    also when another rotation runs.
    """
    with master.lock():
        ring = master.reload()
        await _ensure(stores, master)
        resumed = bool(ring.unfinished())
        active = ring.active.name if resumed else master.add_new()
        await _ensure(stores, master)  # again, for the new key
        rewrappings = [_Rewrapping(store, master, active) for store in stores]
        for rewrapping in rewrappings:
            await rewrapping.run(progress or _silent)
        unreadable = tuple(key_id for one in rewrappings for key_id in sorted(one.unreadable))
        count = sum(one.count for one in rewrappings)
        retired, removed = ((), ()) if unreadable else master.retire_older(kept_for)
        return RotationResult(active, resumed, count, unreadable, retired, removed)


async def _ensure(stores: Sequence[RotatedTable], master: MasterKeys) -> None:
    for store in stores:
        await ensure_ring(store, master)


class _Rewrapping:
    """The rewrapping of one store's keys."""

    def __init__(self, store: KeyTable, master: MasterKeys, active: str) -> None:
        self._store, self._master, self._active = store, master, active
        self.count = 0
        self.unreadable: set[UUID] = set()

    async def run(self, progress: Progress) -> None:
        """Rewraps until no readable key is under another master; ones added meanwhile included."""
        for _ in range(BATCHES_MAX):
            limit = BATCH + len(self.unreadable)
            stored = await self._store.keys_not_under(self._active, limit)
            batch = [key for key in stored if key.key_id not in self.unreadable]
            if not batch:
                return
            self.count += await self._rewrap(batch)
            progress(self._store.log, self.count)
        raise RotationError(f"{self._store.log} still has keys under old masters: start the rotation again")

    async def _rewrap(self, batch: Sequence[StoredKey]) -> int:
        secrets = {key.key_id: secret for key in batch if (secret := self._secret(key)) is not None}
        subjects = {key.key_id: key.subject for key in batch}
        new = [self._master.wrap(key_id, subjects[key_id], secret) for key_id, secret in secrets.items()]
        await asyncio.gather(*(self._store.rewrap_key(_stored(key)) for key in new))
        await self._verify(secrets)
        return len(new)

    def _secret(self, key: StoredKey) -> bytes | None:
        try:
            return self._master.unwrap(key)
        except VaultError as error:
            self.unreadable.add(key.key_id)
            if len(self.unreadable) > UNREADABLE_MAX:
                raise RotationError(
                    f"more than {UNREADABLE_MAX} keys of {self._store.log} cannot be unwrapped: "
                    "raise an alarm, the vault was altered"
                ) from error
            return None

    async def _verify(self, secrets: dict[UUID, bytes]) -> None:
        """Reads back what was written; a key destroyed meanwhile stays destroyed."""
        for key in await self._store.read_keys(list(secrets)):
            if key.wrapped is not None and self._master.unwrap(key) != secrets[key.key_id]:
                raise RotationError(
                    f"key {key.key_id} of {self._store.log} changed in rotation: raise an alarm"
                )


def _stored(key: NewKey) -> StoredKey:
    return StoredKey(key.key_id, key.subject, key.wrapped, key.master)


def _silent(_log: str, _count: int) -> None:
    """For callers that show no progress."""
