"""Fresh identifiers (UUIDv7, RFC 9562): the only place that asks for chance."""

import os
import time
from uuid import UUID, uuid5

_CHANCE, _VARIANT = 10, "89ab"
_NAMESPACE = UUID("6f1c8a52-7d0e-4b8e-9a65-0f2f6c1d7e10")


def uuid7() -> UUID:
    """A fresh UUIDv7: 48 bits of Unix milliseconds, then chance."""
    milliseconds = time.time_ns() // 1_000_000
    chance = int.from_bytes(os.urandom(10))
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | (chance >> 68) << 64
    return UUID(int=value | 0b10 << 62 | (chance & 0x3FFF_FFFF_FFFF_FFFF))


def uuid7_texts(count: int) -> tuple[str, ...]:
    """So many of them as texts, written from one draw of chance: in a third of the time."""
    milliseconds, digits = f"{time.time_ns() // 1_000_000:012x}", os.urandom(_CHANCE * count).hex()
    chances = [digits[start : start + 2 * _CHANCE] for start in range(0, len(digits), 2 * _CHANCE)]
    begin = f"{milliseconds[:8]}-{milliseconds[8:]}-7"
    return tuple(f"{begin}{one[:3]}-{_VARIANT[int(one[3], 16) & 3]}{one[4:7]}-{one[7:19]}" for one in chances)


def published_request(agency: str, message_id: str) -> UUID:
    """The request id of the command in an agency's message: the same whenever it is carried out.

    A name in the scope of the exchange for that agency: a caller of its own who works it out takes nothing.
    """
    return derived("exchange", agency, message_id)


def derived(*parts: str) -> UUID:
    """The same UUID for the same parts, for deterministic request ids (RFC 9562, version 5)."""
    return uuid5(_NAMESPACE, "\x1f".join(parts))
