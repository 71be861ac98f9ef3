"""A time server for tests: it answers SNTP questions with the time it is told, or wrongly as it is told."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from huiyin_kernel.timekeeping import TimeServer

_EPOCH = datetime(1900, 1, 1, tzinfo=UTC)
_PACKET = struct.Struct("!BBbb II4s QQQQ")

Spoil = Callable[[dict[str, int]], None]


def stamp(instant: datetime) -> int:
    """Seconds since 1900 and their parts, as they are sent; they begin again every 2**32 seconds."""
    microseconds = (instant - _EPOCH) // timedelta(microseconds=1)
    return ((microseconds // 10**6 % 2**32) << 32) | (microseconds % 10**6 << 32) // 10**6


class _Server(asyncio.DatagramProtocol):
    def __init__(self, now: Callable[[], datetime], spoil: Spoil | None) -> None:
        self._now, self._spoil = now, spoil

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        now = stamp(self._now())
        said = {"first": 0b00_100_100, "stratum": 2, "originate": _PACKET.unpack(data)[-1], "sent": now}
        if self._spoil is not None:
            self._spoil(said)
        head = (said["first"], said["stratum"], 6, -20, 0, 0, b"TEST")
        self._transport.sendto(_PACKET.pack(*head, now, said["originate"], now, said["sent"]), addr)


@asynccontextmanager
async def serving_time(now: Callable[[], datetime], spoil: Spoil | None = None) -> AsyncIterator[TimeServer]:
    """A server on this machine."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Server(now, spoil), local_addr=("127.0.0.1", 0)
    )
    try:
        host, port = transport.get_extra_info("sockname")
        yield TimeServer(host, port)
    finally:
        transport.close()
