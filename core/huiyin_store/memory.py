"""The event store in memory: for tests and rehearsals, held to the same contract as the one on PostgreSQL."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from uuid import UUID

from huiyin_store.batch import UNSTORABLE, encode
from huiyin_store.chain import chain_hash
from huiyin_store.durable_reads import Durable, set_within
from huiyin_store.letters import MemoryLetters
from huiyin_store.port import (
    ANY_VERSION,
    GENESIS,
    KEYS_DESTROYED,
    STREAM_EXISTS,
    Append,
    Appended,
    EventIdReusedError,
    LogHead,
    NewEvent,
    RecordedEvent,
    RequestReusedError,
    StoredKey,
    StoreError,
    StreamEnd,
    StreamWrite,
    UnstorableError,
    VersionConflictError,
    WorldClock,
)

_LOOK_AGAIN_SECONDS = 60.0


class MemoryEventStore:
    """A log in memory. What it answers is as durable as it will ever be."""

    def __init__(self, log: str, clock: WorldClock) -> None:
        self.log = log
        self._clock = clock
        self._log = MemoryLog()
        self.letters = MemoryLetters(self._clock, self._log.cursors)
        self._keys: dict[UUID, StoredKey] = {}
        self._checks: dict[str, bytes] = {}
        self._durable = Durable()

    async def append(self, append: Append) -> Appended:
        """Appends."""
        encode(append)  # refuses what the other store would refuse
        now = max(self._clock.now(), (await self.head()).recorded or self._clock.now())
        if answer := self._log.answered_before(append, now):
            return answer
        if existing := next((key for key in append.keys if key.key_id in self._keys), None):
            raise StoreError(f"key {existing.key_id} exists already: nothing was written")
        answer = self._log.write(append, now)
        self._keys |= {key.key_id: StoredKey(*astuple(key)) for key in append.keys}
        self._durable.reached(len(self._log.events))
        return answer

    async def append_many(self, appends: Sequence[Append]) -> list[Appended | StoreError]:
        """Appends many; each succeeds or fails alone."""
        outcomes: list[Appended | StoreError] = []
        for append in appends:
            try:
                outcomes.append(await self.append(append))
            except StoreError as error:
                outcomes.append(error)
            except UNSTORABLE as error:
                outcomes.append(UnstorableError(str(error)))
        return outcomes

    async def find(self, scope: str, request_id: UUID, fingerprint: bytes | None) -> Appended | None:
        """The first answer to a request id of a scope, or None when it was never appended."""
        return self._log.answer_to(scope, request_id, fingerprint)

    async def read_stream(self, stream: str, after: int = 0, limit: int = 10_000) -> list[RecordedEvent]:
        """Events of a stream with a version above `after`, in order."""
        return self._log.streams.get(stream, [])[after : after + limit]

    async def read(self, after: int, limit: int = 1000) -> list[RecordedEvent]:
        """Events with a position above `after`, in order."""
        return self._log.events[after : after + limit]

    async def follow(self, after: int, page: int = 500) -> AsyncIterator[list[RecordedEvent]]:
        """Pages of events from `after` on, history then live."""
        while True:
            growth = self._durable.growth()
            if events := await self.read(after, page):
                after = events[-1].position
                yield events
            else:
                await set_within(growth, _LOOK_AGAIN_SECONDS)

    async def head(self) -> LogHead:
        """The end of the log."""
        events = self._log.events
        return LogHead(len(events), events[-1].recorded if events else None)

    async def clock(self) -> datetime:
        """What time it is for the store."""
        return self._clock.now()

    async def cursor(self, consumer: str, log: str) -> int:
        """How far the consumer has come in that log; 0 at first."""
        return self._log.cursors.get((consumer, log), 0)

    async def read_keys(self, key_ids: Sequence[UUID]) -> list[StoredKey]:
        """The wrapped keys with these ids."""
        return [self._keys[key_id] for key_id in sorted(set(key_ids)) if key_id in self._keys]

    async def find_keys(self, subjects: Sequence[str]) -> list[StoredKey]:
        """The wrapped keys of these subjects, oldest first."""
        return [key for key in self._keys.values() if key.subject in subjects]

    async def keys_not_under(self, master: str, limit: int) -> list[StoredKey]:
        """Some living keys that another master key wraps."""
        others = [key for key in self._keys.values() if key.wrapped is not None and key.master != master]
        return others[:limit]

    async def key_under_each_master(self) -> list[StoredKey]:
        """A living key under each master key that wraps any."""
        living = [key for key in self._keys.values() if key.wrapped is not None]
        return list({key.master: key for key in living}.values())

    async def key_checks(self) -> dict[str, bytes]:
        """The check values of the ring that this vault is known to be under, by name."""
        return dict(self._checks)

    async def add_key_checks(self, checks: Mapping[str, bytes]) -> None:
        """Remembers check values; a name that is known keeps its value."""
        self._checks = {**checks, **self._checks}

    async def rewrap_key(self, key: StoredKey) -> None:
        """Replaces a living key's wrapping."""
        stored = self._keys.get(key.key_id)
        if stored is not None and stored.wrapped is not None:
            self._keys[key.key_id] = stored._replace(wrapped=key.wrapped, master=key.master)

    async def destroy_keys(self, subject: str, key_ids: Sequence[UUID]) -> int:
        """Destroys keys of a subject for ever, once that is on the record, and returns how many."""
        recorded = self._log.streams.get(f"erasure-{subject}", [])
        if not any(event.type == KEYS_DESTROYED for event in recorded):
            raise StoreError(f"keys of {subject} are not destroyed: no erasure of it is on the record")
        found = [self._keys[key_id] for key_id in key_ids if key_id in self._keys]
        living = [key for key in found if key.subject == subject and key.wrapped is not None]
        self._keys |= {key.key_id: key._replace(wrapped=None) for key in living}
        return len(living)

    async def aclose(self) -> None:
        """Nothing to give up."""


