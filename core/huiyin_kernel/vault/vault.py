"""The vault: seals and opens personal data under a key per person and case.

Unwrapped keys are kept in memory: few, and for a short time.
"""

import os
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from huiyin.common.v1.types_pb2 import Clear, Sealed
from huiyin_kernel.ids import uuid7
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.vault.keyring import KEY_BYTES
from huiyin_kernel.vault.keys import DataKey, KeyTable, TamperedError, UnknownKeyError, data_key
from huiyin_kernel.vault.master import MasterKeys
from huiyin_store.port import Appended, NewKey, StoredKey, WorldClock

CACHED_KEYS_MAX = 10_000
CACHED_KEY_AGE_MAX = timedelta(seconds=60)
"""How long a key that was destroyed may still open something here."""

_NO_TIME = timedelta()


class KeyCache:
    """Data keys by id and by subject; the least lately used goes first."""

    def __init__(
        self, clock: WorldClock, size: int = CACHED_KEYS_MAX, age: timedelta = CACHED_KEY_AGE_MAX
    ) -> None:
        self._clock, self._size, self._age = clock, size, age
        self._keys: OrderedDict[UUID, tuple[DataKey, datetime]] = OrderedDict()
        self._ids: dict[str, UUID] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def by_id(self, key_id: UUID) -> DataKey | None:
        """The key with this id, if it is here and not too old."""
        entry = self._keys.get(key_id)
        if entry is None:
            return None
        key, since = entry
        if not _NO_TIME <= self._clock.now() - since < self._age:
            self._drop(key)
            return None
        self._keys.move_to_end(key_id)
        return key

    def by_subject(self, subject: str) -> DataKey | None:
        """The newest key of a subject, if it is here and not too old."""
        key_id = self._ids.get(subject)
        return self.by_id(key_id) if key_id else None

    def put(self, key: DataKey) -> None:
        """Keeps a key that is durable and living now."""
        self._keys[key.key_id] = (key, self._clock.now())
        self._keys.move_to_end(key.key_id)
        current = self._ids.get(key.subject)
        if current is None or current < key.key_id:
            self._ids[key.subject] = key.key_id
        if len(self._keys) > self._size:
            self._drop(next(iter(self._keys.values()))[0])

    def _drop(self, key: DataKey) -> None:
        del self._keys[key.key_id]
        if self._ids.get(key.subject) == key.key_id:
            del self._ids[key.subject]


_OPENED = metrics.VAULT_OPENED.labels("opened")
_DESTROYED = metrics.VAULT_OPENED.labels("destroyed")


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What a sealed field opens to when its key was destroyed: nothing, for ever (promise P12)."""

    key_id: UUID
    subject: str


class Sealing:
    """Seals the fields of one command. A subject without a key gets one when it first needs it.

    `new_keys` must go into the same append as the events that carry what was sealed under them.
    """

    def __init__(self, master: MasterKeys, keys: dict[str, DataKey]) -> None:
        self._master, self._keys = master, keys
        self._made: list[tuple[DataKey, NewKey]] = []

    def seal(self, subject: str, purpose: str, clear: Clear) -> Sealed:
        """Seals personal data under the subject's key."""
        key = self._keys.get(subject) or self._make(subject)
        metrics.VAULT_SEALED.inc()
        return key.seal(purpose, clear)

    @property
    def new_keys(self) -> tuple[NewKey, ...]:
        """The keys made so far, wrapped."""
        return tuple(new for _, new in self._made)

    @property
    def made(self) -> tuple[DataKey, ...]:
        """The same keys, ready for use."""
        return tuple(key for key, _ in self._made)

    def _make(self, subject: str) -> DataKey:
        key_id, secret = uuid7(), os.urandom(KEY_BYTES)
        key = self._keys[subject] = data_key(key_id, subject, secret)
        metrics.VAULT_KEYS_MADE.inc()
        self._made.append((key, self._master.wrap(key_id, subject, secret)))
        return key


