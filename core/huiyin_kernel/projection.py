"""Keeps what a pure fold makes of several logs in PostgreSQL: states, rows, and a cursor for each log.

Folding the logs again gives the same bytes (promise P10). No event ends it: a case whose fold fails is set
aside, and the others go on (cases_aside.py).
"""

from collections.abc import Callable, Mapping
from typing import Any

from psycopg import sql

from huiyin_kernel.cases_aside import CasesAside
from huiyin_kernel.clock import Clock, SystemClock
from huiyin_kernel.fold_loop import Connection, Sink, run_fold
from huiyin_kernel.folding import FoldedItem, Folding, Model
from huiyin_kernel.log_batches import LogBatch, LogBatches, Positions
from huiyin_kernel.recounting import Recounting
from huiyin_kernel.shared_log import SharedLog
from huiyin_kernel.telemetry.counts import FoldCounts

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

    def __init__(self, dsn: str, schema: str, model: Model[Any], clock: Clock | None = None) -> None:
        self.name = f"{schema}-{model.name}"
        self._sink, self._lease = Sink(dsn), Cursors(schema, model.name)
        self._counts = FoldCounts(self.name)
        self._done: Callable[[Mapping[str, int]], None] = lambda positions: None
        self._aside: CasesAside[FoldedItem] = CasesAside(
            schema, model.name, self.name, clock or SystemClock()
        )
        self._folding = Folding(schema, model, self._aside)
        self._recounting = Recounting(schema, model)

    async def run(self, logs: Mapping[str, SharedLog]) -> None:
        """Follows the logs for ever; over outages of feeds and database."""
        await run_fold(LogBatches(logs, self._counts), self, self._sink, self._lease)

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
