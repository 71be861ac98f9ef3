"""Asks a time server what time it is: the client's part of SNTP (RFC 4330), one datagram each way."""

import asyncio
import os
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from huiyin_kernel.clock import Clock

PORT = 123
ANSWER_SECONDS_MAX = 2.0

_PACKET = struct.Struct("!BBbb II4s QQQQ")
_REQUEST = 4 << 3 | 3  # version 4, mode client
_SERVER_MODE = 4
_UNSYNCHRONISED = 3
_STRATUM_MAX = 15
_EPOCH = datetime(1900, 1, 1, tzinfo=UTC)
_ERA = timedelta(seconds=2**32)  # the server's seconds begin again in 2036


class NoTimeError(Exception):
    """The time server gave no time; the message says why."""


@dataclass(frozen=True, slots=True)
class TimeServer:
    """A server named as host or host:port."""

    host: str
    port: int = PORT

    async def now(self, clock: Clock) -> datetime:
        """Its time in the middle of the question and the answer. Raises NoTimeError."""
        nonce = int.from_bytes(os.urandom(8)) | 1
        before = clock.now()
        answer = await self._ask(_PACKET.pack(_REQUEST, 0, 0, 0, 0, 0, b"", 0, 0, 0, nonce))
        received, sent = _times(answer, nonce, before)
        return received + (sent - received) / 2

    async def _ask(self, question: bytes) -> bytes:
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[bytes] = loop.create_future()
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                transport, _ = await loop.create_datagram_endpoint(
                    lambda: _Answer(answered), remote_addr=(self.host, self.port)
                )
                try:
                    transport.sendto(question)
                    return await answered
                finally:
                    transport.close()
        except (OSError, TimeoutError) as error:
            raise NoTimeError(f"{self.host}:{self.port} does not answer ({error!r})") from error


class _Answer(asyncio.DatagramProtocol):
    """Waits for the first datagram of the server that was asked; the socket takes no other's."""

    def __init__(self, answered: asyncio.Future[bytes]) -> None:
        self._answered = answered

    def datagram_received(self, data: bytes, addr: object) -> None:
        if not self._answered.done():
            self._answered.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self._answered.done():
            self._answered.set_exception(exc)


def _times(answer: bytes, nonce: int, near: datetime) -> tuple[datetime, datetime]:
    """When the server received the question and sent the answer."""
    if len(answer) < _PACKET.size:
        raise NoTimeError("what came back is no answer of a time server")
    first, stratum, _, _, _, _, _, _, originate, received, sent = _PACKET.unpack(answer[: _PACKET.size])
    if originate != nonce or first & 7 != _SERVER_MODE:
        raise NoTimeError("what came back does not answer the question")
    if first >> 6 == _UNSYNCHRONISED or not 0 < stratum <= _STRATUM_MAX or not sent:
        raise NoTimeError("the time server does not know the time itself")
    return _instant(received, near), _instant(sent, near)


def _instant(stamp: int, near: datetime) -> datetime:
    """Seconds since 1900 and their 2**32nd parts, in the era that is nearest."""
    instant = _EPOCH + timedelta(seconds=stamp >> 32, microseconds=(stamp & 0xFFFFFFFF) * 10**6 >> 32)
    eras = round((near - instant) / _ERA)
    return instant + eras * _ERA


def time_server(text: str) -> TimeServer | None:
    """The server that a setting names; None for an empty one."""
    host, _, port = text.partition(":")
    return TimeServer(host, int(port or PORT)) if text else None
