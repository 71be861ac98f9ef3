"""Unwrapped data keys kept in memory: few, and for a short time."""

from collections import OrderedDict
from datetime import datetime, timedelta
from uuid import UUID

from huiyin_kernel.clock import Clock
from huiyin_kernel.vault.keys import DataKey

CACHED_KEYS_MAX = 10_000
CACHED_KEY_AGE_MAX = timedelta(seconds=60)
"""How long a key that was destroyed may still open something here."""

_NO_TIME = timedelta()


class KeyCache:
    """Data keys by id and by subject; the least lately used goes first."""

    def __init__(
        self, clock: Clock, size: int = CACHED_KEYS_MAX, age: timedelta = CACHED_KEY_AGE_MAX
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
