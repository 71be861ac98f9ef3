"""The local runner: hosts the stream folds in the embedded default, on the timeline's own database.

Its source is the timeline's table, its lease a cursor, and its loop that of every fold (fold_loop). Cursor,
states and rows move in one transaction, so that nothing is lost and nothing counts twice. A case whose entry
cannot be folded is set aside with a dead letter; its later entries wait, and all others go on.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from typing import Any

from psycopg import AsyncConnection

from huiyin.event.v1.event_pb2 import Event
from huiyin.insight.v1.filings_pb2 import IssueFiling
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_domain.cases.fold import CaseFold
from huiyin_domain.policy import in_force
from huiyin_domain.streams.folds import VERSION, Folds, StreamFold, recount
from huiyin_domain.streams.folds import folds as stream_folds
from huiyin_domain.streams.output import Output, Sink
from huiyin_kernel.cases_aside import CasesAside
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.codec import entry_of
from huiyin_kernel.fold_loop import Connection, OwnConnection, run_fold
from huiyin_kernel.model_states import HotStates
from huiyin_kernel.packing import packed, unpacked
from huiyin_kernel.policy_kept import PolicyKept, policy_in
from huiyin_kernel.telemetry.counts import WorkerCounts
from huiyin_kernel.timeline_rows import read_timeline
from huiyin_store.port import WorldClock
from huiyin_streams.sink_rows import forget_rows, write_outputs

BATCH_MAX = 200
"""Entries folded in one transaction."""
LOOK_SECONDS = 5.0
"""Between looks at a timeline of which nobody told that it has grown."""
REST_SECONDS = 0.2
"""From one look to the next, but after a full batch: what comes meanwhile shares a transaction."""
CASES = CaseFold.name
"""The model of this schema that reads policy from the log."""
NAME, CONSUMER = "local", "streams-local"
"""What its metrics and its letters call it."""
CURSOR = f"{NAME}-v{VERSION}"
"""What its cursor is called, and who waits on it."""

_BEGIN = "INSERT INTO streams.stream_cursor (name, sequence) VALUES (%s, 0) ON CONFLICT DO NOTHING"
_CURSOR = "SELECT sequence FROM streams.stream_cursor WHERE name = %s FOR UPDATE"
_ADVANCE = "UPDATE streams.stream_cursor SET sequence = %s WHERE name = %s"
_FORGET_OTHERS = "DELETE FROM streams.stream_state WHERE fold <> ALL (%s)"
_FORGET_WAITING = "DELETE FROM streams.fold_waiting WHERE model LIKE %s AND model <> %s"
_NEXT = "SELECT key, state FROM streams.stream_state WHERE fold = %s AND key > %s ORDER BY key LIMIT %s"
_LOAD = "SELECT key, state FROM streams.stream_state WHERE fold = %s AND key = ANY(%s)"
_SAVE = """
INSERT INTO streams.stream_state (fold, key, state)
SELECT %s, key, state FROM unnest(%b::text[], %b::bytea[]) AS new (key, state)
ON CONFLICT (fold, key) DO UPDATE SET state = EXCLUDED.state
"""

Entries = Sequence[CaseEvent]
"""What comes next in the timeline; none: there is something to be looked at."""


@dataclass(frozen=True, slots=True)
class _Item:
    """An entry that is folded, and may have to wait."""

    record: CaseEvent

    @property
    def told_of(self) -> Event:
        return self.record.event

    @property
    def waits_as(self) -> Sequence[str]:
        return (self.record.case_id,)

    def as_kept(self) -> bytes:
        return self.record.SerializeToString(deterministic=True)


class TimelineEntries:
    """The timeline's table as a source, read over a connection of its own while a batch is being folded."""

    def __init__(self, dsn: str) -> None:
        self._reader = OwnConnection(dsn, listens="timeline")

    async def batches(self, place: int) -> AsyncGenerator[Entries, None]:
        """Entries after a place, for ever."""
        try:
            while True:
                looked = time.monotonic()
                records = await read_timeline(await self._reader.connected(), place, BATCH_MAX)
                if records:
                    yield records
                    place = records[-1].sequence
                else:
                    await self._reader.told(LOOK_SECONDS)
                if len(records) < BATCH_MAX:
                    await asyncio.sleep(looked + REST_SECONDS - time.monotonic())
        finally:
            await self._reader.aclose()


