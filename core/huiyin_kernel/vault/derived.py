"""What is derived from the root secret: fingerprints, query codes, person references, marks, sketches.

They stand in events and on receipts for ever. The root therefore never changes: a rotation of the master
keys, which only wrap data keys, must not change a single query code.
"""

import hashlib
import hmac
import unicodedata
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

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