class Vault:
    """The keys of one service's persons and cases, kept wrapped in its own store."""

    def __init__(
        self, store: KeyTable, master: MasterKeys, clock: WorldClock, cache: KeyCache | None = None
    ) -> None:
        self._store, self._master = store, master
        self._cache = cache or KeyCache(clock)
        metrics.VAULT_KEYS_CACHED.set_function(self._cache.__len__)

    async def begin(self, subjects: Iterable[str], fresh: Collection[str] = ()) -> Sealing:
        """Finds the subjects' keys. Those in `fresh` are known to have none: the store is not asked.

        Asking too little is harmless (a subject may have several keys), only wasteful.
        """
        keys = {subject: self._cache.by_subject(subject) for subject in subjects}
        unknown = [subject for subject, key in keys.items() if key is None and subject not in fresh]
        found = await self._find(unknown) if unknown else {}
        return Sealing(self._master, {subject: key for subject, key in keys.items() if key} | found)

    def remember(self, sealing: Sealing, appended: Appended) -> None:
        """Keeps keys made for a command at hand, once its append made them durable and not before."""
        if appended.first_position and not appended.repeated:
            for key in sealing.made:
                self._cache.put(key)

    async def open(self, sealed: Sealed) -> Clear | Destroyed:
        """What was sealed. Raises TamperedError, UnknownKeyError or UnknownMasterKeyError."""
        return (await self.open_many([sealed]))[0]

    async def open_many(self, sealed: Sequence[Sealed]) -> list[Clear | Destroyed]:
        """What was sealed, in the same order, with one question to the store. Raises as `open` does."""
        ids = [_key_id(one) for one in sealed]
        keys = await self._keys_of(dict.fromkeys(ids))
        return [_opened(keys[key_id], one) for key_id, one in zip(ids, sealed, strict=True)]

    async def _find(self, subjects: Sequence[str]) -> dict[str, DataKey]:
        """The newest living key of each subject that has one."""
        stored = await self._store.find_keys(subjects)
        newest: dict[str, StoredKey] = {}
        for key in sorted(stored, key=lambda key: key.key_id):
            if key.wrapped is not None:
                newest[key.subject] = key
        return {subject: self._unwrapped(key) for subject, key in newest.items()}

    async def _keys_of(self, key_ids: Iterable[UUID]) -> dict[UUID, DataKey | Destroyed]:
        keys: dict[UUID, DataKey | Destroyed] = {}
        unknown: list[UUID] = []
        for key_id in key_ids:
            cached = self._cache.by_id(key_id)
            if cached is None:
                unknown.append(key_id)
            else:
                keys[key_id] = cached
        for stored in await self._store.read_keys(unknown) if unknown else []:
            keys[stored.key_id] = self._key_or_destroyed(stored)
        if missing := next((key_id for key_id in unknown if key_id not in keys), None):
            raise UnknownKeyError(f"this vault has no key {missing}: ask the service that sealed it")
        return keys

    def _key_or_destroyed(self, stored: StoredKey) -> DataKey | Destroyed:
        if stored.wrapped is None:
            return Destroyed(stored.key_id, stored.subject)
        return self._unwrapped(stored)

    def _unwrapped(self, stored: StoredKey) -> DataKey:
        key = data_key(stored.key_id, stored.subject, self._master.unwrap(stored))
        self._cache.put(key)
        return key


def _opened(key: DataKey | Destroyed, sealed: Sealed) -> Clear | Destroyed:
    if isinstance(key, Destroyed):
        _DESTROYED.inc()
        return key
    clear = key.open(sealed)
    _OPENED.inc()
    return clear


def _key_id(sealed: Sealed) -> UUID:
    try:
        return UUID(sealed.key_id)
    except ValueError as error:
        raise TamperedError(f"{sealed.key_id!r} is no key id: what was sealed was altered") from error
