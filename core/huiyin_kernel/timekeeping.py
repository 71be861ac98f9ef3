"""Whether this machine's clock can be believed: it is compared with others before lateness rests on it.

A clock that runs ahead would record lateness that is none, one that lags would hide some, and both would
stand in the log for ever. The measures: the database's clock, which gives events their recorded time; the
last recorded time of the log, before which no event can be; and a time server, where one is named. One that
does not answer is no finding: else whoever cuts it off could keep lateness from the record.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from huiyin_kernel.clock import Clock, steady_seconds
from huiyin_kernel.sntp import NoTimeError, TimeServer
from huiyin_kernel.telemetry import metrics
from huiyin_store.port import LogHead, StoreError

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""How often a clock is compared; for what rests on it more heavily, it is compared each time."""
REFERENCE_SECONDS = 64.0
"""How often a time server is asked: servers are shared, and turn away who asks more often."""
DATABASE, LOG, REFERENCE = "database", "log", "reference"
_NONE = timedelta()


@dataclass(frozen=True, slots=True)
class Difference:
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
        self, own: Clock, store: TimedStore, bound: timedelta, reference: TimeServer | None = None
    ) -> None:
        self._own, self._store, self._bound, self._reference = own, store, bound, reference
        self._differences: dict[str, Difference] = {}
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

    def beyond(self) -> Sequence[Difference]:
        """The differences found lately that are beyond the bound; none: the clock can be believed."""
        return [one for one in self._differences.values() if one.is_beyond(self._bound)]

    async def look(self) -> Sequence[Difference]:
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
            self._differences[LOG] = Difference(LOG, min(self._own.now() - head.recorded, _NONE))

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
        self._differences[against] = Difference(against, before + half - theirs, abs(half))

    def _say(self, against: tuple[str, ...], found: Sequence[Difference]) -> None:
        if against == self._said:
            return
        self._said = against
        if found:
            what = ", ".join(one.sentence() for one in found)
            log.error("%s: %s; no lateness is recorded until it is set right", self._store.log, what)
        else:
            log.info("%s: the clock agrees again with what it is compared with", self._store.log)
