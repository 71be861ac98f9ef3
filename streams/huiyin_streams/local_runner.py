"""The local runner: hosts the stream folds in the embedded default, on the timeline's own database.

Cursor, states and rows move in one transaction, so that nothing is lost and nothing counts twice. A case
whose entry cannot be folded is set aside with a dead letter; its later entries wait, and all others go on.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, OperationalError

from huiyin.insight.v1.filings_pb2 import IssueFiling
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_domain.cases.fold import CaseFold
from huiyin_domain.policy.years import in_force
from huiyin_domain.streams.fold import StreamFold, recount, step
from huiyin_domain.streams.folds import VERSION, Folds
from huiyin_domain.streams.folds import folds as stream_folds
from huiyin_domain.streams.output import Output, Sink
from huiyin_kernel.cases_aside import CasesAside, Letter, is_of_the_event
from huiyin_kernel.clock import Clock, SystemClock
from huiyin_kernel.codec import entry_of
from huiyin_kernel.policy_kept import PolicyKept, policy_in
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.counts import WorkerCounts
from huiyin_kernel.telemetry.traces import about
from huiyin_kernel.timeline_rows import read_timeline
from huiyin_streams.sink_rows import forget_rows, write_outputs

BATCH_MAX = 200
"""Entries folded in one transaction."""
PAUSE_SECONDS = 0.2
"""Between looks at a timeline that has nothing new."""
RETRY_SECONDS_MAX = 30.0
LOOK_SECONDS = 1.0
"""Between looks for cases that are to be folded again."""
CASES = CaseFold.name
"""The model of this schema that reads policy from the log."""
NAME, CONSUMER = "local", "streams-local"
"""What its metrics and its letters call it."""

_BEGIN = "INSERT INTO streams.stream_cursor (name, sequence) VALUES (%s, 0) ON CONFLICT DO NOTHING"
_CURSOR = "SELECT sequence FROM streams.stream_cursor WHERE name = %s FOR UPDATE"
_ADVANCE = "UPDATE streams.stream_cursor SET sequence = %s WHERE name = %s"
_FORGET_OTHERS = "DELETE FROM streams.stream_state WHERE fold <> ALL (%s)"
_FORGET_WAITING = "DELETE FROM streams.fold_waiting WHERE model LIKE %s AND model <> %s"
_NEXT = "SELECT key, state FROM streams.stream_state WHERE fold = %s AND key > %s ORDER BY key LIMIT %s"
_LOAD = "SELECT key, state FROM streams.stream_state WHERE fold = %s AND key = ANY(%s)"
_SAVE = """
INSERT INTO streams.stream_state (fold, key, state) VALUES (%s, %s, %b)
ON CONFLICT (fold, key) DO UPDATE SET state = EXCLUDED.state
"""

Read = Callable[[AsyncConnection[Any], int, int], Awaitable[list[CaseEvent]]]

log = logging.getLogger(__name__)


class LocalRunner:
    """Folds the timeline for ever; a second one at the same time waits for the first at each batch."""

    def __init__(
        self, dsn: str, folds: Folds, read: Read = read_timeline, clock: Clock | None = None
    ) -> None:
        self._dsn, self._folds, self._read = dsn, folds, read
        self._shipped = folds.timetable
        self._name = f"{NAME}-v{VERSION}"
        self._connection: AsyncConnection[Any] | None = None
        self._counts = WorkerCounts(NAME)
        self._aside: CasesAside[Any] = CasesAside("streams", self._name, CONSUMER, clock or SystemClock())
        self._look_at = 0.0

    async def run(self) -> None:
        """Over outages of the database."""
        wait = PAUSE_SECONDS
        try:
            while True:
                try:
                    await self._look()
                    found = await self.fold_batch()
                    wait = 0.0 if found else PAUSE_SECONDS
                except OperationalError as error:
                    log.warning("the local runner waits for the database: %s", error)
                    wait = 1.0
                except Exception:  # of no entry: logged, and tried again
                    log.exception("the local runner cannot fold what comes next in the timeline")
                    self._counts.retries.inc()
                    wait = min(max(1.0, wait * 2), RETRY_SECONDS_MAX)
                await asyncio.sleep(wait)
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Closes its connection; the next batch opens another."""
        if self._connection is not None:
            await self._connection.close()

    async def fold_batch(self) -> int:
        """Folds what comes next; returns how many entries that were."""
        connection, done = await self._connected(), self._counts.begin()
        async with connection.transaction():
            after = await self._cursor(connection)
            outputs = await self._take_policy(connection, after)
            records = await self._read(connection, after, BATCH_MAX)
            if records:
                outputs += await self._take(connection, records)
                await connection.execute(_ADVANCE, (records[-1].sequence, self._name))
        if records:
            done([record.event for record in records], outputs)
        return len(records)

    async def _take_policy(self, connection: AsyncConnection[Any], after: int) -> int:
        """Counts all anew when the case lists, which read the log, took policy over; how many outputs."""
        kept, lists = PolicyKept("streams", self._name), PolicyKept("streams", CASES)
        found = await lists.events(connection)
        for event in found[len(await kept.events(connection)) :]:
            await kept.add(connection, event, after)
        timetable = in_force(self._shipped, map(policy_in, found))
        if self._folds.timetable.version != timetable.version:
            self._folds = stream_folds(timetable, self._folds.derived)
        if await kept.counted_by(connection) == timetable.version:
            return 0
        outputs = await _Batch(connection, self._folds, self._state_name).recount()
        await kept.counted(connection, timetable.version)
        return outputs

    async def _take(self, connection: AsyncConnection[Any], records: Sequence[CaseEvent]) -> int:
        """Folds entries together, or one by one where a case is aside or has to be."""
        aside = await self._aside.among(connection, {record.case_id for record in records})
        if not aside:
            outputs = await self._folded(connection, records)
            if not isinstance(outputs, Exception):
                return outputs
        return sum([await self._take_one(connection, record, aside) for record in records])

    async def _take_one(
        self, connection: AsyncConnection[Any], record: CaseEvent, aside: dict[str, UUID]
    ) -> int:
        """Folds an entry; or lets it wait, when its case is aside or is so from here on."""
        item, case_id = record.SerializeToString(deterministic=True), record.case_id
        if case_id in aside:
            await self._aside.add(connection, case_id, aside[case_id], item)
            return 0
        outputs = await self._folded(connection, [record])
        if isinstance(outputs, Exception):
            log.error("the local runner sets a case aside", extra=about(record.event))
            aside[case_id] = await self._aside.put(connection, case_id, record.event, item, outputs)
            self._counts.dead.inc()
            return 0
        return outputs

    async def _folded(
        self, connection: AsyncConnection[Any], records: Sequence[CaseEvent]
    ) -> int | Exception:
        """How many outputs there were; or what stands against the entries, and then nothing is done."""
        try:
            async with connection.transaction():
                return await _Batch(connection, self._folds, self._state_name).take(records)
        except Exception as error:  # every failure is the caller's to say, but for those of no entry
            if not is_of_the_event(error):
                raise
            return error

    async def _look(self) -> None:
        """Looks from time to time for cases that somebody wants folded again."""
        if time.monotonic() < self._look_at:
            return
        self._look_at, connection = time.monotonic() + LOOK_SECONDS, await self._connected()
        count, wanted = await self._aside.state(connection)
        metrics.FOLD_ASIDE.labels(CONSUMER).set(count)
        if wanted:
            async with connection.transaction():
                await self._cursor(connection)  # one runner at a time
                for letter in await self._aside.redriving(connection):
                    await self._redrive(connection, letter)

    async def _redrive(self, connection: AsyncConnection[Any], letter: Letter) -> None:
        outputs = await self._folded(connection, [CaseEvent.FromString(item) for item in letter.items])
        if isinstance(outputs, Exception):
            await self._aside.failed(connection, letter.letter_id, outputs)
        else:
            await self._aside.done(connection, letter.letter_id)

    def _state_name(self, fold: str) -> str:
        return f"{fold}-v{VERSION}"

    async def _connected(self) -> AsyncConnection[Any]:
        if self._connection is None or self._connection.closed or self._connection.broken:
            options = "-c synchronous_commit=off"  # what a crash takes back it takes back whole
            self._connection = await AsyncConnection.connect(self._dsn, autocommit=True, options=options)
            await self._begin(self._connection)
        return self._connection

    async def _begin(self, connection: AsyncConnection[Any]) -> None:
        """At the first start, and at that of a new version of the folds, nothing of before is shown."""
        async with connection.transaction():
            begun = await connection.execute(_BEGIN, (self._name,))
            if begun.rowcount:
                await forget_rows(connection)
                kept = [self._state_name(fold.name) for fold in (self._folds.cases, self._folds.cells)]
                await connection.execute(_FORGET_OTHERS, (kept,))
                await connection.execute(_FORGET_WAITING, (f"{NAME}-v%", self._name))

    async def _cursor(self, connection: AsyncConnection[Any]) -> int:
        row = await (await connection.execute(_CURSOR, (self._name,))).fetchone()
        if row is None:
            raise LookupError(f"streams.stream_cursor has lost the row {self._name}: start the service again")
        return int(row[0])


