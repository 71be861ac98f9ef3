"""The tables of the timeline: what the host reads when it begins, and writes with every batch."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple

from psycopg import AsyncConnection

from huiyin.common.v1.types_pb2 import Cause
from huiyin_domain.timeline.case import CaseTimeline, Stream, from_bytes, to_bytes
from huiyin_domain.timeline.ledger import LedgerEntry
from huiyin_domain.timeline.merge import Release
from huiyin_kernel.packing import packed, unpacked
from huiyin_kernel.timeline_rows import missing_bytes
from huiyin_streams.case_rows import keep_events

MODEL = "timeline"

Connection = AsyncConnection[Any]

_LOCK = "SELECT sequence FROM streams.timeline_head FOR UPDATE"
_CURSORS = "SELECT log, position FROM streams.projection_cursor WHERE model = %s"
_HELD = "SELECT arrival, since, event FROM streams.timeline_held ORDER BY arrival"
_STREAMS = """
SELECT s.log, s.stream, s.version FROM unnest(%s::text[], %s::text[]) AS asked (log, stream)
JOIN streams.timeline_stream s USING (log, stream)
"""
_CASES = "SELECT case_id, state FROM streams.timeline_case WHERE case_id = ANY(%s)"
_WALLS = "SELECT case_id, walled FROM streams.timeline_case WHERE case_id = ANY(%s)"
_COPY: LiteralString = (
    "COPY streams.timeline_entry (sequence, number, position, closed, catch_up, case_id, log, type, division,"
    " recipients, reached, others, walled, missing) FROM STDIN (FORMAT BINARY)"
)
_COPY_TYPES = (
    *("int8", "int8", "int8", "bool", "bool", "text", "text", "text", "text"),
    *("text[]", "text[]", "text[]", "text[]", "bytea"),
)
_AGAIN = """
INSERT INTO streams.timeline_entry (sequence, number, position, closed, catch_up, case_id, log, type,
  division, recipients, reached, others, walled, missing)
SELECT again.sequence, number, position, closed, true, case_id, log, type, division,
  string_to_array(again.recipients, ','), string_to_array(again.reached, ','), others, walled, missing
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::text[])
  AS again (sequence, case_id, number, recipients, reached)
JOIN streams.timeline_entry first USING (case_id, number) WHERE NOT first.catch_up
"""
_SAVE_STREAMS = """
INSERT INTO streams.timeline_stream (log, stream, version)
SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[])
ON CONFLICT (log, stream) DO UPDATE SET version = EXCLUDED.version
"""
_SAVE_CASES = """
INSERT INTO streams.timeline_case (case_id, number, walled, state)
SELECT case_id, number, string_to_array(walled, ','), state
FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::bytea[]) AS saved (case_id, number, walled, state)
ON CONFLICT (case_id) DO UPDATE
SET number = EXCLUDED.number, walled = EXCLUDED.walled, state = EXCLUDED.state
"""
_HOLD = """
INSERT INTO streams.timeline_held (arrival, log, position, since, event) VALUES (%s, %s, %s, %s, %b)
"""
_LET_GO = "DELETE FROM streams.timeline_held WHERE arrival = ANY(%s)"
_SAVE_CURSORS = """
INSERT INTO streams.projection_cursor (model, log, position)
SELECT %s, * FROM unnest(%s::text[], %s::bigint[])
ON CONFLICT (model, log) DO UPDATE SET position = EXCLUDED.position, updated = now()
"""
_ADVANCE = "UPDATE streams.timeline_head SET sequence = %s"


class Kept(NamedTuple):
    """Where the timeline stands: its last place, how far each log is read, and what is held."""

    sequence: int
    positions: dict[str, int]
    held: list[tuple[int, datetime, bytes]]


class HeldRow(NamedTuple):
    """An event to be kept until its causes are there."""

    arrival: int
    log: str
    position: int
    since: datetime
    event: bytes


class Placed(NamedTuple):
    """An entry that is new, with its event and the event's bytes."""

    entry: LedgerEntry
    release: Release
    event: bytes


async def locked(connection: Connection, logs: Collection[str]) -> tuple[int, dict[str, int]]:
    """The last place and the cursors; other hosts wait until the transaction ends."""
    row = await (await connection.execute(_LOCK)).fetchone()
    if row is None:
        raise LookupError("streams.timeline_head has lost its row: restore the database from a backup")
    rows = await (await connection.execute(_CURSORS, (MODEL,))).fetchall()
    return row[0], dict.fromkeys(logs, 0) | {log: position for log, position in rows if log in logs}


