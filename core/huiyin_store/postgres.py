"""The event store on PostgreSQL: one schema is one log."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

import psycopg

from huiyin_store.batch import UNSTORABLE, AppendOutcome, encode
from huiyin_store.committer import Committer
from huiyin_store.durable_reads import Durable, DurableReads, Readers, Tail, set_within
from huiyin_store.keys import Keys
from huiyin_store.letters import PostgresLetters
from huiyin_store.limits import StoreLimits
from huiyin_store.port import (
    Append,
    AppendCounts,
    Appended,
    LogHead,
    RecordedEvent,
    StoredKey,
    StoreError,
    UnstorableError,
)
from huiyin_store.session import LogLink


class PostgresEventStore:
    """A log in a schema that `provision` has made. Used from one event loop."""

    def __init__(
        self, log: str, committer: Committer, readers: Readers, durable: Durable, limits: StoreLimits
    ):
        self.log = log
        self._committer, self._readers, self._durable, self._limits = committer, readers, durable, limits
        self._reading = DurableReads(readers, durable)
        self._tail = Tail(self._reading, durable)
        self._keys = Keys(readers)
        self._looked = 0.0
        """When somebody last looked for what other processes appended, in monotonic seconds."""
        self.letters = PostgresLetters(readers)

    @classmethod
    async def open(
        cls,
        dsn: str,
        schema: str,
        log: str,
        *,
        limits: StoreLimits | None = None,
        counts: AppendCounts | None = None,
    ) -> Self:
        """Opens the log called `log` in a schema. Raises StoreError, StoreUnavailableError."""
        limits = limits or StoreLimits()
        durable = Durable()
        retried = counts.retried if counts else None
        readers = Readers([LogLink(dsn, schema, limits, retried) for _ in range(limits.readers)])
        lanes = [LogLink(dsn, schema, limits, retried) for _ in range(limits.lanes)]
        committer = Committer(lanes, limits, durable.reached, counts)
        store = cls(log, committer, readers, durable, limits)
        try:
            position = (await store.head()).position
            if counts:
                counts.durable(position)
        except psycopg.ProgrammingError as error:
            await store.aclose()
            raise StoreError(f"schema {schema} has no log that this role may read: provision it") from error
        except BaseException:
            await store.aclose()
            raise
        return store

    async def append(self, append: Append) -> Appended:
        """Appends and returns when durable."""
        outcome = await self._committer.submit(encode(append))
        if isinstance(outcome, StoreError):
            raise outcome
        return outcome

    async def append_many(self, appends: Sequence[Append]) -> list[Appended | StoreError]:
        """Appends many in few transactions; waits where append() would be refused as overload."""
        waiting: list[asyncio.Future[AppendOutcome]] = []
        for number, append in enumerate(appends):
            ahead = number - self._limits.import_appends
            if ahead >= 0:
                await waiting[ahead]
            await self._committer.room()
            waiting.append(self._submitted(append))
        return [await future for future in waiting]

    def _submitted(self, append: Append) -> asyncio.Future[AppendOutcome]:
        """One of many: what no log could hold fails alone."""
        try:
            return self._committer.submit(encode(append))
        except UNSTORABLE as error:
            failed: asyncio.Future[AppendOutcome] = asyncio.get_running_loop().create_future()
            failed.set_result(UnstorableError(str(error)))
            return failed

    async def find(self, scope: str, request_id: UUID, fingerprint: bytes | None) -> Appended | None:
        """The first answer to a request id of a scope, or None when it was never appended."""
        return await self._reading.answer(scope, request_id, fingerprint)

    async def read_stream(self, stream: str, after: int = 0, limit: int = 10_000) -> list[RecordedEvent]:
        """Events of a stream with a version above `after`, in order."""
        return await self._reading.stream(stream, after, limit)

    async def read(self, after: int, limit: int = 1000) -> list[RecordedEvent]:
        """Events with a position above `after`, in order."""
        return await self._reading.log(after, limit)

    async def follow(self, after: int, page: int = 500) -> AsyncIterator[list[RecordedEvent]]:
        """Pages of events from `after` on, history then live.

        Appends of this process wake it at once; those of others are found by looking, more and more rarely,
        by one follower for all.
        """
        delay = self._limits.poll_minimum_seconds
        while True:
            growth = self._durable.growth()
            if self._durable.position > after and (events := await self._tail.after(after, page)):
                after, delay = events[-1].position, self._limits.poll_minimum_seconds
                yield events
                continue
            await set_within(growth, delay)
            if not growth.is_set() and time.monotonic() - self._looked >= delay:
                self._looked = time.monotonic()
                await self.head()
            delay = min(2 * delay, self._limits.poll_maximum_seconds)

    async def head(self) -> LogHead:
        """The durable end of the log."""
        return await self._reading.head()

    async def clock(self) -> datetime:
        """What time it is for the store."""
        return await self._reading.clock()

    async def cursor(self, consumer: str, log: str) -> int:
        """How far the consumer has come in that log; 0 at first."""
        return await self._reading.cursor(consumer, log)

    async def read_keys(self, key_ids: Sequence[UUID]) -> list[StoredKey]:
        """The wrapped keys with these ids."""
        return await self._keys.by_id(key_ids)

    async def find_keys(self, subjects: Sequence[str]) -> list[StoredKey]:
        """The wrapped keys of these subjects."""
        return await self._keys.by_subject(subjects)

    async def keys_not_under(self, master: str, limit: int) -> list[StoredKey]:
        """Some living keys that another master key wraps."""
        return await self._keys.not_under(master, limit)

    async def key_under_each_master(self) -> list[StoredKey]:
        """A living key under each master key that wraps any."""
        return await self._keys.one_under_each()

    async def key_checks(self) -> dict[str, bytes]:
        """The check values of the ring that this vault is known to be under, by name."""
        return await self._keys.checks()

    async def add_key_checks(self, checks: Mapping[str, bytes]) -> None:
        """Remembers check values; a name that is known keeps its value."""
        await self._keys.know(checks)

    async def rewrap_key(self, key: StoredKey) -> None:
        """Replaces a living key's wrapping."""
        await self._keys.rewrap(key)

    async def destroy_keys(self, subject: str, key_ids: Sequence[UUID]) -> int:
        """Destroys keys of a subject for ever, once that is on the record, and returns how many."""
        return await self._keys.destroy(subject, key_ids)

    async def aclose(self) -> None:
        """Waits for what is under way and gives up its connections."""
        await self._committer.aclose()
        await self._readers.aclose()
