"""Waits until nothing is written any more and every read model has come to the end of every log."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection, OperationalError, sql

from huiyin_audit.live_models import READ_MODELS
from huiyin_kernel.settings import Settings
from tests.mainjob.figures import LOGS

QUIET_SECONDS = 3.0
REST_SECONDS_MAX = 300.0
_POLL_SECONDS = 0.5
_END = "SELECT coalesce(max(position), 0) FROM {}.event"
_PUBLISHED = "SELECT source, position FROM relay.cursor"
_TIMELINE = "SELECT sequence FROM streams.timeline_head"
_HELD = "SELECT count(*) FROM streams.timeline_held"
_DERIVED = "SELECT max(sequence) FROM streams.stream_cursor"
_FOLDED = "SELECT log, position FROM {}.projection_cursor WHERE model = %s"

Positions = Mapping[str, int]


def auditor_dsn(settings: Settings) -> str:
    """How the auditor reads the database."""
    dsn: str = json.loads(settings.paths.databases.read_text())["auditor"]
    return dsn


async def until_at_rest(settings: Settings) -> datetime:
    """Returns the instant from which on all was quiet and folded. Raises TimeoutError."""
    since, before = datetime.now(UTC), None
    async with asyncio.timeout(REST_SECONDS_MAX):
        while (datetime.now(UTC) - since).total_seconds() < QUIET_SECONDS or before is None:
            await asyncio.sleep(_POLL_SECONDS)
            now = await _ends_if_all_folded(settings)
            if now is None or now != before:
                since, before = datetime.now(UTC), now
    return since


async def _ends_if_all_folded(settings: Settings) -> Positions | None:
    """Where the logs end; None while a model is behind or the database is away."""
    try:
        async with await AsyncConnection.connect(auditor_dsn(settings), autocommit=True) as connection:
            ends = {settings.log_name(name): await _end(connection, name) for name in LOGS}
            models = [(schema, fold.name) for schema, folds in READ_MODELS for fold in folds]
            for schema, model in (*models, ("streams", "timeline")):
                if _behind(await _folded(connection, schema, model), ends):
                    return None
            finished = _all_published if settings.is_cluster else _all_derived
            if not await finished(connection, settings, ends):
                return None
            return ends
    except OperationalError:
        return None


def _behind(reached: Positions, ends: Positions) -> bool:
    return any(reached.get(log, 0) < end for log, end in ends.items())


async def _all_published(connection: AsyncConnection[Any], settings: Settings, ends: Positions) -> bool:
    """Whether the relay has come to the end of every log and of the timeline, and nothing waits there."""
    row = await (await connection.execute(_TIMELINE)).fetchone()
    held = await (await connection.execute(_HELD)).fetchone()
    published = dict(await (await connection.execute(_PUBLISHED)).fetchall())
    timeline = {f"timeline@{settings.region}": row[0] if row else 0}
    return not _behind(published, {**ends, **timeline}) and bool(held and not held[0])


async def _all_derived(connection: AsyncConnection[Any], settings: Settings, ends: Positions) -> bool:
    """Whether the local runner has come to the end of the timeline."""
    timeline = await (await connection.execute(_TIMELINE)).fetchall()
    return timeline == await (await connection.execute(_DERIVED)).fetchall()


async def _end(connection: AsyncConnection[Any], schema: str) -> int:
    row = await (await connection.execute(sql.SQL(_END).format(sql.Identifier(schema)))).fetchone()
    return row[0] if row else 0


async def _folded(connection: AsyncConnection[Any], schema: str, model: str) -> Positions:
    query = sql.SQL(_FOLDED).format(sql.Identifier(schema))
    return dict(await (await connection.execute(query, (model,))).fetchall())
