"""A database with the tables of the streams service, and a timeline in it that tests write by hand."""

import itertools
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_cli.database import READ_MODEL_TABLES
from huiyin_domain.streams.output import Sink
from huiyin_kernel.packing import unpacked
from huiyin_kernel.timeline_rows import event_bytes, missing_bytes
from huiyin_store.provision import provision
from huiyin_streams.case_rows import keep_events
from tests.support.databases import PASSWORD, FreshDatabase
from tests.support.folding import Displayed

_numbers = itertools.count(1)

_ADD = """
INSERT INTO streams.timeline_entry (sequence, number, position, closed, catch_up, case_id, log, type,
  division, recipients, others, walled, missing)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %b)
"""
_DISPLAYED = {
    Sink.HOT_ISSUES: "SELECT issue_id, issue FROM streams.hot_issue",
    Sink.WARNINGS: "SELECT clock_id, warning FROM streams.clock_warning WHERE warning IS NOT NULL",
}


@dataclass(frozen=True)
class StreamsDatabase:
    """Where the streams service keeps its tables: its own access, and the administrator's."""

    dsn: str
    admin_dsn: str = ""

    async def add(self, records: Sequence[CaseEvent]) -> None:
        """Adds entries to the timeline."""
        async with await AsyncConnection.connect(self.dsn) as connection:
            await connection.cursor().executemany(_ADD, [_values(record) for record in records])
            await keep_events(connection, [_kept(record) for record in records])
            await connection.execute(
                "UPDATE streams.timeline_head SET sequence = %s", (records[-1].sequence,)
            )

    async def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """All rows of a query, on a connection of its own."""
        async with await AsyncConnection.connect(self.dsn, autocommit=True) as connection:
            cursor = await connection.execute(query.encode(), parameters or None, binary=True)
            return await cursor.fetchall() if cursor.description else []

    async def displayed(self) -> Displayed:
        """What the tables show, by sink and key."""
        found: Displayed = {}
        for sink, query in _DISPLAYED.items():
            for key, value in await self.rows(query):
                found[sink.value, key] = bytes(value)
        return found

    async def states(self, fold: str) -> dict[str, bytes]:
        """The states that the local runner keeps."""
        rows = await self.rows("SELECT key, state FROM streams.stream_state WHERE fold LIKE %s", f"{fold}-%")
        return {key: unpacked(kept) for key, kept in rows}


@asynccontextmanager
async def streams_database(server_dsn: str) -> AsyncIterator[StreamsDatabase]:
    """A database of its own, dropped afterwards."""
    name = f"streams_{os.getpid()}_{next(_numbers)}"
    await provision(server_dsn, name, {"streams": PASSWORD}, extra=READ_MODEL_TABLES)
    database = FreshDatabase(server_dsn, name)
    try:
        yield StreamsDatabase(database.place("streams").dsn, make_conninfo(server_dsn, dbname=name))
    finally:
        await database.drop()


def _values(record: CaseEvent) -> tuple[Any, ...]:
    event, recipients = record.event, list(record.recipients)
    return (
        record.sequence,
        record.number,
        event.position,
        not recipients,
        record.catch_up,
        record.case_id,
        event.log,
        event.type,
        record.division,
        recipients,
        [case for case in event.metadata.case_ids if case != record.case_id] or None,
        [],
        missing_bytes(record.missing_causes),
    )


def _kept(record: CaseEvent) -> tuple[str, str, int, bytes]:
    event = record.event
    return record.case_id, event.log, event.position, event_bytes(event)
