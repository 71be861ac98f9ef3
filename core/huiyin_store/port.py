"""The event store's port: what an append is, what it answers, and how events are read back."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

ANY_VERSION = -1
"""Expected version: whatever it is."""
STREAM_EXISTS = -2
"""Expected version: at least one event."""
NO_STREAM = 0
"""Expected version: no event yet. Any positive number means exactly that version."""

KEYS_DESTROYED = "huiyin.vault.v1.KeysDestroyed"
"""The event that must be on the record before a key is destroyed."""

GENESIS = bytes(32)
"""Previous hash of a stream's first event."""

BOOKKEEPING = "bookkeeping"
"""Scope of the requests that the platform makes of itself: cursors, reactions, clocks. No caller has it."""


class RecordedEvent(NamedTuple):
    """An event as the log holds it. `meta` and `data` are the exact stored bytes (never re-serialise them).

    `recorded` and `occurred` are aware, in UTC, with microseconds.
    """

    position: int
    stream: str
    version: int
    event_id: UUID
    type: str
    recorded: datetime
    occurred: datetime
    meta: bytes
    data: bytes
    previous_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be appended. `meta` is a serialised EventMetadata, `data` the serialised event message."""

    event_id: UUID
    type: str
    occurred: datetime
    meta: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class StreamWrite:
    """Events for one stream, if it is at the expected version."""

    stream: str
    expected: int
    events: tuple[NewEvent, ...]


@dataclass(frozen=True, slots=True)
class NewKey:
    """A data key, wrapped by a master key, that becomes durable with the events it seals."""

    key_id: UUID
    subject: str
    wrapped: bytes
    master: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a consumer has come in a foreign log; moves in the same transaction as its effects."""

    consumer: str
    log: str
    position: int


@dataclass(frozen=True, slots=True)
class Append:
    """All of its writes happen, or none.

    The request id makes it idempotent: appended again with the same fingerprint it gives the first answer,
    with another fingerprint it is refused. It is a name within its scope, which says whose request it is:
    nobody can take a name of another's. What was recorded without a scope, before there were any, is known
    again by id and fingerprint together. A cursor at or beyond the given position means that the effect
    has happened: nothing is written. `writes` may be empty when only the cursor moves.
    """

    request_id: UUID
    fingerprint: bytes
    writes: tuple[StreamWrite, ...]
    keys: tuple[NewKey, ...] = ()
    cursor: Cursor | None = None
    scope: str = BOOKKEEPING


class StreamEnd(NamedTuple):
    """Where a stream stands after an append: its version and the position and hash of its last event."""

    stream: str
    version: int
    position: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Appended:
    """An append that is durable. `repeated`: it was durable before, and this is the first answer again.

    `ends` has an entry for each stream written, in the order of the writes; empty for a cursor that was
    already beyond. `first_position` is 0 when no event was written.
    """

    ends: tuple[StreamEnd, ...]
    first_position: int
    last_position: int
    recorded: datetime
    repeated: bool = False


class StoreError(Exception):
    """Base of everything the store refuses or fails at."""


