"""Appends in binary form, and many of them as the parameters of one call of append()."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from huiyin_kernel.store.arrays import (
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
    uuid,
)
from huiyin_kernel.store.port import Append, NewEvent

Row = tuple[bytes, ...]

_REQUEST = (UuidArray, ByteaArray)
_WRITE = (Int4Array, TextArray, Int8Array, Int4Array)
_EVENT = (Int4Array, Int4Array, UuidArray, TextArray, TimestamptzArray, ByteaArray, ByteaArray)
_CURSOR = (Int4Array, TextArray, TextArray, Int8Array)
_KEY = (Int4Array, UuidArray, TextArray, ByteaArray, TextArray)
PARAMETERS = len(_REQUEST + _WRITE + _EVENT + _CURSOR + _KEY)
"""How many arrays append() takes."""


@dataclass(frozen=True, slots=True)
class EncodedAppend:
    """An append whose elements are in binary form already, row by row, without their numbers in a batch."""

    append: Append
    request: Row
    writes: list[tuple[Row, list[Row]]]
    cursors: list[Row]
    keys: list[Row]
    touches: tuple[object, ...]
    """What no two appends of one batch may both touch: streams, cursor, request id."""
    size: int


def encode(append: Append) -> EncodedAppend:
    """Raises ValueError or TypeError for what no database could store."""
    streams = tuple(write.stream for write in append.writes)
    if len(set(streams)) != len(streams):
        raise ValueError(f"append {append.request_id} writes twice to one stream: join the two writes")
    cursor = append.cursor
    return EncodedAppend(
        append,
        (uuid(append.request_id), bytea(append.fingerprint)),
        [
            ((text(write.stream), int8(write.expected), int4(len(write.events))), _events(write.events))
            for write in append.writes
        ],
        [(text(cursor.consumer), text(cursor.log), int8(cursor.position))] if cursor else [],
        [(uuid(key.key_id), text(key.subject), bytea(key.wrapped), text(key.master)) for key in append.keys],
        (append.request_id, *streams, (cursor.consumer, cursor.log) if cursor else append.request_id),
        sum(len(event.meta) + len(event.data) for write in append.writes for event in write.events),
    )


def _events(events: Sequence[NewEvent]) -> list[Row]:
    return [
        (
            int4(index),
            uuid(event.event_id),
            text(event.type),
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
    for number, encoded in enumerate(batch, 1):
        request = int4(number)
        for write, its_events in encoded.writes:
            writes.append((request, *write))
            place = int4(len(writes))
            events += [(place, *event) for event in its_events]
        cursors += [(request, *cursor) for cursor in encoded.cursors]
        keys += [(request, *key) for key in encoded.keys]
    return [
        *_columns(_REQUEST, [encoded.request for encoded in batch]),
        *_columns(_WRITE, writes),
        *_columns(_EVENT, events),
        *_columns(_CURSOR, cursors),
        *_columns(_KEY, keys),
    ]


def _columns(kinds: tuple[type[BinaryArray], ...], rows: list[Row]) -> Iterable[BinaryArray]:
    columns: Iterable[Iterable[bytes]] = zip(*rows, strict=True) if rows else ((),) * len(kinds)
    return (kind(len(rows), column) for kind, column in zip(kinds, columns, strict=True))
