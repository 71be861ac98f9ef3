"""Appends in binary form, many of them as the parameters of one call of append_durably(), and its answer.

A batch has some twenty arrays; adapting Python lists for each batch took longer than the database took to
store them. An element is its length and its bytes, so appends are encoded when they arrive, and a batch
only joins their columns.
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
    NewKey,
    RequestReusedError,
    StoreError,
    StreamEnd,
    StreamWrite,
    VersionConflictError,
)

_HEADER = struct.Struct(">iiiii")
_EMPTY = struct.Struct(">iii")
_LENGTH = struct.Struct(">i")
_INT4 = struct.Struct(">ii")
_INT8 = struct.Struct(">iq")
_UUID = struct.Struct(">i16s")


@lru_cache(maxsize=1024)
def int4(value: int) -> bytes:
    """An element of an int[]."""
    return _INT4.pack(4, value)


@lru_cache(maxsize=1024)
def int8(value: int) -> bytes:
    """An element of a bigint[]."""
    return _INT8.pack(8, value)


def uuid(value: UUID) -> bytes:
    """An element of a uuid[]."""
    return _UUID.pack(16, value.bytes)


def bytea(value: bytes) -> bytes:
    """An element of a bytea[]."""
    return _LENGTH.pack(len(value)) + value


def text(value: str) -> bytes:
    """An element of a text[]."""
    return bytea(value.encode())


name = lru_cache(maxsize=256)(text)
"""The same, for the few names that come again and again."""


def timestamptz(value: datetime) -> bytes:
    """An element of a timestamptz[]. Raises TypeError for a naive instant."""
    return _INT8.pack(8, microseconds(value))


class BinaryArray:
    """A parameter that is an array in binary form already. One subclass for each element type."""

    element_oid = 0
    __slots__ = ("wire",)

    def __init__(self, count: int, elements: Iterable[bytes]) -> None:
        """So many elements, in pieces of any number of them."""
        header = (
            _HEADER.pack(1, 0, self.element_oid, count, 1) if count else _EMPTY.pack(0, 0, self.element_oid)
        )
        self.wire = header + b"".join(elements)


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


Columns = tuple[bytes, ...]
"""Some rows: the elements of each column, joined."""

UNSTORABLE = (ValueError, TypeError, OverflowError, struct.error)
"""What `encode` raises for what no database could store."""

_REQUEST = (UuidArray, TextArray, ByteaArray)
_WRITE = (TextArray, Int8Array, Int4Array)
_EVENT = (Int4Array, UuidArray, TextArray, TimestamptzArray, ByteaArray, ByteaArray)
_CURSOR = (TextArray, TextArray, Int8Array)
_KEY = (UuidArray, TextArray, ByteaArray, TextArray)
_NO_CURSOR, _NO_KEYS = (b"",) * len(_CURSOR), (b"",) * len(_KEY)
PARAMETERS = len(_REQUEST + _WRITE + _EVENT + _CURSOR + _KEY) + 4
"""How many arrays append() takes: these columns, and what each write, event, cursor and key belongs to."""


class EncodedAppend(NamedTuple):
    """An append whose rows are in binary form already, column by column, without their numbers in a batch."""

    append: Append
    request: Columns
    writes: Columns
    events: Columns
    cursors: Columns
    keys: Columns
    touches: tuple[object, ...]
    """What no two appends that are under way may both touch: request, streams, cursor."""
    size: int


def encode(append: Append) -> EncodedAppend:
    """Raises one of UNSTORABLE."""
    streams = [write.stream for write in append.writes]
    if len(streams) > 1 and len(set(streams)) != len(streams):
        raise ValueError(f"append {append.request_id} writes twice to one stream: join the two writes")
    cursor, request = append.cursor, (uuid(append.request_id), name(append.scope))
    events = _events(append.writes)
    return EncodedAppend(
        append,
        (*request, bytea(append.fingerprint)),
        _columns_of([(text(w.stream), int8(w.expected), int4(len(w.events))) for w in append.writes], _WRITE),
        events,
        (name(cursor.consumer), name(cursor.log), int8(cursor.position)) if cursor else _NO_CURSOR,
        _keys(append.keys) if append.keys else _NO_KEYS,
        (request, *streams, (cursor.consumer, cursor.log)) if cursor else (request, *streams),
        len(events[-2]) + len(events[-1]),
    )


def _events(writes: Sequence[StreamWrite]) -> Columns:
    rows = [
        (
            int4(index),
            uuid(event.event_id),
            name(event.type),
            timestamptz(event.occurred),
            bytea(event.meta),
            bytea(event.data),
        )
        for write in writes
        for index, event in enumerate(write.events, 1)
    ]
    return _columns_of(rows, _EVENT)


def _keys(keys: Sequence[NewKey]) -> Columns:
    return _columns_of(
        [(uuid(key.key_id), text(key.subject), bytea(key.wrapped), name(key.master)) for key in keys], _KEY
    )


def _columns_of(rows: Sequence[Columns], kinds: Sequence[type[BinaryArray]]) -> Columns:
    """Rows column by column; most appends have one of each, whose elements are its columns."""
    if len(rows) == 1:
        return rows[0]
    return tuple(map(b"".join, zip(*rows, strict=True))) if rows else (b"",) * len(kinds)


def parameters(batch: Sequence[EncodedAppend]) -> list[BinaryArray]:
    """The arguments of append(), in its order. Requests and writes are numbered from 1."""
    writes = [len(encoded.append.writes) for encoded in batch]
    events = [len(write.events) for encoded in batch for write in encoded.append.writes]
    cursors = [encoded.append.cursor is not None for encoded in batch]
    keys = [len(encoded.append.keys) for encoded in batch]
    return [
        *_columns(_REQUEST, len(batch), [encoded.request for encoded in batch]),
        _numbers(writes),
        *_columns(_WRITE, sum(writes), [encoded.writes for encoded in batch]),
        _numbers(events),
        *_columns(_EVENT, sum(events), [encoded.events for encoded in batch]),
        _numbers(cursors),
        *_columns(_CURSOR, sum(cursors), [encoded.cursors for encoded in batch]),
        _numbers(keys),
        *_columns(_KEY, sum(keys), [encoded.keys for encoded in batch]),
    ]


def _numbers(counts: Sequence[int]) -> BinaryArray:
    """For each of so many things the number of the one that it belongs to."""
    return Int4Array(sum(counts), [int4(number) * count for number, count in enumerate(counts, 1)])


def _columns(
    kinds: Sequence[type[BinaryArray]], count: int, rows: Sequence[Columns]
) -> Iterable[BinaryArray]:
    columns = zip(*rows, strict=True) if count else [()] * len(kinds)
    return [kind(count, column) for kind, column in zip(kinds, columns, strict=True)]


AppendOutcome = Appended | StoreError


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


def outcomes(appends: Sequence[Append], rows: Iterable[AnswerRow]) -> list[AppendOutcome]:
    """What became of each append."""
    sorted_rows: list[list[AnswerRow]] = [[] for _ in appends]
    for row in rows:
        sorted_rows[row.request - 1].append(row)
    return [_outcome(append, its_rows) for append, its_rows in zip(appends, sorted_rows, strict=True)]


def _outcome(append: Append, rows: list[AnswerRow]) -> AppendOutcome:
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