class VersionConflictError(StoreError):
    """The stream is not at the expected version: read it again and decide again."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"stream {stream} is at version {actual}, not {expected}: read it again")
        self.stream, self.expected, self.actual = stream, expected, actual


class RequestReusedError(StoreError):
    """The request id was used before for something else."""

    def __init__(self, request_id: UUID) -> None:
        super().__init__(f"request id {request_id} was used before for another command: use a new one")
        self.request_id = request_id


class EventIdReusedError(StoreError):
    """Some, but not all, of the events are in the log already, or they stand elsewhere."""

    def __init__(self, stream: str) -> None:
        super().__init__(f"events for stream {stream} are partly recorded already: this is not a retry")
        self.stream = stream


class UnstorableError(StoreError):
    """What is to be appended has no form in which a log could hold it: it fails whenever it is tried."""


class StoreUnavailableError(StoreError):
    """The database could not be reached or did not answer; whether the append happened is not known.

    Send the same request id again: it gives the first answer, or happens now.
    """


class StoreOverloadedError(StoreError):
    """Too many appends are waiting: nothing was written, try again later."""


class CorruptLogError(StoreError):
    """The log has a gap or an order it can never have: stop and raise an alarm."""


class LogHead(NamedTuple):
    """The durable end of the log; position 0 and recorded None when it is empty."""

    position: int
    recorded: datetime | None


class StoredKey(NamedTuple):
    """A wrapped data key; `wrapped` is None when the key was destroyed."""

    key_id: UUID
    subject: str
    wrapped: bytes | None
    master: str


class WorldClock(Protocol):
    """Gives the present instant, aware and in UTC."""

    def now(self) -> datetime: ...


class AppendCounts(Protocol):
    """What a store tells of its appends to who counts them: by batch, so an append costs nothing more."""

    def waiting(self, queue_length: Callable[[], int]) -> None:
        """How many appends wait can be asked here at any time."""
        ...

    def written(self, outcomes: Sequence[Appended | StoreError], seconds: float, last: int) -> None:
        """A batch was answered after so long, and the log is durable up to `last` (0: nothing new)."""
        ...

    def durable(self, position: int) -> None:
        """The log is durable up to here."""
        ...

    def overloaded(self) -> None:
        """An append was refused: the queue is full."""
        ...

    def retried(self) -> None:
        """A call to the database is made again."""
        ...


class EventStore(Protocol):
    """An append-only log of streams.

    Positions are dense from 1 in commit order; recorded times never decrease with the position. Nothing is
    answered or returned by any read before it is durable. Cancelling a waiting append does not undo it.
    """

    log: str

    async def append(self, append: Append) -> Appended:
        """Appends and returns when durable.

        Raises VersionConflictError, RequestReusedError, EventIdReusedError, StoreOverloadedError or
        StoreUnavailableError; after each but the last nothing was written.
        """
        ...

    async def append_many(self, appends: Sequence[Append]) -> list[Appended | StoreError]:
        """Appends many in one transaction for imports; each succeeds or fails alone, in the same order."""
        ...

    async def find(self, scope: str, request_id: UUID, fingerprint: bytes | None) -> Appended | None:
        """The first answer to a request id of a scope (repeated=True), or None when it was never appended.

        For commands that would be refused or do nothing now. Raises RequestReusedError when it was for
        something else; without a fingerprint whatever was appended under the id is found.
        """
        ...

    async def read_stream(self, stream: str, after: int = 0, limit: int = 10_000) -> list[RecordedEvent]:
        """Events of a stream with a version above `after`, in order."""
        ...

    async def read(self, after: int, limit: int = 1000) -> list[RecordedEvent]:
        """Events with a position above `after`, in order; CorruptLogError at a gap."""
        ...

    def follow(self, after: int, page: int = 500) -> AsyncIterator[list[RecordedEvent]]:
        """Pages of events from `after` on, history then live, until cancelled; never an empty page."""
        ...

    async def head(self) -> LogHead:
        """The durable end of the log."""
        ...

    async def clock(self) -> datetime:
        """What time it is for the store: what is appended now is recorded then, or after the last event."""
        ...

    async def cursor(self, consumer: str, log: str) -> int:
        """How far the consumer has come in that log; 0 at first."""
        ...

    async def read_keys(self, key_ids: Sequence[UUID]) -> list[StoredKey]:
        """The wrapped keys with these ids; unknown ids are left out."""
        ...

    async def find_keys(self, subjects: Sequence[str]) -> list[StoredKey]:
        """The wrapped keys of these subjects (a person or case); unknown subjects are left out."""
        ...

    async def keys_not_under(self, master: str, limit: int) -> list[StoredKey]:
        """Some living keys that another master key wraps, for rotation."""
        ...

    async def key_under_each_master(self) -> list[StoredKey]:
        """A living key under each master key that wraps any: what the ring must be able to open."""
        ...

    async def key_checks(self) -> dict[str, bytes]:
        """The check values of the ring that this vault is known to be under, by name; empty at first."""
        ...

    async def add_key_checks(self, checks: Mapping[str, bytes]) -> None:
        """Remembers check values; a name that is known keeps its value for ever."""
        ...

    async def rewrap_key(self, key: StoredKey) -> None:
        """Replaces a living key's wrapping; the data key itself does not change."""
        ...

    async def destroy_keys(self, subject: str, key_ids: Sequence[UUID]) -> int:
        """Destroys these living keys of a subject for ever and returns how many (promise P12).

        Raises StoreError unless the stream erasure-<subject> holds a KEYS_DESTROYED event.
        """
        ...

    async def aclose(self) -> None:
        """Waits for what is under way and gives up its connections."""
        ...
