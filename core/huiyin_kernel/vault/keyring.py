"""The ring of master keys: a root secret that never changes, and the keys that wrap data keys.

It is kept in a private file, or in the environment.
"""

import base64
import binascii
import contextlib
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from huiyin_kernel.identity.files import (
    KeyFileError,
    WatchedFile,
    locked,
    read_private,
    sync_directory,
    write_whole,
)
from huiyin_store.port import WorldClock


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


KEY_BYTES = 32
ENVIRONMENT_VARIABLE = "HUIYIN_MASTER_KEY"
ROOT = "root"
"""Name of the root secret in the environment; no master key may bear it."""


class _Key(BaseModel):
    """A master key as the file holds it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: str
    secret: str
    retired: AwareDatetime | None = None


class _File(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    root: str
    keys: list[_Key]


class FileKeySource:
    """A JSON file that only its owner may read; replaced whole, and noticed by running services."""

    writable = True

    def __init__(self, path: Path, clock: WorldClock) -> None:
        self._path = path
        self._watched = WatchedFile(path, read_ring, clock)

    def current(self) -> KeyRing:
        return self._watched.current()

    def reload(self) -> KeyRing:
        return self._watched.reload()

    def save(self, ring: KeyRing) -> None:
        write_ring(self._path, ring)
        self.reload()

    def lock(self) -> AbstractContextManager[None]:
        return locked(lock_file(self._path), wait_seconds=0)


class EnvironmentKeySource:
    """A ring given to the process once, as `root:base64,name:base64,...` with the newest key last.

    To rotate, add a key at the end, restart the services, rotate, and then remove the older keys.
    """

    writable = False

    def __init__(self, value: str) -> None:
        self._ring = parse_ring(value)

    def current(self) -> KeyRing:
        return self._ring

    def reload(self) -> KeyRing:
        return self._ring

    def save(self, ring: KeyRing) -> None:
        raise KeyFileError(
            f"the master keys come from {ENVIRONMENT_VARIABLE}, which only you can change: "
            "add a new key at the end, restart the services, then rotate"
        )

    def lock(self) -> AbstractContextManager[None]:
        return contextlib.nullcontext()


def lock_file(path: Path) -> Path:
    """The file that is locked while the ring changes; the ring's own file is replaced meanwhile."""
    return path.with_name(f"{path.name}.lock")


def read_ring(path: Path) -> KeyRing:
    """The ring of a file. Raises KeyFileError, which never repeats what the file holds."""
    try:
        content = _File.model_validate_json(read_private(path))
        keys = tuple(MasterKey(key.name, _secret(key.secret), key.retired) for key in content.keys)
        return _checked(KeyRing(_secret(content.root), keys))
    except (ValidationError, ValueError) as error:
        raise KeyFileError(f"{path} is no ring of master keys: {error}") from error


def write_ring(path: Path, ring: KeyRing) -> None:
    """Writes the ring, whole and durable before this returns: losing it is losing all personal data."""
    keys = [_Key(name=key.name, secret=_text(key.secret), retired=key.retired) for key in ring.keys]
    content = _File(root=_text(ring.root), keys=keys).model_dump_json(indent=2, exclude_none=True)
    write_whole(path, content.encode() + b"\n")
    sync_directory(path.parent)


def parse_ring(value: str) -> KeyRing:
    """The ring of an environment variable. Raises KeyFileError."""
    try:
        secrets = [_entry(entry) for entry in value.split(",")]
        keys = tuple(MasterKey(name, secret) for name, secret in secrets if name != ROOT)
        return _checked(KeyRing(_root([secret for name, secret in secrets if name == ROOT]), keys))
    except ValueError as error:
        raise KeyFileError(f"{ENVIRONMENT_VARIABLE} is no list of name:base64: {error}") from error


def _entry(entry: str) -> tuple[str, bytes]:
    name, found, secret = entry.strip().partition(":")
    if not found:
        raise ValueError("an entry has no name")
    return name, _secret(secret)


def _root(secrets: list[bytes]) -> bytes:
    if len(secrets) != 1:
        raise ValueError(f"exactly one entry must be named {ROOT}")
    return secrets[0]


def _checked(ring: KeyRing) -> KeyRing:
    names = [key.name for key in ring.keys]
    if not names or not all(names) or ROOT in names or len(set(names)) < len(names):
        raise ValueError("it must hold master keys, each with a name of its own")
    if ring.active.retired:
        raise ValueError("its newest key is retired")
    return ring


def _secret(text: str) -> bytes:
    try:
        secret = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("a secret is not base64") from error
    if len(secret) != KEY_BYTES:
        raise ValueError(f"a secret has {len(secret)} bytes, not {KEY_BYTES}")
    return secret


def _text(secret: bytes) -> str:
    return base64.b64encode(secret).decode()
