"""How alike filings are, by the lowest 8 bits of their sketches' minima (b-bit minwise hashing).

A cell keeps the minima of its filings by place (the first of every filing, then every second one), so that
one filing is compared with all others by 64 translations of bytes. It remembers who is like whom: a row of
bits for each filing, in order of receipt. So no pair is ever compared twice.
"""

import math

MINIMA = 64
SCHEME = "minhash64-1"
"""Names everything that makes sketches comparable: segmentation, stop words, weights and permutations."""
_VALUES = 256
_ONLY = tuple(bytes(value == only for value in range(_VALUES)) for only in range(_VALUES))
"""By value: the table that makes 1 of it and 0 of every other."""
_YES = 0x80
_DIGITS = b"01" + bytes(_VALUES - 2)


def needed(likeness: float) -> int:
    """How many minima must be equal for this share of common terms: 8 bits also agree by chance."""
    return math.ceil(MINIMA * (likeness + (1 - likeness) / _VALUES))


def like(minima: bytes, columns: bytes, equal_min: int) -> bytes:
    """For each filing in the columns 1 where at least so many of the minima are equal, else 0."""
    count = len(columns) // MINIMA
    equal = 0  # a byte for each filing, which 64 cannot overflow
    for at, value in enumerate(minima):
        column = columns[at * count : (at + 1) * count].translate(_ONLY[value])
        equal += int.from_bytes(column, "little")
    enough = equal + int.from_bytes(bytes((_YES - equal_min,)) * count, "little")
    return (enough >> 7 & int.from_bytes(b"\x01" * count, "little")).to_bytes(count, "little")


def bits(flags: bytes) -> int:
    """Flags of a byte each as one bit each, the first the lowest."""
    return int(flags[::-1].translate(_DIGITS), 2) if flags else 0


def with_column(columns: bytes, rank: int, minima: bytes) -> bytes:
    """The columns with the minima of another filing at a rank."""
    count = len(columns) // MINIMA
    parts: list[bytes] = []
    for at in range(MINIMA):
        start = at * count
        parts += columns[start : start + rank], minima[at : at + 1], columns[start + rank : start + count]
    return b"".join(parts)


def without_columns(columns: bytes, first: int, end: int) -> bytes:
    """The columns without the filings of ranks `first` to before `end`."""
    count = len(columns) // MINIMA
    parts: list[bytes] = []
    for start in range(0, len(columns), count):
        parts += columns[start : start + first], columns[start + end : start + count]
    return b"".join(parts)


def with_row(rows: bytes, width: int, rank: int, flags: bytes) -> bytes:
    """Rows of bits, each `width` bytes, with another filing at a rank, which is like those flagged with 1."""
    spread = bytearray(_with_gap(rows, width, rank))
    byte, bit = divmod(rank, 8)
    told = int.from_bytes(spread[byte::width], "little") | int.from_bytes(flags, "little") << bit
    spread[byte::width] = told.to_bytes(len(flags), "little")
    own = bits(flags[:rank]) | 1 << rank | bits(flags[rank:]) << rank + 1
    return bytes(spread[: rank * width] + own.to_bytes(width, "little") + spread[rank * width :])


def without_rows(rows: bytes, width: int, first: int, end: int) -> bytes:
    """The rows of bits without the filings of ranks `first` to before `end`."""
    kept = rows[: first * width] + rows[end * width :]
    whole, count = int.from_bytes(kept, "little"), len(kept) // width
    before = whole & _repeated((1 << first) - 1, width, count) if first else 0
    after = whole & _repeated((1 << 8 * width) - (1 << end), width, count)
    return (before | after >> end - first).to_bytes(len(kept), "little")


def _with_gap(rows: bytes, width: int, rank: int) -> bytes:
    """Every row with a bit of 0 at a rank, later ones moved on."""
    count = len(rows) // width
    if rank >= count:
        return rows
    whole = int.from_bytes(rows, "little")
    before = whole & _repeated((1 << rank) - 1, width, count)
    return (before | (whole ^ before) << 1).to_bytes(len(rows), "little")


def _repeated(mask: int, width: int, count: int) -> int:
    return int.from_bytes(mask.to_bytes(width, "little") * count, "little")
