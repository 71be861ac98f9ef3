"""Appends in binary form, many of them as the parameters of one call of append_durably(), and its answer.

A batch has some twenty arrays; adapting Python lists for each batch took longer than the database took to
store them. An element is its length and its bytes, so appends are encoded when they arrive, and a batch
only joins.
"""

import struct
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from psycopg.adapt import AdaptersMap, Buffer, Dumper
from psycopg.pq import Format

from huiyin_store.chain import microseconds
from huiyin_store.port import (
    Append,
    Appended,
    CorruptLogError,
    EventIdReusedError,
    NewEvent,
    RequestReusedError,
    StoreError,
    StreamEnd,
    VersionConflictError,
)

_HEADER = struct.Struct(">iiiii")
_EMPTY = struct.Struct(">iii")
_LENGTH = struct.Struct(">i")
_INT4 = struct.Struct(">ii")
_INT8 = struct.Struct(">iq")
_UUID_LENGTH = _LENGTH.pack(16)


def int4(value: int) -> bytes:
    """An element of an int[]."""
    return _INT4.pack(4, value)


def int8(value: int) -> bytes:
    """An element of a bigint[]."""
    return _INT8.pack(8, value)


def uuid(value: UUID) -> bytes:
    """An element of a uuid[]."""
    return _UUID_LENGTH + value.bytes


def bytea(value: bytes) -> bytes:
    """An element of a bytea[]."""
    return _LENGTH.pack(len(value)) + value


def text(value: str) -> bytes:
    """An element of a text[]."""
    return bytea(value.encode())


type_name = lru_cache(maxsize=256)(text)
"""The same, for the few names that come again and again."""


def timestamptz(value: datetime) -> bytes:
    """An element of a timestamptz[]. Raises TypeError for a naive instant."""
    return int8(microseconds(value))


class BinaryArray:
    """A parameter that is an array in binary form already. One subclass for each element type."""

    element_oid = 0
    __slots__ = ("wire",)

    def __init__(self, elements: Sequence[bytes]) -> None:
        if elements:
            self.wire = _HEADER.pack(1, 0, self.element_oid, len(elements), 1) + b"".join(elements)
        else:
            self.wire = _EMPTY.pack(0, 0, self.element_oid)


class Int4Array(BinaryArray):
    """An int[]."""

    element_oid = 23


class Int8Array(BinaryArray):
    """A bigint[]."""

    element_oid = 20


class TextArray(BinaryArray):
    """A text[]."""

    element_oid = 25


class UuidArray(BinaryArray):
    """A uuid[]."""

    element_oid = 2950


class ByteaArray(BinaryArray):
    """A bytea[]."""

    element_oid = 17


class TimestamptzArray(BinaryArray):
    """A timestamptz[]."""

    element_oid = 1184


class _ArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: BinaryArray) -> Buffer:
        return obj.wire


def register(adapters: AdaptersMap) -> None:
    """Teaches a connection to send these arrays as they are."""
    arrays = {Int4Array: 1007, Int8Array: 1016, TextArray: 1009, UuidArray: 2951, ByteaArray: 1001}
    arrays[TimestamptzArray] = 1185
    for array, array_oid in arrays.items():
        adapters.register_dumper(array, type(f"{array.__name__}Dumper", (_ArrayDumper,), {"oid": array_oid}))


Row = tuple[bytes, ...]

UNSTORABLE = (ValueError, TypeError, OverflowError, struct.error)
"""What `encode` raises for what no database could store."""

_REQUEST = (UuidArray, TextArray, ByteaArray)
_WRITE = (TextArray, Int8Array, Int4Array)
_EVENT = (Int4Array, UuidArray, TextArray, TimestamptzArray, ByteaArray, ByteaArray)
_CURSOR = (TextArray, TextArray, Int8Array)
_KEY = (UuidArray, TextArray, ByteaArray, TextArray)
PARAMETERS = len(_REQUEST + _WRITE + _EVENT + _CURSOR + _KEY) + 4
"""How many arrays append() takes: these columns, and what each write, event, cursor and key belongs to."""


class EncodedAppend(NamedTuple):
    """An append whose elements are in binary form already, row by row, without their numbers in a batch."""

    append: Append
    request: Row
    writes: list[tuple[Row, list[Row]]]
    cursors: list[Row]
    keys: list[Row]
    touches: tuple[object, ...]
    """What no two appends that are under way may both touch: request, streams, cursor."""
    size: int


