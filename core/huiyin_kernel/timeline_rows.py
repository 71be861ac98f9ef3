"""Reads the timeline's rows as CaseEvent messages; for whoever publishes, serves or checks it.

The table is streams.timeline_entry. Rows are only added, in the order of `sequence`, which is dense: what is
visible is durable, and no place before it is still to come. So a reader's cursor is one integer. The event of
an entry stands in streams.case_event.
"""

from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg import AsyncConnection

from huiyin.common.v1.types_pb2 import Cause
from huiyin.event.v1.event_pb2 import Event
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_kernel.packing import unpacked

ENTRIES: LiteralString = """
SELECT e.sequence, e.case_id, e.number, e.division, e.recipients, e.catch_up, e.missing, kept.event
FROM streams.timeline_entry e LEFT JOIN streams.case_event kept USING (case_id, log, position)
"""
"""What `case_event` makes entries of; `e` can be asked for more."""

_READ = ENTRIES + "WHERE e.sequence > %s ORDER BY e.sequence LIMIT %s"
_END = "SELECT sequence FROM streams.timeline_head"


async def read_timeline(connection: AsyncConnection[Any], after: int, limit: int) -> list[CaseEvent]:
    """Entries after a place, in order, whoever they are for; the last one's sequence is the next cursor."""
    cursor = await connection.execute(_READ, (after, limit), binary=True)
    return [case_event(row) for row in await cursor.fetchall()]


async def timeline_end(connection: AsyncConnection[Any]) -> int:
    """The last place."""
    row = await (await connection.execute(_END)).fetchone()
    return int(row[0]) if row else 0


def case_event(row: Sequence[Any]) -> CaseEvent:
    """The entry of a row of ENTRIES, recipients included. Raises LookupError when its event is not kept."""
    sequence, case_id, number, division, recipients, catch_up, missing, event = row
    if event is None:
        raise LookupError(
            f"streams.case_event has lost the event of place {sequence}: restore it from a backup"
        )
    entry = CaseEvent.FromString(missing)
    entry.case_id, entry.number, entry.sequence = case_id, number, sequence
    entry.division, entry.catch_up = division, catch_up
    entry.recipients.extend(recipients)
    entry.event.MergeFromString(unpacked(event))
    return entry


def missing_bytes(causes: Sequence[Cause]) -> bytes:
    """The column `missing`."""
    return CaseEvent(missing_causes=causes).SerializeToString(deterministic=True)


def event_bytes(event: Event) -> bytes:
    """An event as it is kept, before it is packed."""
    return event.SerializeToString(deterministic=True)
