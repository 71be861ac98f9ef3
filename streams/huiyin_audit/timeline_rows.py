"""The timeline's rows as the audit reads them, in one snapshot with the logs."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, LiteralString, NamedTuple

from psycopg import AsyncConnection, sql

from huiyin_audit.findings import log_ends
from huiyin_kernel.codec import context_of
from huiyin_kernel.packing import legible
from huiyin_store.port import RecordedEvent

PAGE = 1000

_THERE = (
    "SELECT to_regclass('streams.timeline_entry') IS NOT NULL"
    " OR to_regclass('streams.timeline_head') IS NOT NULL"
)
_ENTRIES = """
SELECT e.sequence, e.case_id, e.number, e.log, e.position, e.type, e.division, e.recipients,
  coalesce(e.reached, e.recipients), coalesce(e.others, '{}'), e.walled, e.closed, e.catch_up, e.missing,
  coalesce(kept.event, '')
FROM streams.timeline_entry e LEFT JOIN streams.case_event kept USING (case_id, log, position)
ORDER BY e.sequence
"""
_DIFFER = """
SELECT again.sequence, again.case_id, again.number
FROM streams.timeline_entry again
LEFT JOIN streams.timeline_entry first
  ON (first.case_id, first.number) = (again.case_id, again.number) AND NOT first.catch_up
WHERE again.catch_up
  AND (first.sequence IS NULL OR first.sequence >= again.sequence
    OR (again.log, again.position, again.type, again.division, again.others, again.walled, again.closed,
        again.missing)
    IS DISTINCT FROM (first.log, first.position, first.type, first.division, first.others, first.walled,
        first.closed, first.missing))
ORDER BY again.sequence
"""
_END = "SELECT sequence FROM streams.timeline_head"
_COUNT = "SELECT count(*) FROM streams.timeline_entry"
_CURSORS = "SELECT log, position FROM streams.projection_cursor WHERE model = 'timeline'"
_HELD = "SELECT log, position, event FROM streams.timeline_held"
_ASIDE = "SELECT log, position FROM streams.timeline_aside"
_STATES = "SELECT case_id, number, walled, state FROM streams.timeline_case"
_RELEASED = "SELECT log, stream, version FROM streams.timeline_stream"
_COLUMNS: LiteralString = (
    "SELECT position, stream, version, event_id, type, recorded, occurred, meta, data, previous_hash, hash"
)
_AT: LiteralString = _COLUMNS + " FROM {}.event WHERE position = ANY(%s)"
_VERSION: LiteralString = _COLUMNS + " FROM {}.event WHERE stream = %s AND version = %s"


class EntryRow(NamedTuple):
    """A row of streams.timeline_entry, with its event; `others` are the event's cases but this one."""

    sequence: int
    case_id: str
    number: int
    log: str
    position: int
    type: str
    division: str
    recipients: list[str]
    reached: list[str]
    others: list[str]
    walled: list[str]
    closed: bool
    catch_up: bool
    missing: bytes
    event: bytes


Looked = tuple[EntryRow, RecordedEvent | None]
"""A row, and the event that the log has at its position, if it has one."""


class StateRow(NamedTuple):
    """A row of streams.timeline_case."""

    case_id: str
    number: int
    walled: list[str]
    state: bytes


class TimelineRows:
    """Reads them. `logs` are the logs that can be looked into."""

    def __init__(self, connection: AsyncConnection[Any], logs: Sequence[str]) -> None:
        self._connection, self.logs = connection, logs

    async def are_there(self) -> bool:
        """Whether the database has a timeline."""
        return bool((await self._all(_THERE))[0][0])

    async def count(self) -> int:
        """How many entries there are."""
        return int((await self._all(_COUNT))[0][0])

    async def end(self) -> int:
        """The last place that is on record as given."""
        rows = await self._all(_END)
        return int(rows[0][0]) if rows else 0

    async def cursors(self) -> dict[str, int]:
        """How far each log is taken in."""
        return dict(await self._all(_CURSORS))

    async def ends(self) -> dict[str, int]:
        """Where each log ends."""
        return await log_ends(self._connection, self.logs)

    async def held(self) -> dict[tuple[str, int], bytes]:
        """The events that wait, by log and position."""
        return {(log, position): event for log, position, event in await self._all(_HELD)}

    async def aside(self) -> set[tuple[str, int]]:
        """The events that were set aside, and those that wait behind them, by log and position."""
        return set(await self._all(_ASIDE))

    async def states(self) -> AsyncIterator[Sequence[StateRow]]:
        """Where each case stands, page by page."""
        async for page in self._pages("timeline_states", _STATES):
            yield [row._replace(state=legible(row.state)) for row in map(StateRow._make, page)]

    async def released(self) -> AsyncIterator[Sequence[tuple[str, str, int]]]:
        """Streams by log and name, with the version up to which they are released."""
        async for page in self._pages("timeline_released", _RELEASED):
            yield page

    async def entries(self) -> AsyncIterator[Sequence[Looked]]:
        """Every entry in order, page by page, each with its event in the log."""
        async for page in self._pages("timeline_entries", _ENTRIES):
            rows = [row._replace(event=legible(row.event)) for row in map(EntryRow._make, page)]
            events = {log: await self.events(log, positions) for log, positions in _places(rows).items()}
            yield [(row, events[row.log].get(row.position)) for row in rows]

    async def copies_that_differ(self) -> list[tuple[int, str, int]]:
        """Entries sent again that are not as they were first: place, case and number."""
        return await self._all(_DIFFER)

    async def events(self, log: str, positions: Sequence[int]) -> dict[int, RecordedEvent]:
        """Events of a log at these positions, by position; those that there are."""
        if log not in self.logs:
            return {}
        query = sql.SQL(_AT).format(sql.Identifier(context_of(log)))
        cursor = await self._connection.execute(query, (list(positions),), binary=True)
        return {event.position: event for event in map(RecordedEvent._make, await cursor.fetchall())}

    async def event_of(self, log: str, stream: str, version: int) -> RecordedEvent | None:
        """An event of a log by its place in its stream."""
        if log not in self.logs:
            return None
        query = sql.SQL(_VERSION).format(sql.Identifier(context_of(log)))
        row = await (await self._connection.execute(query, (stream, version), binary=True)).fetchone()
        return RecordedEvent._make(row) if row else None

    async def _pages(self, name: str, query: LiteralString) -> AsyncIterator[Sequence[Any]]:
        async with self._connection.cursor(name, binary=True) as cursor:
            await cursor.execute(query)
            while page := await cursor.fetchmany(PAGE):
                yield page

    async def _all(self, query: LiteralString) -> list[Any]:
        return await (await self._connection.execute(query, binary=True)).fetchall()


def _places(rows: Sequence[EntryRow]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for row in rows:
        places.setdefault(row.log, []).append(row.position)
    return places