async def read_kept(connection: Connection, logs: Collection[str]) -> Kept:
    """Where the timeline stands, in the caller's transaction."""
    sequence, positions = await locked(connection, logs)
    held = await (await connection.execute(_HELD, binary=True)).fetchall()
    return Kept(sequence, positions, held)


async def read_streams(connection: Connection, streams: Collection[Stream]) -> dict[Stream, int]:
    """The released versions of these streams; 0 for those of which nothing was released."""
    if not streams:
        return {}
    logs, names = zip(*streams, strict=True)
    rows = await (await connection.execute(_STREAMS, (list(logs), list(names)))).fetchall()
    return dict.fromkeys(streams, 0) | {(log, stream): version for log, stream, version in rows}


async def read_cases(connection: Connection, cases: Collection[str]) -> dict[str, CaseTimeline]:
    """Where these cases stand; an empty one where nothing is known."""
    if not cases:
        return {}
    rows = await (await connection.execute(_CASES, (list(cases),), binary=True)).fetchall()
    return dict.fromkeys(cases, CaseTimeline()) | {case: from_bytes(unpacked(kept)) for case, kept in rows}


async def read_walls(connection: Connection, cases: Collection[str]) -> dict[str, frozenset[str]]:
    """Who is kept from these cases."""
    if not cases:
        return {}
    rows = await (await connection.execute(_WALLS, (list(cases),))).fetchall()
    return dict.fromkeys(cases, frozenset[str]()) | {case: frozenset(walled) for case, walled in rows}


async def write_entries(
    connection: Connection, placed: Sequence[Placed], again: Sequence[LedgerEntry]
) -> None:
    """New entries, then earlier ones sent again; the events of the new ones."""
    if placed:
        async with connection.cursor().copy(_COPY) as copy:
            copy.set_types(_COPY_TYPES)
            for one in placed:
                await copy.write_row(_row(one))
    if again:
        rows = [
            (each.sequence, each.case_id, each.number, _text(each.recipients), _text(each.reached))
            for each in again
        ]
        await connection.execute(_AGAIN, _columns(rows))
    await keep_events(connection, [_kept(one) for one in placed])


def _row(placed: Placed) -> tuple[Any, ...]:
    entry, fact, missing = placed.entry, placed.release.told.fact, placed.release.missing
    causes = [Cause(log=need.log, stream=need.stream, version=need.version) for need in missing]
    others = [case for case in placed.release.told.cases if case != entry.case_id]
    return (
        *(entry.sequence, entry.number, fact.position, entry.closed, False),
        *(entry.case_id, fact.log, fact.event.DESCRIPTOR.full_name, entry.division),
        *(sorted(entry.recipients), sorted(entry.reached) if entry.reached != entry.recipients else None),
        *(others or None, sorted(entry.walled), missing_bytes(causes)),
    )


def _kept(placed: Placed) -> tuple[str, str, int, bytes]:
    fact = placed.release.told.fact
    return placed.entry.case_id, fact.log, fact.position, placed.event


async def write_state(
    connection: Connection,
    sequence: int,
    positions: Mapping[str, int],
    streams: Mapping[Stream, int],
    cases: Mapping[str, CaseTimeline],
) -> None:
    """Where everything stands after a batch."""
    if streams:
        logs, names = zip(*streams, strict=True)
        await connection.execute(_SAVE_STREAMS, (list(logs), list(names), list(streams.values())))
    rows = [
        (case, state.number, _text(state.walled), packed(to_bytes(state))) for case, state in cases.items()
    ]
    if rows:
        await connection.execute(_SAVE_CASES, _columns(rows))
    await connection.execute(_SAVE_CURSORS, (MODEL, list(positions), list(positions.values())))
    await connection.execute(_ADVANCE, (sequence,))


async def write_held(connection: Connection, new: Iterable[HeldRow], gone: Collection[int]) -> None:
    """What waits from now on, and what does no longer."""
    if gone:
        await connection.execute(_LET_GO, (list(gone),))
    if rows := list(new):
        await connection.cursor().executemany(_HOLD, rows)


def _text(agencies: Iterable[str]) -> str:
    """Organisation codes as one text: arrays of arrays must all have the same length."""
    return ",".join(sorted(agencies))


def _columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
