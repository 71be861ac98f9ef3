"""What `huiyin replay` does: folds the logs of one database again, and compares or shows what comes out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, LiteralString, NamedTuple, TypeVar

from psycopg import AsyncConnection, sql

from huiyin_audit.findings import Finding, Verdict, log_ends, reached
from huiyin_audit.live_models import UNREADABLE, Differences, SortedRows, cases_aside, unreadable
from huiyin_audit.model_rows import BESIDE, SHOWN, row_bytes, row_key
from huiyin_audit.postgres_source import PostgresSource, snapshot
from huiyin_audit.replay import PolicyReplay, Replay, ReplayedFold, Until, replay
from huiyin_audit.replay_parts import PART_EVENTS, LiveView, fold_part, lay_aside, table_of
from huiyin_audit.sources import StillLog
from huiyin_audit.spill import Row, Spill, spilled
from huiyin_audit.workers import core_count, workers
from huiyin_domain.clocks.timetable import Timetable
from huiyin_kernel.access_sql import SUMS
from huiyin_kernel.packing import legible
from huiyin_kernel.policy import load_policy

StateT = TypeVar("StateT")

Models = Sequence[tuple[str, Sequence[ReplayedFold[Any]]]]
"""Read models by the schema that keeps them."""

_PAGE = 1000
_POSITIONS = "SELECT log, position FROM {}.projection_cursor WHERE model = %s"
_STATES = "SELECT key, state FROM {}.projection_state WHERE model = %s"


async def compare_models(
    dsn: str,
    logs: Sequence[str],
    schema: str,
    folds: Sequence[ReplayedFold[Any]],
    processes: int | None = None,
    part_events: int = PART_EVENTS,
) -> list[Verdict]:
    """Compares each live model, and the rows shown from it, with its fold, as far as the live one had come.

    Everything is read in one snapshot. A model that has not come to the ends of the logs is exact or not up
    to where it is, and behind.
    """
    async with snapshot(dsn) as connection:
        sources = await _sources(connection, logs)
        return await compare_with(connection, sources, [(schema, folds)], processes, part_events)


async def compare_with(
    connection: AsyncConnection[Any],
    sources: Sequence[StillLog],
    models: Models,
    processes: int | None = None,
    part_events: int = PART_EVENTS,
) -> list[Verdict]:
    """The same with the logs read once, from any source, and the live models read in a snapshot.

    The logs are folded in parts of so many events, by a process for each core where there are several parts:
    memory grows with a part. Temporary files take what the logs take, and what is made of them.
    """
    ends = await log_ends(connection, [source.log for source in sources])
    views = [
        LiveView(schema, fold, reached(await live_positions(connection, schema, fold.name), ends))
        for schema, folds in models
        for fold in folds
    ]
    size = sum([await source.size() for source in sources])
    with spilled(size, part_events) as spill:
        found = await _folded(spill, sources, views, processes or min(core_count(), spill.parts))
        return [
            await _compared(connection, spill, place, view, unfolded)
            for place, (view, unfolded) in enumerate(zip(views, found, strict=True))
        ]


async def _folded(
    spill: Spill, sources: Sequence[StillLog], views: Sequence[LiveView], processes: int
) -> list[list[Finding]]:
    """By view what could not be folded; all else is in the files."""
    policies = await lay_aside(spill, sources, views)
    given = ((spill, views, policies, part) for part in range(spill.parts))
    found: list[dict[Finding, None]] = [{} for _ in views]
    async with workers(processes) as side_by_side:
        async for folded in side_by_side.in_order(fold_part, given):
            for known, more in zip(found, folded.unfolded, strict=True):
                known |= dict.fromkeys(more)
    return [list(each) for each in found]


async def _compared(
    connection: AsyncConnection[Any], spill: Spill, place: int, view: LiveView, unfolded: Sequence[Finding]
) -> Verdict:
    """What no longer can be read is no view that says nothing wrong."""
    differences = Differences(view.fold.name)
    try:
        async with connection.transaction():
            for number, table in enumerate(_tables(view)):
                made = spill.merged(table_of(place, number))
                await compare_table(connection, table, SortedRows(made, differences))
            for sums in SUMMED.get(view.fold.name, ()):
                await compare_sums(connection, view.schema, sums, differences)
    except UNREADABLE as error:
        return unreadable(view.fold.name, error, view.reach)
    aside = await cases_aside(connection, view.schema, view.fold.name)
    return differences.verdict(view.reach, [*aside, *unfolded])


async def compare_table(connection: AsyncConnection[Any], table: "LiveTable", made: SortedRows) -> None:
    """Reads the live rows by key, beside those that were made again."""
    async with connection.cursor("replay_rows", binary=True) as cursor:
        await cursor.execute(table.query, table.given)
        while page := await cursor.fetchmany(_PAGE):
            for row in page:
                made.take(*table.read(row))
    made.end()


class Sums(NamedTuple):
    """What triggers add up from a model's rows, as it is kept, and as the rows give it: key and amount."""

    kept: LiteralString
    given: LiteralString


