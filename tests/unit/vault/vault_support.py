"""What the vault's tests share: a table of wrapped keys, a ring of master keys, and personal data."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from huiyin.common.v1.types_pb2 import Clear, Person
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.store.port import Appended, NewKey, StoredKey, StreamEnd
from huiyin_kernel.vault.master import MasterKeys, create_key_file, open_master_keys

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class KeyRows:
    """Wrapped keys as a store keeps them, with a count of the questions asked."""

    def __init__(self, log: str = "intake@990000") -> None:
        self.log = log
        self.rows: dict[UUID, StoredKey] = {}
        self.questions = 0

    def add(self, keys: Sequence[NewKey]) -> None:
        for key in keys:
            self.rows[key.key_id] = StoredKey(key.key_id, key.subject, key.wrapped, key.master)

    async def read_keys(self, key_ids: Sequence[UUID]) -> list[StoredKey]:
        self.questions += 1
        return [self.rows[key_id] for key_id in key_ids if key_id in self.rows]

    async def find_keys(self, subjects: Sequence[str]) -> list[StoredKey]:
        self.questions += 1
        return [row for row in self.rows.values() if row.subject in subjects]

    async def keys_not_under(self, master: str, limit: int) -> list[StoredKey]:
        living = (row for row in self.rows.values() if row.wrapped is not None)
        return [row for row in living if row.master != master][:limit]

    async def rewrap_key(self, key: StoredKey) -> None:
        if self.rows[key.key_id].wrapped is not None:
            self.rows[key.key_id] = key

    async def destroy_key(self, subject: str) -> int:
        found = [row for row in self.rows.values() if row.subject == subject and row.wrapped is not None]
        for row in found:
            self.rows[row.key_id] = row._replace(wrapped=None)
        return len(found)


def new_clock() -> ManualClock:
    return ManualClock(NOW)


def new_master(folder: Path, clock: ManualClock) -> MasterKeys:
    path = folder / "master.key"
    create_key_file(path, clock)
    return open_master_keys(path, {}, clock)


def text(words: str) -> Clear:
    return Clear(text=words)


def person(name: str, identity_number: str = "") -> Clear:
    return Clear(person=Person(name=name, identity_number=identity_number))


def appended(*, repeated: bool = False) -> Appended:
    end = StreamEnd("petition-1", 1, 1, bytes(32))
    return Appended((end,), 1, 1, NOW, repeated)
