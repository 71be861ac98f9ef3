"""A database as a platform leaves it: logs of a recorded history, their timeline, every view at its end."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from functools import partial
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from huiyin.event.v1.event_pb2 import Event
from huiyin_audit.history import History
from huiyin_cli.database import READ_MODEL_TABLES
from huiyin_domain.streams.folds import folds
from huiyin_kernel.codec import context_of, decode, to_envelope
from huiyin_kernel.policy import load_policy
from huiyin_kernel.shared_log import shared
from huiyin_kernel.vault.sealed_fields import sealed_in
from huiyin_store.port import RecordedEvent, StoredKey
from huiyin_store.provision import provision
from tests.support.databases import PASSWORD
from tests.support.live_models import fill_live
from tests.support.local_folding import fold_all
from tests.support.timelines import NAMES, TimelinePlace, new_host
from tests.unit.audit.sources import heads_of, requests_of

_SERVICES = (*map(context_of, NAMES), "streams")


async def make_whole(server_dsn: str, name: str, history: History) -> str:
    """Makes it with the platform's own hosts; its administrator's DSN."""
    await provision(server_dsn, name, dict.fromkeys(_SERVICES, PASSWORD), extra=READ_MODEL_TABLES)
    dsn = make_conninfo(server_dsn, dbname=name)
    with psycopg.connect(dsn) as connection:
        for log, entries in history.logs.items():
            _log(connection, log, [entry.record for entry in entries])
    await fill_live(dsn, history, list(history.logs))
    await _timeline(dsn, history)
    await fold_all(dsn, folds(load_policy().timetable))
    return dsn


def copy_of(server_dsn: str, template: str, name: str) -> str:
    """A copy that may be tampered with; the DSN of its administrator, whom no trigger stops."""
    names = {"copy": sql.Identifier(name), "template": sql.Identifier(template)}
    with psycopg.connect(server_dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {copy} TEMPLATE {template}").format(**names))
    dsn = make_conninfo(server_dsn, dbname=name)
    with psycopg.connect(dsn, autocommit=True) as connection:
        logs = [f"{context_of(log)}.{table}" for log in NAMES for table in ("event", "request")]
        for table in ("streams.timeline_entry", "streams.case_event", *logs):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
    return dsn


def drop(server_dsn: str, name: str) -> None:
    """Removes a database, whoever is connected."""
    with psycopg.connect(server_dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _log(connection: psycopg.Connection[Any], log: str, events: Sequence[RecordedEvent]) -> None:
    schema = sql.Identifier(context_of(log))
    spans = [
        (span.request_id, b"", span.first_position, span.last_position, events[0].recorded, "")
        for span in requests_of(log, events)
    ]
    tables = (("event", events), ("stream", heads_of(events)), ("request", spans), ("key", _keys(events)))
    for table, rows in ((table, rows) for table, rows in tables if rows):
        values = sql.SQL(", ").join(sql.Placeholder() for _ in rows[0])
        query = sql.SQL("INSERT INTO {}.{} VALUES ({})").format(schema, sql.Identifier(table), values)
        connection.cursor().executemany(query, rows)


def _keys(events: Sequence[RecordedEvent]) -> list[tuple[Any, ...]]:
    """A row for each key under which a log sealed something; what they open went with the recording."""
    found = {sealed.key_id for event in events for sealed in sealed_in(decode(event))}
    return [(key_id, f"case-{key_id}", bytes(60), "gone", events[0].recorded, None) for key_id in found]


class AnyRing:
    """Takes every key for sound: what keys are is judged elsewhere."""

    def unwrap(self, stored: StoredKey) -> bytes:
        return stored.wrapped or b""


async def _timeline(dsn: str, history: History) -> None:
    async def follow(log: str, after: int) -> AsyncGenerator[tuple[Event | None, int], None]:
        for entry in history.logs[log][after:]:
            yield to_envelope(log, entry.record), entry.fact.position
        await asyncio.Event().wait()

    async def end(log: str) -> int | None:
        return len(history.logs[log])

    place = TimelinePlace(dsn, dsn)
    feeds = {log: partial(follow, log) for log in history.logs}
    working = asyncio.ensure_future(
        new_host(place).run(shared(feeds), {log: partial(end, log) for log in feeds})
    )
    await place.until(history.ends)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
