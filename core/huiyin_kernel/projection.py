"""A fold of logs in PostgreSQL: its place, its states, and counting all of them anew under new policy.

Folding the logs again gives the same bytes (promise P10). No event ends it: a case whose fold fails is set
aside, and the others go on (cases_aside.py).

A fold host takes policy over from supervision's log like any other event, in the transaction that moves its
cursor. So at every instant its rows are those of one timetable, which follows from how far it has come, and
folding the logs again up to there gives the same (promise P10).
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from psycopg import AsyncConnection, sql

from huiyin.event.v1.event_pb2 import Event
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.policy import applied
from huiyin_kernel.cases_aside import CasesAside
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.fold_loop import Connection, OwnConnection, run_fold
from huiyin_kernel.log_batches import BATCH_MAX, LogBatch, LogBatches, Positions
from huiyin_kernel.model_states import FoldedItem, Folding, Model
from huiyin_kernel.packing import unpacked
from huiyin_kernel.policy_kept import PolicyKept, policies_in, policy_in
from huiyin_kernel.shared_log import SharedLog
from huiyin_kernel.telemetry.counts import FoldCounts
from huiyin_store.port import WorldClock

_PLACE = "SELECT log, position FROM {}.projection_cursor WHERE model = %s FOR UPDATE"
_MOVE = (
    "INSERT INTO {}.projection_cursor (model, log, position)"
    " SELECT %s, log, position FROM unnest(%b::text[], %s::bigint[]) AS new (log, position)"
    " ON CONFLICT (model, log) DO UPDATE SET position = EXCLUDED.position, updated = now()"
)
_NOTHING_NEW = LogBatch((), {})


class Cursors:
    """The lease of a fold over several logs: a cursor for each."""

    def __init__(self, schema: str, model: str) -> None:
        self._schema, self._model = sql.Identifier(schema), model

    async def place(self, connection: Connection) -> Positions:
        rows = await connection.execute(sql.SQL(_PLACE).format(self._schema), (self._model,))
        return dict(await rows.fetchall())

    async def move(self, connection: Connection, place: Positions, batch: LogBatch) -> Positions:
        if batch.positions:
            moved = (self._model, list(batch.positions), list(batch.positions.values()))
            await connection.execute(sql.SQL(_MOVE).format(self._schema), moved)
        return {**place, **batch.positions}


class Projection:
    """One model kept in one schema."""

    def __init__(
        self,
        dsn: str,
        schema: str,
        model: Model[Any],
        clock: WorldClock | None = None,
        most: int = BATCH_MAX,
    ) -> None:
        """`most` are the items that a batch has at most."""
        self.name, self._most = f"{schema}-{model.name}", most
        self._sink, self._lease = OwnConnection(dsn), Cursors(schema, model.name)
        self._counts = FoldCounts(self.name)
        self._done: Callable[[Mapping[str, int]], None] = lambda positions: None
        self._aside: CasesAside[FoldedItem] = CasesAside(
            schema, model.name, self.name, clock or SystemClock()
        )
        self._folding = Folding(schema, model, self._aside)
        self._recounting = Recounting(schema, model)

    async def run(self, logs: Mapping[str, SharedLog]) -> None:
        """Follows the logs for ever; over outages of feeds and database."""
        batches = LogBatches(logs, self._counts, most=lambda: self._most)
        await run_fold(batches, self, self._sink, self._lease)

    async def begin(self, connection: Connection, place: Positions) -> None:
        """Goes on from here, with the policy that was taken over."""
        self._folding.begin()
        await self._recounting.begin(connection)

    async def take(self, connection: Connection, batch: LogBatch) -> None:
        """Folds a batch in; one without items drives again what somebody wants driven again."""
        events = batch.events
        self._done = self._counts.batch(events)
        if not batch.items:
            await self._folding.redrive(connection)
            return
        await self._folding.take(connection, batch.items)
        await self._recounting.take(connection, events)

    async def look(self, connection: Connection) -> LogBatch | None:
        """Whether somebody wants a case folded again."""
        return _NOTHING_NEW if await self._aside.has_work(connection) else None

    def done(self, batch: LogBatch, place: Positions) -> None:
        """Committed."""
        self._folding.done()
        self._done(batch.positions)


PAGE = 500

_STATES = (
    "SELECT key, state FROM {}.projection_state"
    " WHERE model = %s AND key > %s ORDER BY key LIMIT %s FOR UPDATE"
)

log = logging.getLogger(__name__)


@runtime_checkable
class RowsCountDays(Protocol):
    """A model whose rows depend on a timetable."""

    name: str
    timetable: Timetable

    def load(self, data: bytes) -> Any: ...

    async def write_anew(
        self, connection: AsyncConnection[Any], states: Mapping[str, Any], policy_id: str
    ) -> None:
        """Replaces the rows of these states, as they were; `policy_id` is empty for what is shipped."""
        ...


class Recounting:
    """One model in one schema. A model without days is left alone."""

    def __init__(self, schema: str, model: Any) -> None:
        self._schema = schema
        self._model: RowsCountDays | None = model if isinstance(model, RowsCountDays) else None
        self._shipped = self._model.timetable if self._model else Timetable()
        self._kept = PolicyKept(schema, model.name)

    async def begin(self, connection: AsyncConnection[Any]) -> None:
        """Goes on with what was taken over; counts anew where this build ships other calendars or rules."""
        if (model := self._model) is None:
            return
        async with connection.transaction():
            model.timetable = await self._kept.timetable(connection, self._shipped)
            if await self._kept.counted_by(connection) != model.timetable.version:
                await self._all(connection, model, "")

    async def take(self, connection: AsyncConnection[Any], events: Sequence[Event]) -> None:
        """Takes over what policy there is among events, and counts all anew; in the caller's transaction."""
        if (model := self._model) is None:
            return
        for event in policies_in(events):
            policy = policy_in(event)
            await self._kept.add(connection, event)
            model.timetable = applied(model.timetable, policy)
            await self._all(connection, model, policy.policy_id)

    async def _all(self, connection: AsyncConnection[Any], model: RowsCountDays, policy_id: str) -> None:
        """Page by page, in one transaction: readers see all rows by the old timetable, or all by the new."""
        count, last = 0, ""
        query = sql.SQL(_STATES).format(sql.Identifier(self._schema))
        while True:
            cursor = await connection.execute(query, (model.name, last, PAGE), binary=True)
            states = {key: model.load(unpacked(kept)) for key, kept in await cursor.fetchall()}
            if not states:
                break
            await model.write_anew(connection, states, policy_id)
            count, last = count + len(states), max(states)
        await self._kept.counted(connection, model.timetable.version)
        log.info("%s: %d cases counted by %s", model.name, count, model.timetable.version)
