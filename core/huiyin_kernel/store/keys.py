"""The wrapped data keys of one log's schema."""

from collections.abc import Sequence
from uuid import UUID

from huiyin_kernel.store.port import StoredKey
from huiyin_kernel.store.reading import Readers
from huiyin_kernel.store.session import Session

_SELECT = b"SELECT key_id, subject, wrapped, master FROM key WHERE "
_BY_ID = _SELECT + b"key_id = ANY(%b) ORDER BY key_id"
_BY_SUBJECT = _SELECT + b"subject = ANY(%b) ORDER BY created, key_id"
# Not "<>": the two halves are ranges of the index on master, however many keys are rewrapped already.
_NOT_UNDER = _SELECT + b"wrapped IS NOT NULL AND (master < %b OR master > %b) LIMIT %b"
_REWRAP = b"SELECT rewrap_key(%b, %b, %b)"
_DESTROY = b"SELECT destroy_key(%b)"


class Keys:
    """Reads and changes keys; changes are durable when they return."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def by_id(self, key_ids: Sequence[UUID]) -> list[StoredKey]:
        """The keys with these ids."""
        return await self._stored(_BY_ID, list(key_ids))

    async def by_subject(self, subjects: Sequence[str]) -> list[StoredKey]:
        """The keys of these subjects, oldest first."""
        return await self._stored(_BY_SUBJECT, list(subjects))

    async def not_under(self, master: str, limit: int) -> list[StoredKey]:
        """Some living keys under another master key."""
        return await self._stored(_NOT_UNDER, master, master, limit)

    async def rewrap(self, key: StoredKey) -> None:
        """Replaces a living key's wrapping."""
        await self._call(_REWRAP, key.key_id, key.wrapped, key.master)

    async def destroy(self, subject: str) -> int:
        """Destroys the living keys of a subject and returns how many."""
        return await self._call(_DESTROY, subject)

    async def _stored(self, query: bytes, *values: object) -> list[StoredKey]:
        async def use(session: Session) -> list[StoredKey]:
            return list(map(StoredKey._make, await session.rows(query, values)))

        return await self._readers.run(use)

    async def _call(self, query: bytes, *values: object) -> int:
        async def use(session: Session) -> int:
            ((answer,),) = await session.rows(query, values)
            return int(answer)

        return await self._readers.run(use)
