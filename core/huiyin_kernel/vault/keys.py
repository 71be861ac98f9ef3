"""Data keys: how one is made, how it seals and opens; and what is derived from the root secret.

Fingerprints, query codes, person references, marks and sketches are derived: they stand in events and on
receipts for ever. The root therefore never changes: a rotation of the master keys, which only wrap data keys,
must not change a single query code.
"""

import hashlib
import hmac
import os
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

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


_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_BYTES = 10
_GROUP = 4
_MISREAD = str.maketrans("ILO", "110", "- ")
"""Crockford's alphabet has no I, L, O: who types one means the digit."""


class DerivedSecrets:
    """Keyed functions; each has a key of its own, so that a value of one says nothing about another."""

    def __init__(self, root: bytes) -> None:
        self._fingerprint_key = _derive(root, "fingerprint")
        self._query_code_key = _derive(root, "query code")
        self._take_back_key = _derive(root, "take back code")
        self._person_key = _derive(root, "person reference")
        self._mark_key = _derive(root, "document mark")
        self.sketch_key = _derive(root, "issue sketch")

    def fingerprint(self, method: str, request: bytes) -> bytes:
        """Recognises the same command under the same request id, without keeping what it said."""
        return _keyed(self._fingerprint_key, method.encode(), request)

    def query_code(self, case_id: str) -> str:
        """查询码: 80 bits in Crockford's base32, in groups. The same case always has the same code."""
        return _code(_keyed(self._query_code_key, case_id.encode()))

    def take_back_code(self, notice_id: str) -> str:
        """What a notice of a rating carries, so that whoever has the contact can take it back: 80 bits."""
        return _code(_keyed(self._take_back_key, notice_id.encode()))

    def person_id(self, agency: str, reference: str) -> UUID:
        """The same person for the same reference of the same agency, without keeping the reference."""
        octets = _keyed(self._person_key, agency.encode(), reference.encode())[:16]
        number = int.from_bytes(octets) & ~(0xF << 76) & ~(0b11 << 62)
        return UUID(int=number | 8 << 76 | 0b10 << 62)  # version 8, RFC 9562: vendor's own content

    def document_mark(self, subject: str, text: str) -> bytes:
        """Recognises the same document again within a case, whatever its spacing and character widths."""
        words = "".join(unicodedata.normalize("NFKC", text).split())
        return _keyed(self._mark_key, subject.encode(), words.encode())


def query_code_hash(code: str) -> bytes:
    """What the log keeps of a query code: enough to check one that is presented, not to find it.

    Without a key, so that codes on paper outlive even the loss of the root; 80 bits cannot be searched.
    """
    plain = code.upper().translate(_MISREAD)
    return hashlib.sha256(b"huiyin query code\x00" + plain.encode()).digest()


def _code(octets: bytes) -> str:
    number = int.from_bytes(octets[:_CODE_BYTES])
    length = _CODE_BYTES * 8 // 5
    code = "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))
    return "-".join(code[start : start + _GROUP] for start in range(0, length, _GROUP))


def _derive(root: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"huiyin " + purpose.encode()).derive(root)


def _keyed(key: bytes, first: bytes, second: bytes = b"") -> bytes:
    # The length of the first part keeps ("a", "bc") and ("ab", "c") apart.
    return hmac.digest(key, len(first).to_bytes(4) + first + second, "sha256")
