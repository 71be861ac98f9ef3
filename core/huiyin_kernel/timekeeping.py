"""Whether this machine's clock can be believed: asked of time servers (SNTP, RFC 4330) and of the log.

A clock that runs ahead would record lateness that is none, one that lags would hide some, and both would
stand in the log for ever. The measures: the database's clock, which gives events their recorded time; the
last recorded time of the log, before which no event can be; and a time server, where one is named. One that
does not answer is no finding: else whoever cuts it off could keep lateness from the record.
"""

import asyncio
import logging
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from huiyin_kernel.clock import steady_seconds
from huiyin_kernel.telemetry import metrics
from huiyin_store.port import LogHead, StoreError, WorldClock

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

    async def now(self, clock: WorldClock) -> datetime:
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


log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""How often a clock is compared; for what rests on it more heavily, it is compared each time."""
REFERENCE_SECONDS = 64.0
"""How often a time server is asked: servers are shared, and turn away who asks more often."""
DATABASE, LOG, REFERENCE = "database", "log", "reference"
_NONE = timedelta()


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """How much the clock is ahead of another one (behind, if negative), and how sure that is."""

    against: str
    ahead: timedelta
    unsure: timedelta = _NONE

    def is_beyond(self, bound: timedelta) -> bool:
        """Whether it surely is more than the bound."""
        return abs(self.ahead) - self.unsure > bound

    def sentence(self) -> str:
        """For people, in English."""
        way = "ahead of" if self.ahead > _NONE else "behind"
        return f"the clock is {abs(self.ahead).total_seconds():.0f} s {way} {_NAMES[self.against]}"


_NAMES = {
    DATABASE: "the database's",
    LOG: "the last event of the log",
    REFERENCE: "the time server's",
}


class TimedStore(Protocol):
    """The part of the event store that knows the time."""

    log: str

    async def clock(self) -> datetime: ...

    async def head(self) -> LogHead: ...


class Timekeeper:
    """A clock that knows how far it can be believed. `bound` is the setting CLOCK_SECONDS_MAX.

    As a clock it gives this machine's time; the database's, where the two differ by more than the bound: what
    is recorded must not lie in the future of the log that records it.
    """

    def __init__(
        self, own: WorldClock, store: TimedStore, bound: timedelta, reference: TimeServer | None = None
    ) -> None:
        self._own, self._store, self._bound, self._reference = own, store, bound, reference
        self._differences: dict[str, ClockOffset] = {}
        self._read: tuple[datetime, float] | None = None
        """The database's time when it was last asked, and the steady seconds of that moment."""
        self._reference_asked: datetime | None = None
        self._said: tuple[str, ...] = ()

    def now(self) -> datetime:
        """The time that commands are judged by; one that was set wrong a moment ago is noticed at once."""
        own = self._own.now()
        if self._read is None:
            return own
        theirs, at = self._read
        database = theirs + timedelta(seconds=steady_seconds() - at)
        return database if abs(own - database) > self._bound else own

    def beyond(self) -> Sequence[ClockOffset]:
        """The differences found lately that are beyond the bound; none: the clock can be believed."""
        return [one for one in self._differences.values() if one.is_beyond(self._bound)]

    async def look(self) -> Sequence[ClockOffset]:
        """Compares now, and gives what is beyond the bound. Raises StoreError when nothing can be asked."""
        await self._look_at_store()
        await self._look_at_reference()
        found = self.beyond()
        for one in self._differences.values():
            metrics.MACHINE_CLOCK_AHEAD.labels(one.against).set(one.ahead.total_seconds())
        metrics.MACHINE_CLOCK_DOUBTED.set(bool(found))
        self._say(tuple(one.against for one in found), found)
        return found

    async def run(self) -> None:
        """Looks again and again, for ever, over outages of the database."""
        while True:
            try:
                await self.look()
            except StoreError as error:
                log.info("the clock is not compared: %s", error)
            await asyncio.sleep(LOOK_SECONDS)

    async def _look_at_store(self) -> None:
        before = self._own.now()
        theirs = await self._store.clock()
        self._note(DATABASE, before, theirs, self._own.now())
        self._read = theirs, steady_seconds()
        head = await self._store.head()
        if head.recorded is not None:
            # A log is no clock, only a time that has been: to be ahead of it is nothing.
            self._differences[LOG] = ClockOffset(LOG, min(self._own.now() - head.recorded, _NONE))

    async def _look_at_reference(self) -> None:
        asked, now = self._reference_asked, self._own.now()
        if self._reference is None or (asked and abs(now - asked).total_seconds() < REFERENCE_SECONDS):
            return
        self._reference_asked = now
        try:
            theirs = await self._reference.now(self._own)
        except NoTimeError as error:
            log.warning("the clock is not compared with a time server: %s", error)
            metrics.MACHINE_CLOCK_UNANSWERED.inc()
            return
        self._note(REFERENCE, now, theirs, self._own.now())

    def _note(self, against: str, before: datetime, theirs: datetime, after: datetime) -> None:
        """The other clock was read at some moment between the two readings of this one."""
        half = (after - before) / 2
        self._differences[against] = ClockOffset(against, before + half - theirs, abs(half))

    def _say(self, against: tuple[str, ...], found: Sequence[ClockOffset]) -> None:
        if against == self._said:
            return
        self._said = against
        if found:
            what = ", ".join(one.sentence() for one in found)
            log.error("%s: %s; no lateness is recorded until it is set right", self._store.log, what)
        else:
            log.info("%s: the clock agrees again with what it is compared with", self._store.log)