@dataclass(frozen=True, slots=True)
class _Answered:
    fingerprint: bytes
    answer: Appended


class MemoryLog:
    """Events in the order of their positions, and by stream."""

    def __init__(self) -> None:
        self.events: list[RecordedEvent] = []
        self.streams: dict[str, list[RecordedEvent]] = {}
        self.cursors: dict[tuple[str, str], int] = {}
        self._by_id: dict[UUID, RecordedEvent] = {}
        self._requests: dict[tuple[str, UUID], _Answered] = {}

    def answered_before(self, append: Append, now: datetime) -> Appended | None:
        """The answer, if what the append asks for has happened already. Raises what the log refuses."""
        if answer := self.answer_to(append.scope, append.request_id, append.fingerprint):
            return answer
        cursor = append.cursor
        if cursor and self.cursors.get((cursor.consumer, cursor.log), -1) >= cursor.position:
            return Appended((), 0, 0, now, repeated=True)
        if any(event.event_id in self._by_id for _, _, event in _places(append)):
            return self._recorded_before(append)
        self._check(append)
        return None

    def answer_to(self, scope: str, request_id: UUID, fingerprint: bytes | None) -> Appended | None:
        """The first answer to a request. Raises RequestReusedError."""
        known = self._requests.get((scope, request_id))
        if known is None:
            return None
        if fingerprint is not None and known.fingerprint != fingerprint:
            raise RequestReusedError(request_id)
        return replace(known.answer, repeated=True)

    def write(self, append: Append, now: datetime) -> Appended:
        """Writes what `answered_before` had nothing against."""
        after = len(self.events)
        for write, _, event in _places(append):
            self._record(write.stream, event, now)
        answer = _answer(self.events[after:], now)
        self._requests[append.scope, append.request_id] = _Answered(append.fingerprint, answer)
        if append.cursor:
            self.cursors[append.cursor.consumer, append.cursor.log] = append.cursor.position
        return answer

    def _recorded_before(self, append: Append) -> Appended:
        """The first answer, if all events stand together in the places that the append asks for."""
        found: list[RecordedEvent] = []
        for write, index, event in _places(append):
            recorded = self._by_id.get(event.event_id)
            if recorded is None or recorded.stream != write.stream:
                raise EventIdReusedError(write.stream)
            follows = not found or recorded.position == found[-1].position + 1
            if not follows or write.expected not in (recorded.version - index, ANY_VERSION, STREAM_EXISTS):
                raise EventIdReusedError(write.stream)
            found.append(recorded)
        return _answer(found, found[0].recorded, repeated=True)

    def _check(self, append: Append) -> None:
        for write in append.writes:
            actual = len(self.streams.get(write.stream, ()))
            fits = actual > 0 if write.expected == STREAM_EXISTS else write.expected in (actual, ANY_VERSION)
            if not fits:
                raise VersionConflictError(write.stream, write.expected, actual)
        ids = [event.event_id for _, _, event in _places(append)]
        if len(set(ids)) != len(ids):
            raise EventIdReusedError(append.writes[0].stream)

    def _record(self, stream: str, event: NewEvent, now: datetime) -> None:
        before = self.streams.setdefault(stream, [])
        previous = before[-1].hash if before else GENESIS
        unhashed = RecordedEvent(
            position=len(self.events) + 1,
            stream=stream,
            version=len(before) + 1,
            event_id=event.event_id,
            type=event.type,
            recorded=now,
            occurred=event.occurred,
            meta=event.meta,
            data=event.data,
            previous_hash=previous,
            hash=b"",
        )
        recorded = unhashed._replace(hash=chain_hash(previous, unhashed))
        self.events.append(recorded)
        before.append(recorded)
        self._by_id[event.event_id] = recorded


def _places(append: Append) -> Iterator[tuple[StreamWrite, int, NewEvent]]:
    for write in append.writes:
        for index, event in enumerate(write.events, 1):
            yield write, index, event


def _answer(events: Sequence[RecordedEvent], recorded: datetime, *, repeated: bool = False) -> Appended:
    ends = {
        event.stream: StreamEnd(event.stream, event.version, event.position, event.hash) for event in events
    }
    first, last = (events[0].position, events[-1].position) if events else (0, 0)
    return Appended(tuple(ends.values()), first, last, recorded, repeated)