SUMMED: Mapping[str, Sequence[Sums]] = {
    "case": (
        Sums(
            "SELECT 'counter ' || ROW(agency, division, unit, status, party, asked, accused)::text,"
            " sum(cases)::text FROM {}.case_cell GROUP BY 1 HAVING sum(cases) <> 0",
            SUMS,
        ),
        Sums(
            "SELECT 'figure ' || ROW(month, unit, division, measure, piece, due, piece_when_due,"
            " accused)::text, sum(cases) || ', ' || sum(days) FROM {}.figure_cell GROUP BY 1",
            "SELECT 'figure ' || ROW(month, unit, division, measure, piece,"
            " CASE WHEN piece_when_due IS NULL THEN 'infinity' ELSE coalesce(due, 'infinity') END,"
            " coalesce(piece_when_due, ''), accused)::text, count(*) || ', ' || sum(days)"
            " FROM {}.figure_row GROUP BY 1",
        ),
        Sums(
            "SELECT 'part ' || ROW(agency, received, case_id)::text, count(*)::text"
            " FROM {}.case_part GROUP BY 1",
            "SELECT DISTINCT 'part ' || ROW(agency, received, case_id)::text, '1'"
            " FROM {}.case_row, unnest(parties || asked) AS agency",
        ),
    )
}
"""By model. Counters are of cases, figures of cases and days, a part is there once."""

_UNEQUAL: LiteralString = """
SELECT key, coalesce(kept.amount, '0'), coalesce(given.amount, '0')
FROM ({}) AS kept(key, amount) FULL JOIN ({}) AS given(key, amount) USING (key)
WHERE kept.amount IS DISTINCT FROM given.amount
"""


async def compare_sums(
    connection: AsyncConnection[Any], schema: str, sums: Sums, differences: Differences
) -> None:
    """Names what is kept otherwise than its rows add up to, as readers of both would add them up."""
    queries = [sql.SQL(query).format(sql.Identifier(schema)) for query in sums]
    async with connection.cursor("replay_sums") as cursor:
        await cursor.execute(sql.SQL(_UNEQUAL).format(*queries))
        while page := await cursor.fetchmany(_PAGE):
            for row in page:
                differences.not_the_sum(*row)


async def states_as_of(
    dsn: str, logs: Sequence[str], fold: ReplayedFold[StateT], instant: datetime | None
) -> tuple[dict[str, StateT], Timetable]:
    """The states that the logs give when only what was recorded up to the instant counts, and what held."""
    async with snapshot(dsn) as connection:
        until = Until(instant=instant)
        whole, policies = Replay(fold, until), PolicyReplay(load_policy().timetable, until)
        await replay(await _sources(connection, logs), [whole], [policies])
        return whole.states, policies.timetable


async def _sources(connection: AsyncConnection[Any], logs: Sequence[str]) -> list[PostgresSource]:
    sources = [PostgresSource(connection, log) for log in logs]
    for source in sources:
        await source.check()
    return sources


async def live_positions(connection: AsyncConnection[Any], schema: str, model: str) -> dict[str, int]:
    """How far a live model has come in each log; nowhere when that is not on record."""
    query = sql.SQL(_POSITIONS).format(sql.Identifier(schema))
    try:
        async with connection.transaction():
            return dict(await (await connection.execute(query, (model,))).fetchall())
    except UNREADABLE:
        return {}


class LiveTable(NamedTuple):
    """A table of a live model: how it is asked for its rows by key, and how a row becomes key and bytes."""

    query: sql.Composed
    given: tuple[str, ...]
    read: Callable[[Sequence[Any]], Row]


def _tables(view: LiveView) -> list[LiveTable]:
    """The tables of a model, in the order in which a part gives them again."""
    name = view.fold.name
    shown = [table.query for table in SHOWN.get(name, ())]
    beside = BESIDE.get(name, ())
    return [
        LiveTable(by_key(_STATES, view.schema), (name,), partial(_row, legible)),
        *(LiveTable(by_key(query, view.schema), (), _shown) for query in shown),
        *(LiveTable(by_key(one.query, view.schema), (), partial(_row, one.read)) for one in beside),
    ]


def by_key(query: LiteralString, schema: str) -> sql.Composed:
    """The rows of a query in the order of their first column, compared as Python compares text."""
    inner = sql.SQL(query).format(sql.Identifier(schema))
    return sql.SQL('SELECT * FROM ({}) AS kept(key) ORDER BY kept.key COLLATE "C"').format(inner)


def _row(read: Callable[[bytes], bytes], row: Sequence[Any]) -> Row:
    return row[0], read(row[1])


def _shown(row: Sequence[Any]) -> Row:
    key, *columns, message = row
    return row_key(key), row_bytes(columns, legible(message))
