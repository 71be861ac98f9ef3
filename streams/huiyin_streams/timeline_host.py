"""The host of the timeline: follows the logs and keeps the one causal order of what happened in each case.

Cursors, held events and numbered entries move in one transaction that is on disk before anybody sees it: so a
number is given once, whatever is killed when.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta

from huiyin_domain.timeline.held import LogEnd
from huiyin_domain.timeline.ledger import Wait, overdue
from huiyin_kernel.cases_aside import asked_again
from huiyin_kernel.fold_loop import Connection, OwnConnection, run_fold
from huiyin_kernel.log_batches import BATCH_MAX, LogBatches, Positions
from huiyin_kernel.rpc.feed import AskEnd
from huiyin_kernel.shared_log import SharedLog
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.counts import FoldCounts
from huiyin_store.durable_reads import Durable
from huiyin_store.port import WorldClock
from huiyin_streams import timeline_tables as tables
from huiyin_streams.timeline_aside import CONSUMER
from huiyin_streams.timeline_book import Brought, Rules, TimelineBook


class TimelineFigures:
    """Counts entries, and shows what waits."""

    def __init__(self) -> None:
        self._new = metrics.TIMELINE_ENTRIES.labels("new")
        self._again = metrics.TIMELINE_ENTRIES.labels("again")

    def applied(self, batch: Brought, book: TimelineBook) -> None:
        """A batch is on disk."""
        for one in batch.aside.letters:
            metrics.DEAD_LETTERS.labels(one.consumer, "").inc()
        metrics.TIMELINE_ASIDE.set(len(book.aside))
        self._new.inc(len(batch.placed))
        self._again.inc(len(batch.again))
        metrics.TIMELINE_MISSING_CAUSES.inc(sum(len(release.missing) for release in batch.releases))
        metrics.TIMELINE_SEQUENCE.set(book.ledger.sequence)

    def waiting(self, waits: Sequence[Wait], late: Sequence[Wait], now: datetime) -> None:
        """So much waits now; of that, what has waited longer than the alarm allows."""
        oldest = min((wait.since for wait in waits), default=now)
        metrics.TIMELINE_HELD.set(len(waits))
        metrics.TIMELINE_HELD_SECONDS.set(max(0.0, (now - oldest).total_seconds()))
        metrics.TIMELINE_ALARM.set(bool(late))


WANTED_MAX = 50
"""Events in one transaction while too many wait."""
REST_SECONDS = 0.02
"""Rest after each transaction but a full one: what comes meanwhile shares the next one."""
ASK_SECONDS = 0.2
"""Between asking logs for their ends."""
RETRY_SECONDS = 1.0
WATCH_SECONDS = 1.0
"""Between looks for what has waited too long."""
LETTERS_MAX = 100
"""Letters that are looked at at once."""
ALARM_LINES_MAX = 20
"""Events that one look names in the log."""

LogEnds = Mapping[str, AskEnd]
"""How each log is asked for its end."""

Place = tuple[int, Positions]
"""The last place given, and how far each log is read."""

log = logging.getLogger(__name__)


class TimelineHost:
    """One host: source, fold and lease in one, for what is read next depends on what waits.

    `durable` says how far the timeline has come, and wakes who waits for more.
    """

    name = CONSUMER

    def __init__(self, dsn: str, rules: Rules, clock: WorldClock, patience: timedelta) -> None:
        self._dsn, self._rules, self._clock, self._patience = dsn, rules, clock, patience
        self._logs: Mapping[str, SharedLog] = {}
        self._reading: LogBatches | None = None
        self._book = TimelineBook(rules, {}, 0)
        self._ends: list[LogEnd] = []
        self._waits = asyncio.Event()
        """Set while something waits for a log."""
        self._counts = FoldCounts(self.name)
        self._done: Callable[[Positions], None] = lambda positions: None
        self._figures = TimelineFigures()
        self.durable = Durable()

    async def run(self, logs: Mapping[str, SharedLog], ends: LogEnds) -> None:
        """Follows the logs for ever; over outages of feeds and database."""
        self._logs = logs
        beside = [asyncio.ensure_future(self._ask(ends)), asyncio.ensure_future(self._watch())]
        try:
            await run_fold(self, self, OwnConnection(self._dsn, durable=True), self)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def batches(self, place: Place) -> AsyncGenerator[Brought, None]:
        """What was read, and where logs end that were asked."""
        reading = self._reading = LogBatches(
            self._logs, self._counts, self._wanted, self._is_due, REST_SECONDS, self._most
        )
        async with aclosing(reading.batches(place[1])) as found:
            async for one in found:
                ends, self._ends = self._ends, []
                yield Brought([item for item in one.items if item.event is not None], ends)

    def _wanted(self) -> str | None:
        return self._book.merge.wanted()

    def _most(self) -> int:
        return WANTED_MAX if self._wanted() else BATCH_MAX

    def _is_due(self) -> bool:
        return bool(self._book.is_freed or self._ends)

    async def place(self, connection: Connection) -> Place:
        """Where the timeline stands; other hosts wait until the transaction ends."""
        return await tables.locked(connection, self._logs.keys())

    async def move(self, connection: Connection, place: Place, batch: Brought) -> Place:
        """The book has written where it stands."""
        return self._book.ledger.sequence, dict(self._book.merge.positions)

    async def begin(self, connection: Connection, place: Place) -> None:
        """Opens the book as the database has it."""
        self._ends = []
        self._book = await TimelineBook.opened(
            connection, self._rules, await tables.read_kept(connection, self._logs.keys())
        )
        self.durable.reached(place[0])
        self._after_batch()

    async def take(self, connection: Connection, batch: Brought) -> None:
        """Takes a batch into the book. Raises GapError."""
        self._done = self._counts.batch(batch.events)
        await self._book.apply(connection, batch, self._clock.now())

    async def look(self, connection: Connection) -> Brought | None:
        """What somebody wants entered after all."""
        asked = await asked_again(connection, "streams", CONSUMER, LETTERS_MAX)
        return Brought(asked=asked) if asked else None

    def done(self, batch: Brought, place: Place) -> None:
        """On disk."""
        self.durable.reached(place[0])
        self._figures.applied(batch, self._book)
        self._done(place[1])
        self._after_batch()

    def _after_batch(self) -> None:
        if self._book.merge.to_ask():
            self._waits.set()

    async def _ask(self, ends: LogEnds) -> None:
        """Asks logs for their ends when something waits for them: what they do not hold by then is false."""
        while True:
            await self._waits.wait()
            asked = [
                name for name in self._book.merge.to_ask() if name not in {end.log for end in self._ends}
            ]
            answered = [await self._ask_one(name, ends) for name in asked]
            if not self._book.merge.to_ask():
                self._waits.clear()
            await asyncio.sleep(ASK_SECONDS if all(answered) else RETRY_SECONDS)

    async def _ask_one(self, name: str, ends: LogEnds) -> bool:
        book = self._book
        arrivals = book.merge.arrivals
        position = await ends[name]()
        if position is None:
            return False
        if book is self._book and self._reading is not None:
            self._ends.append(LogEnd(name, position, arrivals))
            self._reading.stir()
        return True

    async def _watch(self) -> None:
        """Raises the alarm when something has waited too long, once for each event."""
        named: set[tuple[str, int]] = set()
        while True:
            now, waits = self._clock.now(), self._book.waits()
            late = overdue(waits, now, self._patience)
            self._figures.waiting(waits, late, now)
            new = [wait for wait in late if (wait.log, wait.position) not in named][:ALARM_LINES_MAX]
            named = {(wait.log, wait.position) for wait in late if (wait.log, wait.position) in named}
            for wait in new:
                named.add((wait.log, wait.position))
                log.error("%s", alarm_line(wait, (now - wait.since).total_seconds()))
            await asyncio.sleep(WATCH_SECONDS)


def alarm_line(wait: Wait, seconds: float) -> str:
    """What the alarm says: which event waits for what, and what to look at."""
    needs = ", ".join(f"version {need.version} of {need.stream} in {need.log}" for need in wait.unread)
    return (
        f"the timeline has held {wait.log} position {wait.position} back for {seconds:.0f} s: it waits for"
        f" {needs}; see whether that log's service and its feed are running"
    )
