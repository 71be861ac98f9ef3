"""Appends in binary form, and many of them as the parameters of one call of append_durably()."""

import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from huiyin_store.arrays import (
    BinaryArray,
    ByteaArray,
    Int4Array,
    Int8Array,
    TextArray,
    TimestamptzArray,
    UuidArray,
    bytea,
    int4,
    int8,
    text,
    timestamptz,
    type_name,
    uuid,
)
from huiyin_store.port import Append, NewEvent

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
