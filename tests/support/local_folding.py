"""Folds a timeline to its end with the local runner, as the embedded default does."""

import asyncio

from psycopg import AsyncConnection

from huiyin_domain.streams.folds import Folds
from huiyin_streams.local_runner import CURSOR, LocalRunner
from tests.support.platform import eventually

_IS_THERE = """
SELECT (SELECT coalesce(max(sequence), 0) FROM streams.timeline_entry)
  = (SELECT max(sequence) FROM streams.stream_cursor WHERE name = %s)
"""


async def fold_all(dsn: str, folds: Folds) -> None:
    """Returns when everything is folded. Raises what the runner raises."""
    working = asyncio.ensure_future(LocalRunner(dsn, folds).run())

    async def is_there() -> bool:
        if working.done():
            await working
        async with await AsyncConnection.connect(dsn) as connection:
            rows = await (await connection.execute(_IS_THERE, (CURSOR,))).fetchall()
        return bool(rows[0][0])

    try:
        await eventually(is_there, "folding the timeline to its end")
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
