"""What `huiyin replay` does: folds the logs of one database again, and compares or shows what comes out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from psycopg import AsyncConnection, sql

from huiyin_audit.checks.replay_exact import compare
from huiyin_audit.findings import Finding
from huiyin_audit.policies import PolicyReplay
from huiyin_audit.postgres_source import PostgresSource, snapshot
from huiyin_audit.reach import Reach, log_ends, reached
from huiyin_audit.replay import Fold, Replay, Until, replay
from huiyin_audit.row_folds import RowReplay
from huiyin_audit.set_aside import cases_aside, not_folded
from huiyin_audit.shown import SHOWN, row_bytes
from huiyin_audit.sources import LogSource
from huiyin_audit.unreadable import UNREADABLE, unreadable
from huiyin_audit.verdict import Verdict
from huiyin_domain.clocks.timetable import Timetable
from huiyin_kernel.policy import load_policy

StateT = TypeVar("StateT")

Models = Sequence[tuple[str, Sequence[Fold[Any]]]]
"""Read models by the schema that keeps them."""

_POSITIONS = "SELECT log, position FROM {}.projection_cursor WHERE model = %s"
_STATES = "SELECT key, state FROM {}.projection_state WHERE model = %s"


async def compare_models(
    dsn: str, logs: Sequence[str], schema: str, folds: Sequence[Fold[Any]]
) -> list[Verdict]:
    """Compares each live model, and the rows shown from it, with its fold, as far as the live one had come.

    Everything is read in one snapshot. A model that has not come to the ends of the logs is exact or not up
    to where it is, and behind.
    """
    async with snapshot(dsn) as connection:
        sources = await _sources(connection, logs)
        return await compare_with(connection, sources, [(schema, folds)])


async def compare_with(
    connection: AsyncConnection[Any], sources: Sequence[LogSource], models: Models
) -> list[Verdict]:
    """The same with the logs folded once, from any source, and the live models read in a snapshot."""
    ends = await log_ends(connection, [source.log for source in sources])
    views = [
        _View(schema, fold, reached(await live_positions(connection, schema, fold.name), ends))
        for schema, folds in models
        for fold in folds
    ]
    beside = [taker for view in views for taker in (view.beside, view.policies)]
    await replay(sources, [view.replay for view in views], beside)
    return [await _compared(connection, view) for view in views]


async def _compared(connection: AsyncConnection[Any], view: "_View") -> Verdict:
    """What no longer can be read is no view that says nothing wrong."""
    try:
        async with connection.transaction():
            live = await _live(connection, view)
    except UNREADABLE as error:
        return unreadable(view.fold.name, error, view.reach)
    aside = await cases_aside(connection, view.schema, view.fold.name)
    made = view.made()
    return compare(view.fold.name, live, made, view.reach, [*aside, *view.unfolded()])


class _View:
    """A live model, how far it says it has come, and its fold up to there."""

    def __init__(self, schema: str, fold: Fold[Any], reach: tuple[Reach, ...]) -> None:
        self.schema, self.fold, self.reach = schema, fold, reach
        until = Until({one.log: one.position for one in reach})
        self.replay, self.beside = Replay(fold, until), RowReplay(fold.name, until)
        self.policies = PolicyReplay(load_policy().timetable, until)

    def made(self) -> dict[str, bytes]:
        """All that the live model must hold."""
        rows = _rows_again(self.replay, self.policies.timetable)
        return self.replay.dumped() | rows | self.beside.rows()

    def unfolded(self) -> list[Finding]:
        """What could not be folded again."""
        return list(not_folded(self.fold.name, {**self.beside.unfolded, **self.replay.unfolded}))


async def states_as_of(
    dsn: str, logs: Sequence[str], fold: Fold[StateT], instant: datetime | None
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


async def _live(connection: AsyncConnection[Any], view: _View) -> dict[str, bytes]:
    name, schema = view.fold.name, sql.Identifier(view.schema)
    query = sql.SQL(_STATES).format(schema)
    states = dict(await (await connection.execute(query, (name,), binary=True)).fetchall())
    for fold in view.beside.folds:
        kept = await connection.execute(sql.SQL(fold.query).format(schema), binary=True)
        states |= dict(await kept.fetchall())
    return states | await _rows_shown(connection, view.schema, name)


async def _rows_shown(connection: AsyncConnection[Any], schema: str, model: str) -> dict[str, bytes]:
    if model not in SHOWN:
        return {}
    query = sql.SQL(SHOWN[model].query).format(sql.Identifier(schema))
    rows = await (await connection.execute(query, binary=True)).fetchall()
    return {_row_key(key): row_bytes(columns, message) for key, *columns, message in rows}


def _rows_again(replayed: Replay[Any], timetable: Timetable) -> dict[str, bytes]:
    """The rows that the replayed states make."""
    if (shown := SHOWN.get(replayed.fold.name)) is None:
        return {}
    made: dict[str, bytes] = {}
    for name, state in replayed.states.items():
        try:
            made |= {_row_key(key): row for key, row in shown.rows(name, state, timetable)}
        except Exception as error:  # named for its key, as what could not be folded
            replayed.fails(name, error)
    return made


def _row_key(key: str) -> str:
    """Rows and states are compared together, and must not be taken for each other."""
    return f"row {key}"
