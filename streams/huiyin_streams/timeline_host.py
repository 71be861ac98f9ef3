"""The host of the timeline: follows the logs and keeps the one causal order of what happened in each case.

Cursors, held events and numbered entries move in one transaction that is on disk before anybody sees it: so a
number is given once, whatever is killed when. Each transaction checks that the database stands where this
host left it. It does not when a second host is at work, or when a commit took effect though its answer was
lost; the host then reads on from where the database says.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import aclosing
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, IntegrityError, OperationalError

from huiyin_domain.timeline.reading import LogEnd
from huiyin_domain.timeline.waits import Wait, overdue
from huiyin_kernel.clock import Clock
from huiyin_kernel.projection import Follow
from huiyin_kernel.rpc.log_ends import LogEnd as AskEnd
from huiyin_kernel.telemetry.folds import FoldCounts
from huiyin_kernel.telemetry.following import followed
from huiyin_store.durable import Durable
from huiyin_store.limits import StoreLimits
from huiyin_store.port import StoreUnavailableError
from huiyin_store.postgres_letters import PostgresLetters
from huiyin_store.reading import Readers
from huiyin_store.session import Link
from huiyin_streams import timeline_tables as tables
from huiyin_streams.log_queues import LogQueues
from huiyin_streams.timeline_aside import CONSUMER
from huiyin_streams.timeline_book import Batch, Rules, TimelineBook
from huiyin_streams.timeline_figures import TimelineFigures

BATCH_MAX = 500
"""Events in one transaction."""
WANTED_MAX = 50
"""Events in one transaction while too many wait."""
REST_SECONDS = 0.02
"""Rest after each transaction but a full one: what comes meanwhile shares the next one."""
ASK_SECONDS = 0.2
"""Between looks whether a log should be asked for its end."""
WATCH_SECONDS = 1.0
"""Between looks for what has waited too long."""
RETRY_SECONDS = 1.0
LETTERS_MAX = 100
"""Letters that are looked at at once."""
ALARM_LINES_MAX = 20
"""Events that one look names in the log."""

LogEnds = Mapping[str, AskEnd]
"""How each log is asked for its end."""

log = logging.getLogger(__name__)


class TimelineHost:
    """One host. `durable` says how far the timeline has come, and wakes who waits for more."""

    def __init__(self, dsn: str, rules: Rules, clock: Clock, patience: timedelta) -> None:
        self._dsn, self._rules, self._clock, self._patience = dsn, rules, clock, patience
        self._queues = LogQueues(())
        self._ends: list[LogEnd] = []
        self._connection: AsyncConnection[Any] | None = None
        self._counts = FoldCounts("streams-timeline", lambda: len(self._queues))
        self._figures = TimelineFigures()
        self._readers = Readers([Link(dsn, "streams", StoreLimits())])
        self._letters = PostgresLetters(self._readers)
        self._asked: list[UUID] = []
        self.durable = Durable()

    async def run(self, feeds: Mapping[str, Follow], ends: LogEnds) -> None:
        """Follows the logs for ever; over outages of feeds and database."""
        try:
            while True:
                try:
                    await self._read_on(feeds, ends)
                    self._counts.restarts.inc()
                    log.warning("the timeline is not where it was left: reading on from there")
                except* OperationalError as errors:
                    self._counts.retries.inc()
                    log.warning("the timeline waits for the database: %s", errors.exceptions[0])
                except* IntegrityError as errors:
                    self._counts.retries.inc()
                    log.exception("the timeline cannot go on from where it stands", exc_info=errors)
                await asyncio.sleep(RETRY_SECONDS)
        finally:
            await self._readers.aclose()
            if self._connection is not None:
                await self._connection.close()

    async def _read_on(self, feeds: Mapping[str, Follow], ends: LogEnds) -> None:
        """Reads and merges; returns when the database was moved by another hand."""
        self._queues, self._ends = LogQueues(feeds), []
        async with asyncio.TaskGroup() as group:
            book = await self._opened(feeds)
            self._counts.begin(book.merge.positions)
            tasks = [group.create_task(self._read(book, name, follow)) for name, follow in feeds.items()]
            tasks += [group.create_task(self._ask(book, ends)), group.create_task(self._watch(book))]
            tasks.append(group.create_task(self._look()))
            while await self._step(book):
                pass
            for task in tasks:
                task.cancel()

    async def _opened(self, feeds: Mapping[str, Follow]) -> TimelineBook:
        connection = await self._connected()
        async with connection.transaction():
            kept = await tables.read_kept(connection, feeds)
            book = await TimelineBook.opened(connection, self._rules, kept)
        self.durable.reached(kept.sequence)
        return book

    async def _connected(self) -> AsyncConnection[Any]:
        if self._connection is None or self._connection.closed or self._connection.broken:
            options = "-c synchronous_commit=on"  # a number that was seen is given for ever
            self._connection = await AsyncConnection.connect(self._dsn, autocommit=True, options=options)
        return self._connection

    async def _read(self, book: TimelineBook, name: str, follow: Follow) -> None:
        source = follow(book.merge.positions[name])
        async with aclosing(followed(self._counts.following[name], source)) as items:
            async for envelope, _ in items:
                if envelope is not None:
                    await self._queues.put(envelope)

    async def _step(self, book: TimelineBook) -> bool:
        """One batch; False when the database was moved by another hand."""
        batch = await self._batch(book)
        done = self._counts.batch(batch.events)
        connection = await self._connected()
        async with connection.transaction():
            if not await book.apply(connection, batch, self._clock.now()):
                return False
        self.durable.reached(book.ledger.sequence)
        self._figures.applied(batch, book)
        done(book.merge.positions)
        await asyncio.sleep(0 if len(batch.events) == BATCH_MAX else REST_SECONDS)
        return True

    async def _batch(self, book: TimelineBook) -> Batch:
        wanted = book.merge.wanted()
        while not (book.is_freed or self._ends or self._asked or self._queues.has(wanted)):
            self._queues.news.clear()
            await self._queues.news.wait()
        events = self._queues.take(WANTED_MAX if wanted else BATCH_MAX, wanted)
        ends, self._ends = self._ends, []
        asked, self._asked = self._asked, []
        return Batch(events, ends, asked=asked)

    async def _look(self) -> None:
        """Looks from time to time for what somebody wants entered after all."""
        while True:
            try:
                letters = await self._letters.redriving([CONSUMER], LETTERS_MAX)
                self._asked = [letter.letter_id for letter in letters]
            except StoreUnavailableError as error:
                log.warning("the timeline cannot look for letters: %s", error)
            if self._asked:
                self._queues.news.set()
            await asyncio.sleep(WATCH_SECONDS)

    async def _ask(self, book: TimelineBook, ends: LogEnds) -> None:
        """Asks logs for their ends when something waits for them: what they do not hold by then is false."""
        while True:
            asked = [name for name in book.merge.to_ask() if name not in {end.log for end in self._ends}]
            answered = [await self._ask_one(book, name, ends) for name in asked]
            await asyncio.sleep(ASK_SECONDS if all(answered) else RETRY_SECONDS)

    async def _ask_one(self, book: TimelineBook, name: str, ends: LogEnds) -> bool:
        arrivals = book.merge.arrivals
        position = await ends[name]()
        if position is None:
            return False
        self._ends.append(LogEnd(name, position, arrivals))
        self._queues.news.set()
        return True

    async def _watch(self, book: TimelineBook) -> None:
        """Raises the alarm when something has waited too long, once for each event."""
        named: set[tuple[str, int]] = set()
        while True:
            now, waits = self._clock.now(), book.waits()
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
