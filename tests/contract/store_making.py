"""Events and appends for the event store's tests."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from huiyin_kernel.ids import uuid7
from huiyin_store.batch import PARAMETERS, encode, parameters
from huiyin_store.port import ANY_VERSION, Append, Cursor, NewEvent, NewKey, StreamWrite
from huiyin_store.session import Session

OCCURRED = datetime(2026, 3, 2, 9, 30, 0, 123456, UTC)

_numbers = itertools.count(1)


def stream_name() -> str:
    """A stream that nobody else uses."""
    return f"petition-{uuid7()}"


def new_event(event_id: UUID | None = None) -> NewEvent:
    """An event unlike any other."""
    number = next(_numbers)
    return NewEvent(
        event_id or uuid7(),
        "huiyin.intake.v1.PetitionRegistered",
        OCCURRED,
        f"元数据 {number}".encode(),
        f"内容 {number}".encode() + bytes(range(256)),
    )


def events(count: int) -> tuple[NewEvent, ...]:
    """Some events."""
    return tuple(new_event() for _ in range(count))


def write(stream: str, expected: int, count: int = 1) -> StreamWrite:
    """Some new events for a stream."""
    return StreamWrite(stream, expected, events(count))


def appending(
    *writes: StreamWrite,
    request_id: UUID | None = None,
    keys: Sequence[NewKey] = (),
    cursor: Cursor | None = None,
) -> Append:
    """An append of these writes."""
    return Append(request_id or uuid7(), b"fingerprint", writes, tuple(keys), cursor)


def one(stream: str, expected: int = ANY_VERSION) -> Append:
    """An append of one event to one stream."""
    return appending(write(stream, expected))


def new_key(subject: str, master: str = "master-1") -> NewKey:
    """A data key of a subject."""
    return NewKey(uuid7(), subject, b"wrapped " + subject.encode(), master)


async def append_unflushed(session: Session, append: Append) -> None:
    """Appends in whatever transaction the session is in, and flushes nothing."""
    call = b"SELECT append(" + b",".join([b"%b"] * PARAMETERS) + b")"
    await session.rows(call, parameters([encode(append)]))
