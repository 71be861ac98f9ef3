"""The ring of master keys: a root secret that never changes, and the keys that wrap data keys."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A key that wraps data keys. A retired one only unwraps, until nothing is under it."""

    name: str
    secret: bytes = field(repr=False)
    retired: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The root secret, which never changes, and the master keys, newest last.

    The newest is active. An older one that is not retired is the mark of a rotation under way.
    """

    root: bytes = field(repr=False)
    keys: tuple[MasterKey, ...]

    @property
    def active(self) -> MasterKey:
        """The key that new data keys are wrapped with."""
        return self.keys[-1]

    def with_new(self, key: MasterKey) -> "KeyRing":
        """The ring with another key, which becomes the active one."""
        return replace(self, keys=(*self.keys, key))

    def unfinished(self) -> tuple[str, ...]:
        """Older keys that a rotation has not retired yet."""
        return tuple(key.name for key in self.keys[:-1] if key.retired is None)

    def with_older_retired(self, now: datetime) -> "KeyRing":
        """The ring with all but the active key retired."""
        older = tuple(key if key.retired else replace(key, retired=now) for key in self.keys[:-1])
        return replace(self, keys=(*older, self.active))

    def without_retired_by(self, instant: datetime) -> "KeyRing":
        """The ring without the keys retired by an instant."""
        kept = tuple(key for key in self.keys if key.retired is None or key.retired > instant)
        return replace(self, keys=kept)


class KeySource(Protocol):
    """Where the ring is kept."""

    writable: bool

    def current(self) -> KeyRing:
        """The ring as lately read."""
        ...

    def reload(self) -> KeyRing:
        """The ring as it is now. Raises KeyFileError."""
        ...

    def save(self, ring: KeyRing) -> None:
        """Keeps a changed ring durably. Raises KeyFileError where that is not possible."""
        ...

    def lock(self) -> AbstractContextManager[None]:
        """Held by whoever changes the ring. Raises KeyFileError when another does."""
        ...