class _Batch:
    """One transaction's worth of entries."""

    def __init__(
        self, connection: AsyncConnection[Any], folds: Folds, state_name: Callable[[str], str]
    ) -> None:
        self._connection, self._folds, self._state_name = connection, folds, state_name

    async def take(self, records: Sequence[CaseEvent]) -> int:
        """Folds them, keeps the states and writes the rows; returns how many outputs there were."""
        outputs = await self._fold(self._folds.cases, [entry_of(record) for record in records])
        filings = [output for output in outputs if output.sink is Sink.FILINGS]
        outputs = [output for output in outputs if output.sink is not Sink.FILINGS]
        if filings:
            items = [IssueFiling.FromString(filing.value or b"") for filing in filings]
            outputs += await self._fold(self._folds.cells, items)
        await write_outputs(self._connection, outputs)
        return len(outputs)

    async def recount(self) -> int:
        """Every case by the folds' timetable; how many outputs there were."""
        fold, last, count = self._folds.cases, "", 0
        while True:
            values = (self._state_name(fold.name), last, BATCH_MAX)
            cursor = await self._connection.execute(_NEXT, values, binary=True)
            states = {key: bytes(state) for key, state in await cursor.fetchall()}
            if not states:
                return count
            found = {key: recount(fold, state, key) for key, state in states.items()}
            await self._save(fold, {key: kept for key, (kept, _) in found.items() if kept is not None})
            outputs = [output for _, made in found.values() for output in made]
            outputs = [output for output in outputs if output.sink is not Sink.FILINGS]
            await write_outputs(self._connection, outputs)
            last, count = max(states), count + len(outputs)

    async def _fold(self, fold: StreamFold[Any, Any], items: Sequence[Any]) -> list[Output]:
        states = await self._load(fold, items)
        changed: dict[str, bytes] = {}
        outputs: list[Output] = []
        for item in items:
            for key in fold.keys(item):
                kept, put_out = step(fold, states.get(key), item)
                outputs += put_out
                if kept is not None:
                    states[key] = changed[key] = kept
        await self._save(fold, changed)
        return outputs

    async def _load(self, fold: StreamFold[Any, Any], items: Iterable[Any]) -> dict[str, bytes]:
        keys = sorted({key for item in items for key in fold.keys(item)})
        found = await self._connection.execute(_LOAD, (self._state_name(fold.name), keys), binary=True)
        return {key: bytes(state) for key, state in await found.fetchall()}

    async def _save(self, fold: StreamFold[Any, Any], states: Mapping[str, bytes]) -> None:
        rows = [(self._state_name(fold.name), key, state) for key, state in states.items()]
        if rows:
            await self._connection.cursor().executemany(_SAVE, rows)
