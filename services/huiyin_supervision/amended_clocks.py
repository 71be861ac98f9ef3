"""Open clocks that got another date by policy: found while all are counted anew, and listed."""

from collections.abc import Iterable, Mapping
from typing import Any

from psycopg import AsyncConnection, sql

from huiyin.supervision.v1.service_pb2 import AmendedClock, StatutoryClock
from huiyin_kernel.access_sql import Condition
from huiyin_kernel.packing import unpacked

_BEFORE = "SELECT clock FROM supervision.clock_row WHERE case_id = ANY(%s) AND running"
_ADD = (
    "INSERT INTO supervision.amended_clock (policy_id, case_id, clock_id, unit, clock)"
    " VALUES (%s, %s, %s, %s, %b) ON CONFLICT DO NOTHING"
)
_COUNT = "SELECT count(*), count(DISTINCT case_id) FROM supervision.amended_clock WHERE policy_id = %s"
_PAGE = sql.SQL("""
SELECT clock FROM supervision.amended_clock JOIN supervision.case_row USING (case_id)
WHERE policy_id = %(policy_id)s AND (case_id, clock_id) > (%(case)s, %(clock)s) AND {}
ORDER BY case_id, clock_id LIMIT %(limit)s
""")


async def open_clocks(connection: AsyncConnection[Any], case_ids: Iterable[str]) -> dict[str, StatutoryClock]:
    """The running clocks of cases as their rows have them, by id."""
    cursor = await connection.execute(_BEFORE, (list(case_ids),), binary=True)
    found = [StatutoryClock.FromString(unpacked(row[0])) for row in await cursor.fetchall()]
    return {clock.clock_id: clock for clock in found}


def amended(before: Mapping[str, StatutoryClock], after: Mapping[str, StatutoryClock]) -> list[AmendedClock]:
    """Those that are open in both and have another last day, or another certainty of it."""
    pairs = [(before[clock_id], clock) for clock_id, clock in after.items() if clock_id in before]
    return [_amended(old, new) for old, new in pairs if _day(old) != _day(new)]


async def keep_amended(
    connection: AsyncConnection[Any], policy_id: str, clocks: Iterable[AmendedClock]
) -> None:
    """Keeps them, once."""
    rows = [
        (policy_id, one.case_id, one.clock_id, one.unit, one.SerializeToString(deterministic=True))
        for one in clocks
    ]
    if rows:
        await connection.cursor().executemany(_ADD, rows)


async def count_amended(connection: AsyncConnection[Any], policy_id: str) -> tuple[int, int]:
    """How many clocks, of how many cases."""
    row = await (await connection.execute(_COUNT, (policy_id,))).fetchone()
    assert row is not None, "count(*) gives a row"
    return int(row[0]), int(row[1])


async def list_amended(
    connection: AsyncConnection[Any], policy_id: str, after: tuple[str, str], limit: int, seen: Condition
) -> list[AmendedClock]:
    """A page of them after a case and clock: those that may be seen."""
    places = {"policy_id": policy_id, "case": after[0], "clock": after[1], "limit": limit}
    query = _PAGE.format(sql.SQL(seen.text))
    cursor = await connection.execute(query, {**places, **seen.parameters}, binary=True)
    return [AmendedClock.FromString(row[0]) for row in await cursor.fetchall()]


def _day(clock: StatutoryClock) -> tuple[str, bool]:
    return clock.rolled_due_date or clock.raw_due_date, clock.provisional


def _amended(old: StatutoryClock, new: StatutoryClock) -> AmendedClock:
    (day_before, provisional_before), (day, provisional) = _day(old), _day(new)
    return AmendedClock(
        clock_id=new.clock_id,
        case_id=new.case_id,
        rule=new.rule,
        unit=new.unit,
        due_date_before=day_before,
        provisional_before=provisional_before,
        due_date=day,
        provisional=provisional,
    )
