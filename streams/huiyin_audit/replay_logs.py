"""What `huiyin replay` does: folds the logs of one database again, and compares or shows what comes out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from psycopg import AsyncConnection, sql

from huiyin_audit.checks.replay_exact import compare
from huiyin_audit.postgres_source import PostgresSource, snapshot
from huiyin_audit.replay import Fold, Replay, Until, replay
from huiyin_audit.verdict import Verdict

StateT = TypeVar("StateT")

_POSITIONS = "SELECT log, position FROM {}.projection_cursor WHERE model = %s"
_STATES = "SELECT key, state FROM {}.projection_state WHERE model = %s"


async def compare_models(
    dsn: str, logs: Sequence[str], schema: str, folds: Sequence[Fold[Any]]
) -> list[Verdict]:
    """Compares each live model with its fold over the logs, as far as the live one had come.

    Everything is read in one snapshot, so it makes no difference whether the platform is at work.
    """
    async with snapshot(dsn) as connection:
        replays: list[Replay[Any]] = []
        for fold in folds:
            positions = await _positions(connection, schema, fold.name)
            replays.append(Replay(fold, Until({log: positions.get(log, 0) for log in logs})))
        await replay(await _sources(connection, logs), replays)
        return [
            compare(each.fold.name, await _live(connection, schema, each.fold.name), each.dumped())
            for each in replays
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


async def _positions(connection: AsyncConnection[Any], schema: str, model: str) -> dict[str, int]:
    query = sql.SQL(_POSITIONS).format(sql.Identifier(schema))
    return dict(await (await connection.execute(query, (model,))).fetchall())


async def _live(connection: AsyncConnection[Any], schema: str, model: str) -> dict[str, bytes]:
    query = sql.SQL(_STATES).format(sql.Identifier(schema))
    return dict(await (await connection.execute(query, (model,), binary=True)).fetchall())
