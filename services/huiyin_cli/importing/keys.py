"""What makes an import safe to repeat: request ids that the same filing has again, and rows that came before.

Both rest on keyed digests and give no person away; rows are kept in a temporary database, so that memory
stays bounded.
"""

import hashlib
import hmac
import json
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from huiyin_kernel import ids
from huiyin_kernel.identity.files import (
    KeyFileError,
    locked,
    make_private_directory,
    read_private,
    sync_directory,
    write_whole,
)

_KEY_FILE = "import.key"
_SECRET_BYTES = 32
_PURPOSE = "huiyin import"


@dataclass(frozen=True, slots=True)
class ImportKeys:
    """Makes keys for the rows that one agency imports from one source.

    A row's own number is not personal: the request id is derived from it openly, so that any machine gets
    the same. Content is personal: what is derived from it is keyed with the secret of this installation.
    """

    agency: str
    source: str
    secret: bytes

    def of_number(self, row_id: str) -> str:
        """Request id of a row that brings its own number."""
        return str(ids.derived(_PURPOSE, self.agency, self.source, "number", row_id))

    def of_content(self, digest: bytes, occurrence: int) -> str:
        """Request id of a row without a number: its content, and the how-manieth of that content it is."""
        parts = (_PURPOSE, self.agency, self.source, "content", digest.hex(), str(occurrence))
        return str(ids.derived(*parts))

    def of_correction(self, correction: bytes) -> str:
        """Request id of a correction: what it says, of which case, as the case stood."""
        return str(ids.derived(_PURPOSE, self.agency, "correction", self.digest(correction.hex()).hex()))

    def digest(self, *parts: str) -> bytes:
        """Keyed digest of personal texts; useless without the secret."""
        message = json.dumps([self.agency, *parts], ensure_ascii=False).encode()
        return hmac.digest(self.secret, message, hashlib.sha256)


def import_secret(folder: Path) -> bytes:
    """The secret in `folder`, made on first use, readable by its owner only.

    Whoever imports a file without row numbers again must do it with the same secret: keep it with the vault.
    Raises KeyFileError.
    """
    path = folder / _KEY_FILE
    make_private_directory(folder)
    with locked(folder / f".{_KEY_FILE}.lock"):
        if not path.exists():
            write_whole(path, secrets.token_bytes(_SECRET_BYTES))
            sync_directory(folder)
    secret = read_private(path)
    if len(secret) != _SECRET_BYTES:
        raise KeyFileError(f"{path} does not hold {_SECRET_BYTES} bytes: put the right file back")
    return secret


class Seen:
    """Counts what recurs in one import. Nothing of it outlives the import."""

    def __init__(self) -> None:
        # An empty name is a private database that spills to a nameless temporary file.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(
            "CREATE TABLE seen (kind TEXT, digest BLOB, first_row INTEGER, count INTEGER,"
            " PRIMARY KEY (kind, digest)) WITHOUT ROWID"
        )
        # One transaction that never ends: pages go to the file only when the cache is full.
        self._database.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def note(self, kind: str, digest: bytes, row: int) -> tuple[int, int]:
        """Notes it; gives the first row that said it and how many have by now."""
        self._database.execute(
            "INSERT INTO seen VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
            (kind, digest, row),
        )
        first_row, count = self._database.execute(
            "SELECT first_row, count FROM seen WHERE kind = ? AND digest = ?", (kind, digest)
        ).fetchone()
        return first_row, count
