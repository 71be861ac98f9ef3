"""The master keys: they wrap the data keys, and change without any sealed field changing."""

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from huiyin_kernel.identity.files import KeyFileError, locked
from huiyin_kernel.vault.keyring import (
    ENVIRONMENT_VARIABLE,
    KEY_BYTES,
    EnvironmentKeySource,
    FileKeySource,
    KeyRing,
    KeySource,
    MasterKey,
    lock_file,
    write_ring,
)
from huiyin_kernel.vault.keys import NONCE_BYTES, DerivedSecrets, TamperedError, UnknownMasterKeyError
from huiyin_store.port import NewKey, StoredKey, WorldClock


class MasterKeys:
    """Wraps and unwraps data keys with AES-256-GCM, bound to key id and subject.

    Nonces are chance, so a master key should wrap no more than 2**32 data keys: rotate before.
    """

    def __init__(self, source: KeySource, clock: WorldClock) -> None:
        self._source, self._clock = source, clock
        self._ring = source.current()
        self._ciphers = _ciphers(self._ring)
        self.derived = DerivedSecrets(self._ring.root)

    @property
    def ring(self) -> KeyRing:
        """The ring as lately read."""
        return self._use(self._source.current())

    def wrap(self, key_id: UUID, subject: str, secret: bytes) -> NewKey:
        """A data key, wrapped by the active master key."""
        active = self.ring.active.name
        nonce = os.urandom(NONCE_BYTES)
        wrapped = nonce + self._ciphers[active].encrypt(nonce, secret, _bound(key_id, subject))
        return NewKey(key_id, subject, wrapped, active)

    def unwrap(self, stored: StoredKey) -> bytes:
        """The data key of a living stored key. Raises TamperedError or UnknownMasterKeyError."""
        assert stored.wrapped is not None, "a destroyed key cannot be unwrapped"
        cipher, wrapped = self._cipher(stored.master), stored.wrapped
        try:
            return cipher.decrypt(
                wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _bound(stored.key_id, stored.subject)
            )
        except (InvalidTag, ValueError) as error:
            message = f"the wrapped key {stored.key_id} of {stored.subject} was altered: raise an alarm"
            raise TamperedError(message) from error

    def lock(self) -> AbstractContextManager[None]:
        """Held by whoever changes the ring. Raises KeyFileError when another does."""
        return self._source.lock()

    def reload(self) -> KeyRing:
        """The ring as it is now. Raises KeyFileError."""
        return self._use(self._source.reload())

    def add_new(self) -> str:
        """Adds a master key, which becomes the active one, and returns its name."""
        key = _new_key(self._clock)
        self._save(self.reload().with_new(key))
        return key.name

    def retire_older(self, kept_for: timedelta) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Marks all but the active key as retired and removes those retired for longer than a time.

        Nothing may be under them any more. Names the keys retired and the keys removed; none of either
        where only the environment can change the ring.
        """
        if not self._source.writable:
            return (), ()
        ring, now = self.reload(), self._clock.now()
        after = ring.with_older_retired(now).without_retired_by(now - kept_for)
        if after != ring:
            self._save(after)
        names = {key.name for key in after.keys}
        return ring.unfinished(), tuple(key.name for key in ring.keys if key.name not in names)

    def _save(self, ring: KeyRing) -> None:
        self._source.save(ring)
        self._use(ring)

    def _cipher(self, name: str) -> AESGCM:
        cipher = self._ciphers.get(name)
        if cipher is None:
            self.reload()  # a rotation may have added it a moment ago
            cipher = self._ciphers.get(name)
        if cipher is None:
            raise UnknownMasterKeyError(f"master key {name} is not in the ring: use the key file that has it")
        return cipher

    def _use(self, ring: KeyRing) -> KeyRing:
        if ring is not self._ring:
            if ring.root != self._ring.root:
                raise KeyFileError("the root secret changed, and with it every query code: put it back")
            secrets = {key.name: key.secret for key in self._ring.keys}
            if changed := next(
                (k.name for k in ring.keys if secrets.get(k.name, k.secret) != k.secret), None
            ):
                raise KeyFileError(f"master key {changed[0]} changed: put it back, or nothing under it opens")
            self._ring, self._ciphers = ring, _ciphers(ring)
        return ring


def create_key_file(path: Path, clock: WorldClock) -> None:
    """Makes a key file with a fresh root and one master key, unless there is one."""
    if path.exists():  # asked first, so that a start need not wait for a rotation to end
        return
    with locked(lock_file(path)):
        if not path.exists():
            write_ring(path, KeyRing(os.urandom(KEY_BYTES), (_new_key(clock),)))


def open_master_keys(path: Path, environment: Mapping[str, str], clock: WorldClock) -> MasterKeys:
    """The master keys of the environment where it has them, else of the key file. Raises KeyFileError."""
    value = environment.get(ENVIRONMENT_VARIABLE, "")
    return MasterKeys(EnvironmentKeySource(value) if value else FileKeySource(path, clock), clock)


def _new_key(clock: WorldClock) -> MasterKey:
    name = f"{clock.now():%Y%m%d}-{os.urandom(4).hex()}"
    return MasterKey(name, os.urandom(KEY_BYTES))


def _ciphers(ring: KeyRing) -> dict[str, AESGCM]:
    return {key.name: AESGCM(key.secret) for key in ring.keys}


def _bound(key_id: UUID, subject: str) -> bytes:
    return key_id.bytes + subject.encode()