def encode(append: Append) -> EncodedAppend:
    """Raises one of UNSTORABLE."""
    streams = [write.stream for write in append.writes]
    if len(set(streams)) != len(streams):
        raise ValueError(f"append {append.request_id} writes twice to one stream: join the two writes")
    cursor, request = append.cursor, (uuid(append.request_id), text(append.scope))
    return EncodedAppend(
        append,
        (*request, bytea(append.fingerprint)),
        [
            ((text(write.stream), int8(write.expected), int4(len(write.events))), _events(write.events))
            for write in append.writes
        ],
        [(text(cursor.consumer), text(cursor.log), int8(cursor.position))] if cursor else [],
        [(uuid(key.key_id), text(key.subject), bytea(key.wrapped), text(key.master)) for key in append.keys],
        (request, *streams, (cursor.consumer, cursor.log)) if cursor else (request, *streams),
        sum([len(event.meta) + len(event.data) for write in append.writes for event in write.events]),
    )


def _events(events: Sequence[NewEvent]) -> list[Row]:
    return [
        (
            int4(index),
            uuid(event.event_id),
            type_name(event.type),
            timestamptz(event.occurred),
            bytea(event.meta),
            bytea(event.data),
        )
        for index, event in enumerate(events, 1)
    ]


def parameters(batch: Sequence[EncodedAppend]) -> list[BinaryArray]:
    """The arguments of append(), in its order. Requests and writes are numbered from 1."""
    writes: list[Row] = []
    events: list[Row] = []
    cursors: list[Row] = []
    keys: list[Row] = []
    write_requests: list[bytes] = []
    event_writes: list[bytes] = []
    cursor_requests: list[bytes] = []
    key_requests: list[bytes] = []
    for number, encoded in enumerate(batch, 1):
        request = int4(number)
        for write, its_events in encoded.writes:
            writes.append(write)
            write_requests.append(request)
            events += its_events
            event_writes += [int4(len(writes))] * len(its_events)
        cursors += encoded.cursors
        cursor_requests += [request] * len(encoded.cursors)
        keys += encoded.keys
        key_requests += [request] * len(encoded.keys)
    return [
        *_columns(_REQUEST, [encoded.request for encoded in batch]),
        Int4Array(write_requests),
        *_columns(_WRITE, writes),
        Int4Array(event_writes),
        *_columns(_EVENT, events),
        Int4Array(cursor_requests),
        *_columns(_CURSOR, cursors),
        Int4Array(key_requests),
        *_columns(_KEY, keys),
    ]


def _columns(kinds: Sequence[type[BinaryArray]], rows: Sequence[Row]) -> Iterable[BinaryArray]:
    columns: Iterable[Sequence[bytes]] = zip(*rows, strict=True) if rows else [()] * len(kinds)
    return [kind(column) for kind, column in zip(kinds, columns, strict=True)]


Outcome = Appended | StoreError


class AnswerRow(NamedTuple):
    """One row of type answer (tables.sql); `request` counts from 1, what follows `first` may be NULL."""

    request: int
    verdict: str
    recorded: datetime
    first: int
    stream: str | None
    version: int
    position: int
    hash: bytes


def outcomes(appends: Sequence[Append], rows: Iterable[AnswerRow]) -> list[Outcome]:
    """What became of each append."""
    sorted_rows: list[list[AnswerRow]] = [[] for _ in appends]
    for row in rows:
        sorted_rows[row.request - 1].append(row)
    return [_outcome(append, its_rows) for append, its_rows in zip(appends, sorted_rows, strict=True)]


def _outcome(append: Append, rows: list[AnswerRow]) -> Outcome:
    if not rows:
        return CorruptLogError(f"append {append.request_id} got no answer: the log's functions do not fit")
    first = rows[0]
    match first.verdict:
        case "appended" | "repeated" | "passed":
            ends = tuple([StreamEnd._make(row[4:]) for row in rows if row.stream is not None])
            last = ends[-1].position if ends else 0
            return Appended(ends, first.first, last, first.recorded, first.verdict != "appended")
        case "conflict":
            return VersionConflictError(first.stream or "", _expected(append, first.stream), first.version)
        case "request reused":
            return RequestReusedError(append.request_id)
        case "events reused":
            return EventIdReusedError(first.stream or "")
        case _:
            return CorruptLogError(f"append {append.request_id} got the unknown verdict {first.verdict}")


def _expected(append: Append, stream: str | None) -> int:
    return next(write.expected for write in append.writes if write.stream == stream)
