"""What `huiyin replay` does: folds the logs of one database again, and compares or shows what comes out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from psycopg import AsyncConnection, sql

from huiyin_audit.checks.replay_exact import compare
from huiyin_audit.postgres_source import PostgresSource, snapshot
from huiyin_audit.replay import Fold, Replay, Until, replay
from huiyin_audit.shown import SHOWN, row_bytes
from huiyin_audit.sources import LogSource
from huiyin_audit.verdict import Verdict
from huiyin_domain.calendar.calendar import Calendar
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

    Everything is read in one snapshot, so it makes no difference whether the platform is at work.
    """
    async with snapshot(dsn) as connection:
        sources = await _sources(connection, logs)
        return await compare_with(connection, sources, [(schema, folds)])


async def compare_with(
    connection: AsyncConnection[Any], sources: Sequence[LogSource], models: Models
) -> list[Verdict]:
    """The same with the logs folded once, from any source, and the live models read in a snapshot."""
    replays: list[tuple[str, Replay[Any]]] = []
    for schema, fold in ((schema, fold) for schema, folds in models for fold in folds):
        positions = await live_positions(connection, schema, fold.name)
        until = Until({source.log: positions.get(source.log, 0) for source in sources})
        replays.append((schema, Replay(fold, until)))
    await replay(sources, [each for _, each in replays])
    calendar = load_policy().calendar
    return [
        compare(
            each.fold.name,
            await _live(connection, schema, each.fold.name),
            each.dumped() | _rows_again(each, calendar),
        )
        for schema, each in replays
    ]


async def states_as_of(
    dsn: str, logs: Sequence[str], fold: Fold[StateT], instant: datetime | None
) -> dict[str, StateT]:
    """The states that the logs give when only what was recorded up to the instant counts."""
    async with snapshot(dsn) as connection:
        whole = Replay(fold, Until(instant=instant))
        await replay(await _sources(connection, logs), [whole])
        return whole.states


async def _sources(connection: AsyncConnection[Any], logs: Sequence[str]) -> list[PostgresSource]:
    sources = [PostgresSource(connection, log) for log in logs]
    for source in sources:
        await source.check()
    return sources


async def live_positions(connection: AsyncConnection[Any], schema: str, model: str) -> dict[str, int]:
    """How far a live model has come in each log."""
    query = sql.SQL(_POSITIONS).format(sql.Identifier(schema))
    return dict(await (await connection.execute(query, (model,))).fetchall())


async def _live(connection: AsyncConnection[Any], schema: str, model: str) -> dict[str, bytes]:
    query = sql.SQL(_STATES).format(sql.Identifier(schema))
    states = dict(await (await connection.execute(query, (model,), binary=True)).fetchall())
    return states | await _rows_shown(connection, schema, model)


async def _rows_shown(connection: AsyncConnection[Any], schema: str, model: str) -> dict[str, bytes]:
    if model not in SHOWN:
        return {}
    query = sql.SQL(SHOWN[model].query).format(sql.Identifier(schema))
    rows = await (await connection.execute(query, binary=True)).fetchall()
    return {_row_key(key): row_bytes(columns, message) for key, *columns, message in rows}


def _rows_again(replayed: Replay[Any], calendar: Calendar) -> dict[str, bytes]:
    """The rows that the replayed states make."""
    if (shown := SHOWN.get(replayed.fold.name)) is None:
        return {}
    states = replayed.states.items()
    return {_row_key(key): row for name, state in states for key, row in shown.rows(name, state, calendar)}


def _row_key(key: str) -> str:
    """Rows and states are compared together, and must not be taken for each other."""
    return f"row {key}"
