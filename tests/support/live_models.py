"""Live read models made from a recorded history, as their fold hosts leave them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection, sql

from huiyin_audit.history import History
from huiyin_cli.database import READ_MODEL_TABLES
from huiyin_domain.context import Policy
from huiyin_kernel.codec import to_envelope
from huiyin_kernel.policy import load_policy
from huiyin_streams.models import CaseModel
from huiyin_supervision.clock_model import ClockModel
from tests.support.fold_tables import LOG_FILES

Making = Callable[[Policy], Any]

MODELS: Mapping[str, Sequence[Making]] = {
    "streams": (lambda policy: CaseModel(policy.timetable, policy.directory),),
    "supervision": (lambda policy: ClockModel(policy.timetable),),
}


async def make_tables(dsn: str) -> None:
    """Makes the schemas, with nothing in them."""
    async with await AsyncConnection.connect(dsn) as connection:
        for schema in MODELS:
            await _tables(connection, schema, [*LOG_FILES, *READ_MODEL_TABLES[schema]])


async def make_live(dsn: str, history: History, logs: Sequence[str]) -> None:
    """Makes the schemas and folds everything into them."""
    await make_tables(dsn)
    await fill_live(dsn, history, logs)


async def fill_live(dsn: str, history: History, logs: Sequence[str]) -> None:
    """Folds everything into schemas that are there."""
    async with await AsyncConnection.connect(dsn) as connection:
        for schema, models in MODELS.items():
            await connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
            for model in models:
                await _fill(connection, model(load_policy()), history, logs)


async def _tables(connection: AsyncConnection[Any], schema: str, files: Sequence[Path]) -> None:
    await connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    await connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
    for file in files:
        await connection.execute(file.read_text(encoding="utf-8").encode())


async def _fill(connection: AsyncConnection[Any], model: Any, history: History, logs: Sequence[str]) -> None:
    states: dict[str, Any] = {}
    facts = [entry.fact for log in logs for entry in history.logs[log]]
    events = [to_envelope(log, entry.record) for log in logs for entry in history.logs[log]]
    for fact in sorted(facts, key=lambda fact: fact.recorded):
        for key in model.keys(fact):
            states[key] = model.evolve(states.get(key, model.initial()), fact)
    rows = [(model.name, key, model.dump(state)) for key, state in states.items()]
    ends = [(model.name, log, len(history.logs[log])) for log in logs]
    cursor = connection.cursor()
    await cursor.executemany("INSERT INTO projection_state VALUES (%s, %s, %b)", rows)
    await cursor.executemany("INSERT INTO projection_cursor VALUES (%s, %s, %s)", ends)
    await model.write_rows(connection, states, events)


def drop_live(connection: Any) -> None:
    """Drops what was made."""
    for schema in MODELS:
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