class LocalRunner:
    """Folds the timeline for ever; a second one at the same time waits for the first at each batch."""

    name = NAME

    def __init__(self, dsn: str, folds: Folds, clock: WorldClock | None = None) -> None:
        self._dsn, self._folds, self._shipped = dsn, folds, folds.timetable
        self._counts, self._outputs = WorkerCounts(NAME), 0
        self._done: Callable[[Sequence[Event], int], None] = lambda events, outputs: None
        self._aside: CasesAside[_Item] = CasesAside("streams", CURSOR, CONSUMER, clock or SystemClock())
        self._kept, self._lists = PolicyKept("streams", CURSOR), PolicyKept("streams", CASES)
        self._hot, self._place = HotStates(), 0

    async def run(self) -> None:
        """Over outages of the database."""
        await run_fold(TimelineEntries(self._dsn), self, OwnConnection(self._dsn), self)

    async def place(self, connection: Connection) -> int:
        """How far the timeline is folded; other runners wait until the transaction ends."""
        cursor = await connection.execute(_CURSOR, (CURSOR,))
        if (row := await cursor.fetchone()) is not None:
            return int(row[0])
        await self._first(connection)
        return await self.place(connection)

    async def move(self, connection: Connection, place: int, batch: Entries) -> int:
        """Where it stands after a batch."""
        if not batch:
            return place
        await connection.execute(_ADVANCE, (batch[-1].sequence, CURSOR))
        return batch[-1].sequence

    async def begin(self, connection: Connection, place: int) -> None:
        """Goes on from here, by the policy that holds."""
        self._place = place
        self._hot.clear()
        await self._take_policy(connection)

    async def take(self, connection: Connection, batch: Entries) -> None:
        """Folds a batch in; one without entries takes up policy, and letters that somebody wants folded."""
        self._done = self._counts.begin()
        self._outputs = await self._take_policy(connection)
        fold = partial(self._fold, connection)
        if batch:
            items = [_Item(record) for record in batch]
            self._counts.dead.inc(await self._aside.take(connection, items, fold))
        else:
            await self._aside.redrive(connection, lambda data: _Item(CaseEvent.FromString(data)), fold)

    async def look(self, connection: Connection) -> Entries | None:
        """Whether somebody wants a case folded again, or policy was laid down."""
        due = await self._aside.has_work(connection) or await self._has_policy(connection)
        return () if due else None

    def done(self, batch: Entries, place: int) -> None:
        """Committed."""
        self._place = place
        self._hot.commit()
        if batch:
            self._done([record.event for record in batch], self._outputs)

    async def _fold(self, connection: Connection, batch: Sequence[_Item], only: str | None) -> None:
        records = [one.record for one in batch if only in (None, one.record.case_id)]
        self._outputs += await _Batch(connection, self._folds, self._hot).take(records)

    async def _has_policy(self, connection: Connection) -> bool:
        return len(await self._lists.events(connection)) > len(await self._kept.events(connection))

    async def _take_policy(self, connection: Connection) -> int:
        """Counts all anew when the case lists, which read the log, took policy over; how many outputs."""
        found = await self._lists.events(connection)
        for event in found[len(await self._kept.events(connection)) :]:
            await self._kept.add(connection, event, self._place)
        timetable = in_force(self._shipped, map(policy_in, found))
        if self._folds.timetable.version != timetable.version:
            self._folds = stream_folds(timetable, self._folds.derived)
        if await self._kept.counted_by(connection) == timetable.version:
            return 0
        outputs = await _Batch(connection, self._folds, self._hot).recount()
        await self._kept.counted(connection, timetable.version)
        return outputs

    async def _first(self, connection: Connection) -> None:
        """At the first start, and at that of a new version of the folds, nothing of before is shown."""
        begun = await connection.execute(_BEGIN, (CURSOR,))
        if begun.rowcount:
            await forget_rows(connection)
            kept = [_state_name(fold.name) for fold in (self._folds.cases, self._folds.cells)]
            await connection.execute(_FORGET_OTHERS, (kept,))
            await connection.execute(_FORGET_WAITING, (f"{NAME}-v%", CURSOR))


