"""How alike two filings are, by the lowest 8 bits of their sketches' minima (b-bit minwise hashing)."""

import math

MINIMA = 64
SCHEME = "minhash64-1"
"""Names everything that makes sketches comparable: segmentation, stop words, weights and permutations."""
_VALUES = 256
_LOW = int.from_bytes(b"\x7f" * MINIMA)
_HIGH = int.from_bytes(b"\x80" * MINIMA)


def equal_minima(first: int, second: int) -> int:
    """How many of the minima are equal; the bytes of each sketch as one number, for speed."""
    differing = first ^ second
    return MINIMA - ((((differing & _LOW) + _LOW) | differing) & _HIGH).bit_count()


def needed(likeness: float) -> int:
    """How many minima must be equal for this share of common terms: 8 bits also agree by chance."""
    return math.ceil(MINIMA * (likeness + (1 - likeness) / _VALUES))
