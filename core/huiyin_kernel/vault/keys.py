"""Data keys: how one is made, how it seals and opens, and what of the event store they need."""

import os
from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from huiyin.common.v1.types_pb2 import Clear, Sealed
from huiyin_store.port import StoredKey

NONCE_BYTES = 12
"""96 bits of chance: safe for 2**32 messages under one key, far beyond what a person or case gathers."""


class VaultError(Exception):
    """Base of everything the vault refuses or fails at."""


class TamperedError(VaultError):
    """What should be opened is not what was sealed, or was sealed for another place."""


class UnknownKeyError(VaultError):
    """No key of this vault: another service sealed it, or its key id was altered."""


class UnknownMasterKeyError(VaultError):
    """A data key is wrapped by a master key that is not in the ring: a wrong or an old key file."""


class KeyTable(Protocol):
    """The part of the event store that keeps wrapped keys."""

    log: str

    async def read_keys(self, key_ids: Sequence[UUID]) -> list[StoredKey]: ...

    async def find_keys(self, subjects: Sequence[str]) -> list[StoredKey]: ...

    async def keys_not_under(self, master: str, limit: int) -> list[StoredKey]: ...

    async def rewrap_key(self, key: StoredKey) -> None: ...


class DataKey(NamedTuple):
    """The key of a person or case, unwrapped. `text` is its id as sealed fields carry it.

    `bound` is authenticated beside content and purpose: what was sealed opens nowhere else.
    """

    key_id: UUID
    text: str
    subject: str
    bound: bytes
    cipher: AESGCM

    def seal(self, purpose: str, clear: Clear) -> Sealed:
        """Seals personal data for a purpose."""
        nonce = os.urandom(NONCE_BYTES)
        ciphertext = self.cipher.encrypt(nonce, clear.SerializeToString(), self.bound + purpose.encode())
        return Sealed(key_id=self.text, nonce=nonce, ciphertext=ciphertext, purpose=purpose)

    def open(self, sealed: Sealed) -> Clear:
        """Opens what this key sealed. Raises TamperedError."""
        bound = self.bound + sealed.purpose.encode()
        try:
            content = self.cipher.decrypt(sealed.nonce, sealed.ciphertext, bound)
        except (InvalidTag, ValueError) as error:
            message = f"{sealed.purpose} under key {self.text} was altered: raise an alarm"
            raise TamperedError(message) from error
        return Clear.FromString(content)


def data_key(key_id: UUID, subject: str, secret: bytes) -> DataKey:
    """A data key ready for use."""
    name = subject.encode()
    # The length keeps the subject apart from the purpose that follows.
    bound = key_id.bytes + len(name).to_bytes(4) + name
    return DataKey(key_id, str(key_id), subject, bound, AESGCM(secret))
