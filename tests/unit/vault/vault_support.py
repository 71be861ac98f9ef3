"""What the vault's tests share: a store that counts questions, a ring of master keys, and personal data."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from huiyin.common.v1.types_pb2 import Clear, Person
from huiyin_kernel.clock import ManualClock, SystemClock
from huiyin_kernel.ids import uuid7
from huiyin_kernel.vault.master import MasterKeys, create_key_file, open_master_keys
from huiyin_store.memory import MemoryEventStore
from huiyin_store.port import (
    NO_STREAM,
    Append,
    Appended,
    NewEvent,
    NewKey,
    StoredKey,
    StreamWrite,
)

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class KeyRows(MemoryEventStore):
    """An event store that counts the questions asked for keys."""

    def __init__(self, log: str = "intake@990000") -> None:
        super().__init__(log, SystemClock())
        self.questions = 0

    @property
    def rows(self) -> dict[UUID, StoredKey]:
        """The wrapped keys by id."""
        return self._keys

    async def add(self, keys: Sequence[NewKey]) -> Appended:
        """Appends keys with an event, as a command does."""
        event = NewEvent(uuid7(), "huiyin.intake.v1.PetitionRegistered", NOW, b"", b"")
        write = StreamWrite(f"petition-{uuid7()}", NO_STREAM, (event,))
        return await self.append(Append(uuid7(), b"", (write,), tuple(keys)))

    async def read_keys(self, key_ids: Sequence[UUID]) -> list[StoredKey]:
        self.questions += 1
        return await super().read_keys(key_ids)

    async def find_keys(self, subjects: Sequence[str]) -> list[StoredKey]:
        self.questions += 1
        return await super().find_keys(subjects)


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