def _state_name(fold: str) -> str:
    return f"{fold}-v{VERSION}"


class _Batch:
    """One transaction's worth of entries."""

    def __init__(self, connection: AsyncConnection[Any], folds: Folds, hot: HotStates) -> None:
        self._connection, self._folds, self._hot = connection, folds, hot

    async def take(self, records: Sequence[CaseEvent]) -> int:
        """Folds them, keeps the states and writes the rows; returns how many outputs there were."""
        outputs = await self._fold(self._folds.cases, [entry_of(record) for record in records])
        filings = [output for output in outputs if output.sink is Sink.FILINGS]
        outputs = [output for output in outputs if output.sink is not Sink.FILINGS]
        if filings:
            items = [IssueFiling.FromString(filing.value or b"") for filing in filings]
            outputs += await self._fold(self._folds.cells, items)
        await write_outputs(self._connection, outputs, in_order=True)
        return len(outputs)

    async def recount(self) -> int:
        """Every case by the folds' timetable; how many outputs there were."""
        fold, last, count = self._folds.cases, "", 0
        self._hot.clear()
        while True:
            values = (_state_name(fold.name), last, BATCH_MAX)
            cursor = await self._connection.execute(_NEXT, values, binary=True)
            states = {key: unpacked(kept) for key, kept in await cursor.fetchall()}
            if not states:
                return count
            found = {key: recount(fold, state, key) for key, state in states.items()}
            await self._save(fold, {key: kept for key, (kept, _) in found.items() if kept is not None})
            outputs = [output for _, made in found.values() for output in made]
            outputs = [output for output in outputs if output.sink is not Sink.FILINGS]
            await write_outputs(self._connection, outputs, in_order=True)
            last, count = max(states), count + len(outputs)

    async def _fold(self, fold: StreamFold[Any, Any], items: Sequence[Any]) -> list[Output]:
        keyed = [(item, key) for item in items for key in fold.keys(item)]
        states = await self._load(fold, {key for _, key in keyed})
        before, outputs = dict(states), list[Output]()
        for item, key in keyed:
            earlier = states[key]
            states[key] = fold.evolve(earlier, item)
            outputs += fold.outputs(earlier, states[key])
        changed = {key: state for key, state in states.items() if state is not before[key]}
        dumped = {key: fold.dump(state) for key, state in changed.items()}
        await self._save(fold, dumped)
        for key, state in changed.items():
            self._hot.write(f"{fold.name} {key}", state, len(dumped[key]))
        return outputs

    async def _load(self, fold: StreamFold[Any, Any], keys: Set[str]) -> dict[str, Any]:
        found = {key: self._hot.get(f"{fold.name} {key}") for key in keys}
        states = {key: state for key, state in found.items() if state is not None}
        if missing := sorted(keys - states.keys()):
            rows = await self._connection.execute(_LOAD, (_state_name(fold.name), missing), binary=True)
            states |= {key: fold.load(unpacked(kept)) for key, kept in await rows.fetchall()}
        return {key: states[key] if key in states else fold.initial() for key in keys}

    async def _save(self, fold: StreamFold[Any, Any], dumped: Mapping[str, bytes]) -> None:
        if dumped:
            values = (_state_name(fold.name), list(dumped), list(map(packed, dumped.values())))
            await self._connection.execute(_SAVE, values)
