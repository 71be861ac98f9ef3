"""Counts every case anew when its timetable changes: else new dates would wait for the case's next event.

A fold host takes policy over from supervision's log like any other event, in the transaction that moves its
cursor. So at every instant its rows are those of one timetable, which follows from how far it has come, and
folding the logs again up to there gives the same (promise P10).
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from psycopg import AsyncConnection, sql

from huiyin.event.v1.event_pb2 import Event
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.policy.years import applied
from huiyin_kernel.policy_kept import PolicyKept, policies_in, policy_in

PAGE = 500

_STATES = (
    "SELECT key, state FROM {}.projection_state"
    " WHERE model = %s AND key > %s ORDER BY key LIMIT %s FOR UPDATE"
)

log = logging.getLogger(__name__)


@runtime_checkable
class CountsDays(Protocol):
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
        self._model: CountsDays | None = model if isinstance(model, CountsDays) else None
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

    async def _all(self, connection: AsyncConnection[Any], model: CountsDays, policy_id: str) -> None:
        """Page by page, in one transaction: readers see all rows by the old timetable, or all by the new."""
        count, last = 0, ""
        query = sql.SQL(_STATES).format(sql.Identifier(self._schema))
        while True:
            cursor = await connection.execute(query, (model.name, last, PAGE), binary=True)
            states = {key: model.load(state) for key, state in await cursor.fetchall()}
            if not states:
                break
            await model.write_anew(connection, states, policy_id)
            count, last = count + len(states), max(states)
        await self._kept.counted(connection, model.timetable.version)
        log.info("%s: %d cases counted by %s", model.name, count, model.timetable.version)
