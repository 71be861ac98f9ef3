"""Byte strings in one byte string: each with its length before it."""

from collections.abc import Iterable

_LENGTH_BYTES = 4


def pack(parts: Iterable[bytes]) -> bytes:
    """The parts in one."""
    return b"".join(len(part).to_bytes(_LENGTH_BYTES) + part for part in parts)


def unpack(data: bytes) -> list[bytes]:
    """The parts again. Raises ValueError for what `pack` has not made."""
    parts, at = [], 0
    while at < len(data):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(data[at:start])
        if at > len(data):
            raise ValueError(f"a packed part ends at {at}, beyond the {len(data)} bytes that there are")
        parts.append(data[start:at])
    return parts
