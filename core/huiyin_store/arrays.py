"""PostgreSQL arrays in binary form, joined from elements that were encoded one by one beforehand.

A batch has some twenty arrays; adapting Python lists for each batch took longer than the database took to
store them. An element is its length and its bytes, so appends are encoded when they arrive, and a batch
only joins.
"""

import struct
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from psycopg.adapt import AdaptersMap, Buffer, Dumper
from psycopg.pq import Format

from huiyin_store.chain import microseconds

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
