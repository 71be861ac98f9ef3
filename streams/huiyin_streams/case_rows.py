"""Writes and reads the rows that the case fold derives: one per case, one per case and event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection, sql

from huiyin.cases.v1.service_pb2 import CaseSummary
from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.access_sql import HAD, Condition, conjunction
from huiyin_kernel.codec import instant
from huiyin_kernel.packing import packed, unpacked
from huiyin_kernel.rpc.requests import PagePlace, page_token, place_of
from huiyin_kernel.timeline_rows import event_bytes

_LIST = "cases"

_UPSERT = """
INSERT INTO streams.case_row AS kept
  (case_id, display_number, received, status, unit, division, parties, accused, former, asked,
   to_settle, summary)
SELECT case_id, display_number, received, status, unit, division, string_to_array(parties, ','),
  string_to_array(accused, ','), string_to_array(former, ','), string_to_array(asked, ','),
  to_settle, summary
FROM unnest(%b::text[], %b::text[], %s::timestamptz[], %b::text[], %b::text[], %b::text[], %b::text[],
  %b::text[], %b::text[], %b::text[], %s::boolean[], %b::bytea[])
  AS new (case_id, display_number, received, status, unit, division, parties, accused, former, asked,
    to_settle, summary)
ON CONFLICT (case_id) DO UPDATE SET
  display_number = EXCLUDED.display_number, received = EXCLUDED.received, status = EXCLUDED.status,
  unit = EXCLUDED.unit, division = EXCLUDED.division, parties = EXCLUDED.parties,
  accused = EXCLUDED.accused, former = EXCLUDED.former, asked = EXCLUDED.asked,
  to_settle = EXCLUDED.to_settle, summary = EXCLUDED.summary
WHERE (kept.*) IS DISTINCT FROM (EXCLUDED.*)
"""
"""One statement for all, so that what is counted of them is moved once (case_cells.sql). Many events leave a
case as lists show it: its row is not written again."""
_ADD_EVENTS = """
INSERT INTO streams.case_event (case_id, log, position, event)
SELECT * FROM unnest(%b::text[], %b::text[], %s::bigint[], %b::bytea[])
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as lists show it, and what access to it is judged by beside."""

    summary: CaseSummary
    accused: Sequence[str]
    former: Sequence[str]
    asked: Sequence[str]


async def write_cases(connection: AsyncConnection[Any], rows: Mapping[str, CaseRow]) -> None:
    """Replaces the rows of these cases."""
    if rows:
        values = [_values(case_id, row) for case_id, row in rows.items()]
        await connection.execute(_UPSERT, [list(column) for column in zip(*values, strict=True)])


def _values(case_id: str, row: CaseRow) -> tuple[Any, ...]:
    summary = row.summary
    return (
        case_id,
        summary.display_number,
        instant(summary.received_time),
        summary.status,
        summary.responsible_unit,
        summary.division,
        ",".join(summary.parties),
        ",".join(row.accused),
        ",".join(row.former),
        ",".join(row.asked),
        bool(summary.doubts),
        summary.SerializeToString(deterministic=True),
    )


async def add_events(connection: AsyncConnection[Any], events: Sequence[Event]) -> None:
    """Adds events to their cases."""
    kept = [(event, event_bytes(event)) for event in events]
    await keep_events(
        connection,
        [(case, event.log, event.position, data) for event, data in kept for case in event.metadata.case_ids],
    )


async def keep_events(
    connection: AsyncConnection[Any], events: Sequence[tuple[str, str, int, bytes]]
) -> None:
    """Keeps events by case, log and position, each once, whoever else does so at the same time.

    In one order, so that two who keep the same wait for each other and not in a circle.
    """
    if events:
        values = [(*place, packed(data)) for *place, data in sorted(events)]
        await connection.execute(_ADD_EVENTS, [list(column) for column in zip(*values, strict=True)])


_READ = sql.SQL(
    "SELECT summary FROM {rows} WHERE {where} ORDER BY received DESC, case_id DESC LIMIT %(limit)s"
)
_ALL = sql.SQL("streams.case_row")
_OF_ONE = sql.SQL(
    "(SELECT received, case_id FROM streams.case_part WHERE agency = %(part_of)s) AS part"
    " JOIN streams.case_row USING (received, case_id)"
)


async def read_cases(
    connection: AsyncConnection[Any], conditions: Sequence[Condition], limit: int, part_of: str = ""
) -> list[CaseSummary]:
    """Cases that meet all conditions, newest first; looked for among those of one agency, if it is named.

    However few cases an agency has of a million, its list is read by its own parts.
    """
    where = conjunction(conditions)
    query = _READ.format(rows=_OF_ONE if part_of else _ALL, where=sql.SQL(where.text))
    values = {**where.parameters, "limit": limit, "part_of": part_of}
    cursor = await connection.execute(query, values, binary=True)
    return [CaseSummary.FromString(row[0]) for row in await cursor.fetchall()]


_FOLDED = """
SELECT event FROM streams.case_event AS kept JOIN streams.projection_cursor AS lists
  ON lists.model = 'case' AND lists.log = kept.log AND kept.position <= lists.position
WHERE case_id = %s ORDER BY kept.log, kept.position LIMIT %s
"""


async def read_events(connection: AsyncConnection[Any], case_id: str, limit: int) -> list[Event]:
    """A case's events from all logs, not yet in causal order, as far as its row has come: its walls hold."""
    cursor = await connection.execute(_FOLDED, (case_id, limit), binary=True)
    return [Event.FromString(unpacked(row[0])) for row in await cursor.fetchall()]


async def read_numbers(connection: AsyncConnection[Any], case_id: str) -> dict[tuple[str, int], int]:
    """Numbers of a case's events by log and position, as far as the timeline has come."""
    query = "SELECT log, position, number FROM streams.timeline_entry WHERE case_id = %s AND NOT catch_up"
    rows = await (await connection.execute(query, (case_id,))).fetchall()
    return {(log, position): number for log, position, number in rows}


_REACHED = sql.SQL("""
SELECT DISTINCT ON (e.number) e.number, kept.event
FROM streams.timeline_entry e JOIN streams.case_event kept USING (case_id, log, position)
WHERE e.case_id = %(case_id)s AND {} ORDER BY e.number, e.sequence LIMIT %(limit)s
""").format(sql.SQL(HAD))


async def read_reached(
    connection: AsyncConnection[Any], case_id: str, agency: str, limit: int
) -> list[tuple[int, Event]]:
    """Entries of a case that an agency has had, by number, as far as the timeline has come."""
    parameters = {"case_id": case_id, "agency": agency, "limit": limit}
    rows = await (await connection.execute(_REACHED, parameters, binary=True)).fetchall()
    return [(number, Event.FromString(unpacked(event))) for number, event in rows]


def token_after(last: CaseSummary) -> str:
    """Where the next page begins: after this case."""
    return page_token(_LIST, PagePlace(instant(last.received_time), last.case_id))


def after_token(token: str) -> Condition:
    """Only cases after the one in a page token. Raises RefusedError."""
    place = place_of(token, _LIST)
    values = {"token_received": place.time, "token_case": place.identifier}
    return Condition("(received, case_id) < (%(token_received)s, %(token_case)s)", values)
