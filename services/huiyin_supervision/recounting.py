"""Counts every clock anew when rules or calendars were amended: else new dates would wait for events."""

import logging
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from huiyin_domain.clocks.timetable import Timetable
from huiyin_supervision.clock_model import ClockModel

PAGE = 500

_COUNTED_BY = "SELECT versions FROM supervision.clock_count"
_STATES = (
    "SELECT key, state FROM supervision.projection_state"
    " WHERE model = %s AND key > %s ORDER BY key LIMIT %s FOR UPDATE"
)
_COUNTED = (
    "INSERT INTO supervision.clock_count (one, versions) VALUES (true, %s)"
    " ON CONFLICT (one) DO UPDATE SET versions = EXCLUDED.versions"
)

log = logging.getLogger(__name__)


async def recount(pool: AsyncConnectionPool, timetable: Timetable) -> int:
    """Writes the rows of every case again, unless they were counted by these versions; how many cases.

    To be done before the fold goes on. What was said of the old dates is then taken back by the ticker, and
    a clock may pass again at its new due time.
    """
    versions = timetable.version
    async with pool.connection() as connection:
        found = await (await connection.execute(_COUNTED_BY)).fetchone()
        if found is not None and found[0] == versions:
            return 0
        count = await _recount(connection, ClockModel(timetable))
        await connection.execute(_COUNTED, (versions,))
    log.info("%d cases counted by %s", count, versions)
    return count


async def _recount(connection: AsyncConnection[Any], model: ClockModel) -> int:
    """Page by page: one that was counted twice is counted alike."""
    count, last = 0, ""
    while True:
        async with connection.transaction():
            cursor = await connection.execute(_STATES, (model.name, last, PAGE), binary=True)
            states = {key: model.load(state) for key, state in await cursor.fetchall()}
            await model.write_rows(connection, states, ())
        if not states:
            return count
        count, last = count + len(states), max(states)
