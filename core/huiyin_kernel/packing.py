"""Bytes of events, states and rows as read models keep them: packed by LZ4 with a dictionary of their words.

The dictionary is what `zstd --train --maxdict=32000` chooses from what a grown store keeps of made-up cases.
It never changes: another one is added, with the next number. What was kept before anything was packed reads
as it is.
"""

from pathlib import Path

import lz4.block

_DICTIONARIES = (Path(__file__).with_name("packing.dict").read_bytes(),)
_NEWEST = len(_DICTIONARIES)
_MARK_BITS, _MARK = 0b111, 7
"""The first byte of what is packed is the number of its dictionary, as a field of wire type 7: there is none,
so that no message begins so, and no text either."""
_NEWEST_MARK = bytes([_NEWEST << 3 | _MARK])


class PackingError(ValueError):
    """Kept bytes were altered: they cannot be unpacked."""


def packed(data: bytes) -> bytes:
    """The bytes as they are kept: packed if that makes them fewer. The same bytes give the same."""
    kept = _NEWEST_MARK + lz4.block.compress(data, dict=_DICTIONARIES[-1])
    return data if len(data) <= len(kept) and not _is_packed(data) else kept


def unpacked(kept: bytes) -> bytes:
    """The bytes that were kept. Raises PackingError."""
    if not _is_packed(kept):
        return kept
    number = kept[0] >> 3
    if not 1 <= number <= _NEWEST:
        raise PackingError(f"packed with dictionary {number}: there are {_NEWEST}")
    try:
        return bytes(lz4.block.decompress(memoryview(kept)[1:], dict=_DICTIONARIES[number - 1]))
    except (lz4.block.LZ4BlockError, MemoryError, ValueError) as error:
        raise PackingError(f"not as it was packed: {error}") from error


def legible(kept: bytes) -> bytes:
    """The same for who compares: altered bytes are like nothing that was packed, and stay as they are."""
    try:
        return unpacked(kept)
    except PackingError:
        return kept


def _is_packed(data: bytes) -> bool:
    return bool(data) and data[0] & _MARK_BITS == _MARK
