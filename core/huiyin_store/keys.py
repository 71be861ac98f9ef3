"""The wrapped data keys of one log's schema, and the check values of the ring that wraps them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from psycopg.errors import CheckViolation

from huiyin_store.durable_reads import Readers
from huiyin_store.port import StoredKey, StoreError
from huiyin_store.session import Session

_SELECT = b"SELECT key_id, subject, wrapped, master FROM key WHERE "
_BY_ID = _SELECT + b"key_id = ANY(%b) ORDER BY key_id"
_BY_SUBJECT = _SELECT + b"subject = ANY(%b) ORDER BY created, key_id"
# Not "<>": the two halves are ranges of the index on master, however many keys are rewrapped already.
_NOT_UNDER = _SELECT + b"wrapped IS NOT NULL AND (master < %b OR master > %b) LIMIT %b"
# One probe of the same index for each master key, however many data keys are under it.
_ONE_UNDER_EACH = b"""
WITH RECURSIVE wrapping AS (
  SELECT min(master) AS name FROM key WHERE wrapped IS NOT NULL
  UNION ALL
  SELECT (SELECT min(master) FROM key WHERE wrapped IS NOT NULL AND master > name) FROM wrapping
  WHERE name IS NOT NULL)
SELECT k.key_id, k.subject, k.wrapped, k.master FROM wrapping
CROSS JOIN LATERAL (SELECT * FROM key WHERE wrapped IS NOT NULL AND master = name LIMIT 1) k
"""
_CHECKS = b"SELECT name, value FROM key_check ORDER BY name"
_KNOW = b"SELECT know_key(%b, %b)"
_REWRAP = b"SELECT rewrap_key(%b, %b, %b)"
_DESTROY = b"SELECT destroy_keys(%b, %b)"


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

    async def one_under_each(self) -> list[StoredKey]:
        """A living key under each master key that wraps any."""
        return await self._stored(_ONE_UNDER_EACH)

    async def checks(self) -> dict[str, bytes]:
        """The check values known, by name."""

        async def use(session: Session) -> dict[str, bytes]:
            return dict(await session.rows(_CHECKS, ()))

        return await self._readers.run(use)

    async def know(self, checks: Mapping[str, bytes]) -> None:
        """Remembers check values; a name that is known keeps its value."""
        for name, value in checks.items():
            await self._call(_KNOW, name, value)

    async def rewrap(self, key: StoredKey) -> None:
        """Replaces a living key's wrapping."""
        await self._call(_REWRAP, key.key_id, key.wrapped, key.master)

    async def destroy(self, subject: str, key_ids: Sequence[UUID]) -> int:
        """Destroys living keys of a subject and returns how many. Raises StoreError without a record."""
        try:
            return await self._call(_DESTROY, subject, list(key_ids))
        except CheckViolation as error:
            raise StoreError(str(error.diag.message_primary)) from error

    async def _stored(self, query: bytes, *values: object) -> list[StoredKey]:
        async def use(session: Session) -> list[StoredKey]:
            return list(map(StoredKey._make, await session.rows(query, values)))

        return await self._readers.run(use)

    async def _call(self, query: bytes, *values: object) -> int:
        async def use(session: Session) -> int:
            ((answer,),) = await session.rows(query, values)
            return int(answer)

        return await self._readers.run(use)
