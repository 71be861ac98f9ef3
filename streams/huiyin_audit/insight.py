"""Promise P10 for what stream folds derive: hot issues and warnings are what the timeline gives.

Live counters, of the same service, are what the lists of cases give.
"""

from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg import AsyncConnection

from huiyin_audit.checks.replay_exact import compare
from huiyin_audit.insight_fold import CELLS, STATES, TABLES, InsightFold, shown_row
from huiyin_audit.postgres_source import snapshot
from huiyin_audit.reach import Reach, log_ends, reached
from huiyin_audit.replay_logs import live_positions
from huiyin_audit.set_aside import cases_aside, not_folded
from huiyin_audit.timeline_groups import NAME
from huiyin_audit.unreadable import UNREADABLE, unreadable
from huiyin_audit.verdict import Verdict, verdict
from huiyin_domain.policy.years import applied
from huiyin_domain.streams.folds import VERSION
from huiyin_kernel.access_sql import SUMS
from huiyin_kernel.policy import load_policy
from huiyin_kernel.policy_kept import PolicyKept, policy_in
from huiyin_kernel.timeline_rows import read_timeline

_PAGE = 1000
_CURSOR = "SELECT sequence FROM streams.stream_cursor WHERE name = %s"
_BY_WORKERS = "SELECT EXISTS (SELECT FROM streams.stream_offset)"
_END = (
    "SELECT greatest((SELECT coalesce(max(sequence), 0) FROM streams.timeline_entry),"
    " (SELECT coalesce(max(sequence), 0) FROM streams.timeline_head))"
)


async def compare_insight(dsn: str, logs: Sequence[str]) -> Verdict:
    """Compares what is shown, and in the embedded default the states behind it, with the timeline folded.

    The verdict reaches as far as the timeline has come in the logs. In the cluster the workers' place is kept
    on Kafka: there a difference may be no more than what they have still to do, and is left open.
    """
    async with snapshot(dsn) as connection:
        ends = await log_ends(connection, logs)
        timeline = reached(await live_positions(connection, "streams", "timeline"), ends)
        try:
            return await _judged(connection, timeline)
        except UNREADABLE as error:
            return unreadable("insight", error, timeline)


async def _judged(connection: AsyncConnection[Any], timeline: Sequence[Reach]) -> Verdict:
    by_workers, end = bool(await _one(connection, _BY_WORKERS)), int(await _one(connection, _END))
    found = await (await connection.execute(_CURSOR, (f"local-v{VERSION}",))).fetchone()
    cursor = end if by_workers else int(found[0]) if found else 0
    judged = await _compared(connection, cursor, by_workers, (Reach(NAME, cursor, end), *timeline))
    return verdict(judged.promise, (), judged.violations, judged.reach) if by_workers else judged


async def _compared(
    connection: AsyncConnection[Any], cursor: int, by_workers: bool, reach: Sequence[Reach]
) -> Verdict:
    fold = InsightFold(load_policy().timetable)
    await _folded(connection, fold, cursor)
    live = await _shown(connection) | await _counted(connection, CELLS)
    shown = fold.shown() | await _counted(connection, SUMS)
    known = list(not_folded("insight", fold.unfolded))
    if by_workers:
        return compare("insight", live, shown, reach, known)
    known += await cases_aside(connection, "streams", f"local-v{VERSION}")
    live |= await _states(connection)
    return compare("insight", live, shown | fold.states(), reach, known)


async def _folded(connection: AsyncConnection[Any], fold: InsightFold, cursor: int) -> None:
    """The timeline up to the cursor, and at each place where policy was taken over all counted anew."""
    after, timetable = 0, load_policy().timetable
    for place, event in await PolicyKept("streams", f"local-v{VERSION}").places(connection):
        after = await _read_to(connection, fold, after, place)
        timetable = applied(timetable, policy_in(event))
        fold.amend(timetable)
    await _read_to(connection, fold, after, cursor)


async def _read_to(connection: AsyncConnection[Any], fold: InsightFold, after: int, end: int) -> int:
    while after < end and (page := await read_timeline(connection, after, _PAGE)):
        fold.take(entry for entry in page if entry.sequence <= end)
        after = page[-1].sequence
    return min(after, end)


async def _shown(connection: AsyncConnection[Any]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for sink, query in TABLES.items():
        rows = await connection.execute(query, binary=True)
        found |= dict(shown_row(sink, each) for each in await rows.fetchall())
    return found


async def _counted(connection: AsyncConnection[Any], query: LiteralString) -> dict[str, bytes]:
    rows = await (await connection.execute(query)).fetchall()
    return {key: str(cases).encode() for key, cases in rows}


async def _states(connection: AsyncConnection[Any]) -> dict[str, bytes]:
    rows = await (await connection.execute(STATES, binary=True)).fetchall()
    return {f"state {key}": bytes(state) for key, state in rows}


async def _one(connection: AsyncConnection[Any], query: LiteralString) -> Any:
    return (await (await connection.execute(query)).fetchall())[0][0]
