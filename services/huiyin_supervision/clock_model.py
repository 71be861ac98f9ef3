"""The clocks of all cases: the model that folds them, and the rows that lists and the ticker read."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, LiteralString, NamedTuple

from psycopg import AsyncConnection, sql

from huiyin.event.v1.event_pb2 import Event
from huiyin.supervision.v1.events_pb2 import LatenessWithdrawn
from huiyin.supervision.v1.service_pb2 import StatutoryClock
from huiyin.supervision.v1.types_pb2 import CLOCK_STATUS_MET_LATE, CLOCK_STATUS_PASSED, CLOCK_STATUS_RUNNING
from huiyin_domain.clocks.clock import Clock, statutory_clock
from huiyin_domain.clocks.derive import DerivedClocks, clocks
from huiyin_domain.clocks.record import ClockFold, ClockRecord, withdrawals
from huiyin_domain.clocks.rule import NOBODYS
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.dates import local_date, start_of_day
from huiyin_kernel.access_sql import Condition
from huiyin_kernel.codec import instant
from huiyin_kernel.model_states import NOTHING
from huiyin_kernel.packing import packed, unpacked
from huiyin_kernel.policy_kept import PolicyKept
from huiyin_kernel.rpc.requests import PagePlace, page_token, place_of
from huiyin_supervision.amended_clocks import amended, keep_amended, open_clocks
from huiyin_supervision.case_rows import write_cases, write_causes

_LIST = "clocks by day"
_NEVER = datetime.max.replace(tzinfo=UTC)

_MERGE = """
MERGE INTO supervision.clock_row AS kept
USING unnest(%b::text[], %b::text[], %b::text[], %s::timestamptz[], %s::date[], %s::boolean[],
    %s::boolean[], %s::boolean[], %s::boolean[], %b::bytea[], %b::bytea[])
  AS new (clock_id, case_id, unit, due, day, running, late, passed, withdrawn, withdrawal, clock)
ON kept.clock_id = new.clock_id
WHEN MATCHED AND (kept.case_id, kept.unit, kept.due, kept.day, kept.running, kept.late, kept.passed,
    kept.withdrawn, kept.withdrawal, kept.clock)
  IS DISTINCT FROM (new.case_id, new.unit, new.due, new.day, new.running, new.late, new.passed,
    new.withdrawn, new.withdrawal, new.clock)
THEN UPDATE SET case_id = new.case_id, unit = new.unit, due = new.due, day = new.day, running = new.running,
  late = new.late, passed = new.passed, withdrawn = new.withdrawn, withdrawal = new.withdrawal,
  clock = new.clock
WHEN NOT MATCHED THEN
  INSERT (clock_id, case_id, unit, due, day, running, late, passed, withdrawn, withdrawal, clock)
  VALUES (new.clock_id, new.case_id, new.unit, new.due, new.day, new.running, new.late, new.passed,
    new.withdrawn, new.withdrawal, new.clock)
"""
"""Most events leave most clocks as they are: those are not touched, where an upsert would lock each. Nobody
else writes the rows meanwhile: whoever folds holds the fold's cursors."""

_DELETE_OTHERS = "DELETE FROM supervision.clock_row WHERE case_id = ANY(%s) AND clock_id <> ALL (%s)"
_DELETE = "DELETE FROM supervision.clock_row WHERE clock_id = ANY(%s)"

SHOWN_MAX = 5_000
"""Cases whose rows are remembered; a case takes some ten kilobytes."""


class ClockRow(NamedTuple):
    """A clock as its events make it; whether its passing is on the record, withdrawn, or to be withdrawn."""

    clock: Clock
    passed: bool
    withdrawn: bool
    withdrawal: LatenessWithdrawn | None

    @property
    def day(self) -> date | None:
        """What it is listed by; None for a window, which is no list of anybody's."""
        return None if self.clock.nature in NOBODYS else self.clock.day

    @property
    def is_running(self) -> bool:
        """Whether it was running when it was derived."""
        return self.clock.status() == CLOCK_STATUS_RUNNING

    @property
    def is_late(self) -> bool:
        """Whether it was not stopped in time."""
        return self.clock.status() in (CLOCK_STATUS_PASSED, CLOCK_STATUS_MET_LATE)

    def message(self) -> bytes | None:
        """The clock as lists show it and the ticker needs it; None for one that is settled: nobody does."""
        if self.is_running or self.is_late or (self.passed and not self.withdrawn):
            return packed(statutory_clock(self.clock).SerializeToString(deterministic=True))
        return None


class ClockChange(NamedTuple):
    """What becomes of a case's rows. `gone` are clocks that are none any more; None: all but the written."""

    case_id: str
    written: Sequence[ClockRow]
    gone: Sequence[str] | None


async def write_clocks(connection: AsyncConnection[Any], changes: Sequence[ClockChange]) -> None:
    """Makes the rows of these cases so."""
    whole = [one for one in changes if one.gone is None]
    if whole:
        kept = [row.clock.clock_id for one in whole for row in one.written]
        await connection.execute(_DELETE_OTHERS, ([one.case_id for one in whole], kept))
    if gone := [clock_id for one in changes for clock_id in one.gone or ()]:
        await connection.execute(_DELETE, (gone,))
    if values := [_values(one.case_id, row) for one in changes for row in one.written]:
        await connection.execute(_MERGE, [list(column) for column in zip(*values, strict=True)])


def _values(case_id: str, row: ClockRow) -> tuple[Any, ...]:
    clock = row.clock
    return (
        clock.clock_id,
        case_id,
        clock.unit,
        clock.due_time if clock.can_be_late else None,
        row.day,
        row.is_running,
        row.is_late,
        row.passed,
        row.withdrawn,
        row.withdrawal.SerializeToString(deterministic=True) if row.withdrawal else None,
        row.message(),
    )


_DUE = """
SELECT clock FROM supervision.clock_row
WHERE (running OR late) AND NOT passed AND due <= %s AND clock_id <> ALL (%s) ORDER BY due LIMIT %s
"""
_TO_WITHDRAW = """
SELECT withdrawal FROM supervision.clock_row
WHERE withdrawal IS NOT NULL AND clock_id <> ALL (%s) ORDER BY clock_id LIMIT %s
"""
_WORK = """
SELECT EXISTS (SELECT FROM supervision.clock_row
    WHERE (running OR late) AND NOT passed AND due <= %s AND clock_id <> ALL (%s))
  OR EXISTS (SELECT FROM supervision.clock_row WHERE withdrawal IS NOT NULL AND clock_id <> ALL (%s))
  OR EXISTS (SELECT FROM supervision.dead_letter WHERE state = 2 AND consumer = %s)
"""


async def has_work(
    connection: AsyncConnection[Any],
    now: datetime,
    aside: tuple[Sequence[str], Sequence[str]],
    consumer: str,
) -> bool:
    """Whether a clock is to pass, or lateness to be withdrawn, or a letter to be handled again.

    `aside` are the clocks that are not to pass, and those whose lateness is not to be withdrawn.
    """
    passing, withdrawing = map(list, aside)
    ((found,),) = await (await connection.execute(_WORK, (now, passing, withdrawing, consumer))).fetchall()
    return bool(found)


async def clocks_to_pass(
    connection: AsyncConnection[Any], now: datetime, aside: Sequence[str], limit: int
) -> list[StatutoryClock]:
    """Clocks not stopped when their due time came, whose passing is not on the record, earliest first."""
    return await _clocks(connection, _DUE, (now, list(aside), limit))


async def lateness_to_withdraw(
    connection: AsyncConnection[Any], aside: Sequence[str], limit: int
) -> list[LatenessWithdrawn]:
    """What has to be taken back, each with its cause."""
    cursor = await connection.execute(_TO_WITHDRAW, (list(aside), limit), binary=True)
    return [LatenessWithdrawn.FromString(row[0]) for row in await cursor.fetchall()]


def as_of(clock: StatutoryClock, now: datetime) -> StatutoryClock:
    """The clock with its status at an instant: one that still runs after its due time has passed."""
    overdue = clock.status == CLOCK_STATUS_RUNNING and clock.HasField("due_time")
    if overdue and instant(clock.due_time) <= now:
        clock.status = CLOCK_STATUS_PASSED
    return clock


_OF_CASE = sql.SQL("""
SELECT state FROM supervision.projection_state JOIN supervision.case_row ON case_id = key
WHERE model = %(model)s AND key = %(case_id)s AND {}
""")


async def clocks_of_case(
    connection: AsyncConnection[Any], case_id: str, seen: Condition, shipped: Timetable
) -> list[StatutoryClock]:
    """Every clock of a case that may be seen, in order of due time, by the timetable that its rows have."""
    fold, query = ClockFold(), _OF_CASE.format(sql.SQL(seen.text))
    given = {"model": fold.name, "case_id": case_id, **seen.parameters}
    row = await (await connection.execute(query, given, binary=True)).fetchone()
    if row is None:
        return []
    timetable = await PolicyKept("supervision", fold.name).timetable(connection, shipped)
    derived = clocks(fold.load(unpacked(row[0])).clocks, timetable)
    return [statutory_clock(clock) for clock in sorted(derived, key=_by_due_time)]


def _by_due_time(clock: Clock) -> tuple[datetime, date, str]:
    """Those that cannot be late stand last, and those without a day after them."""
    due = clock.due_time if clock.can_be_late else None
    return due or _NEVER, ClockRow(clock, False, False, None).day or date.max, clock.clock_id


_PAGE = sql.SQL("""
SELECT clock FROM supervision.clock_row JOIN supervision.case_row USING (case_id)
WHERE {} ORDER BY day, clock_id LIMIT %(limit)s
""")


@dataclass(frozen=True, slots=True)
class ClockPage:
    """Which clocks to list: `unit` empty for all, `token` from an earlier page."""

    unit: str
    passed_only: bool
    size: int
    token: str


async def list_clocks(
    connection: AsyncConnection[Any], page: ClockPage, seen: Condition
) -> tuple[list[StatutoryClock], str]:
    """A page of running clocks (or of those that passed), earliest due first, and the next page's token.

    While a calendar is missing a clock stands where its raw last day does, or the bound of one: it is shown
    as provisional, and never left out.
    """
    conditions = ["passed AND NOT withdrawn" if page.passed_only else "running", "day IS NOT NULL", seen.text]
    parameters: dict[str, Any] = {"limit": page.size + 1, "unit": page.unit, **seen.parameters}
    if page.unit:
        conditions.append("unit = %(unit)s")
    if page.token:
        conditions.append("(day, clock_id) > (%(day)s, %(clock)s)")
        parameters |= _token_values(page.token)
    query = _PAGE.format(sql.SQL(" AND ").join(map(sql.SQL, conditions)))
    found = await _clocks(connection, query, parameters)
    more = len(found) > page.size
    return found[: page.size], _token(found[page.size - 1]) if more else ""


async def _clocks(
    connection: AsyncConnection[Any], query: LiteralString | sql.Composed, parameters: Any
) -> list[StatutoryClock]:
    cursor = await connection.execute(query, parameters, binary=True)
    return [StatutoryClock.FromString(unpacked(row[0])) for row in await cursor.fetchall()]


def _token(last: StatutoryClock) -> str:
    day = last.rolled_due_date or last.raw_due_date or last.not_before_date
    return page_token(_LIST, PagePlace(start_of_day(date.fromisoformat(day)), last.clock_id))


def _token_values(token: str) -> dict[str, Any]:
    place = place_of(token, _LIST)
    return {"day": local_date(place.time), "clock": place.identifier}


class _Shown(NamedTuple):
    """The rows of a case, and what they were made of."""

    state: ClockRecord
    counted_by: str
    rows: Mapping[str, ClockRow]


class ClockModel(ClockFold):
    """The fold with its rows.

    What it remembers of them holds when the database has the rows of that very state: what became of the
    transaction in which they were written need not be known.
    """

    def __init__(self, timetable: Timetable) -> None:
        self.timetable, self._derived = timetable, DerivedClocks(SHOWN_MAX)
        self._shown: OrderedDict[str, _Shown] = OrderedDict()

    async def write_rows(
        self,
        connection: AsyncConnection[Any],
        states: Mapping[str, ClockRecord],
        events: Sequence[Event],
        before: Mapping[str, ClockRecord] = NOTHING,
    ) -> None:
        """Replaces the clocks of these cases; keeps who may see them, and what their lateness depends on."""
        await write_cases(connection, events)
        await write_causes(connection, events)
        changes = [self._change(case, state, before.get(case)) for case, state in states.items()]
        await write_clocks(connection, changes)

    async def write_anew(
        self, connection: AsyncConnection[Any], states: Mapping[str, ClockRecord], policy_id: str
    ) -> None:
        """Replaces the clocks of these cases, by another timetable; keeps which open ones it moved."""
        open_before = await open_clocks(connection, states) if policy_id else {}
        await self.write_rows(connection, states, ())
        if policy_id:
            moved = amended(open_before, await open_clocks(connection, states))
            await keep_amended(connection, policy_id, moved)

    def _change(self, case_id: str, state: ClockRecord, before: ClockRecord | None) -> ClockChange:
        shown, version = self._shown.get(case_id), self.timetable.version
        rows = {
            clock.clock_id: row_of(clock, state) for clock in self._derived.of(state.clocks, self.timetable)
        }
        self._shown[case_id] = _Shown(state, version, rows)
        self._shown.move_to_end(case_id)
        if len(self._shown) > SHOWN_MAX:
            self._shown.popitem(last=False)
        if shown is None or shown.state is not before or shown.counted_by != version:
            return ClockChange(case_id, list(rows.values()), None)
        written = [row for clock_id, row in rows.items() if shown.rows.get(clock_id) != row]
        return ClockChange(case_id, written, [clock_id for clock_id in shown.rows if clock_id not in rows])


def row_of(clock: Clock, state: ClockRecord) -> ClockRow:
    """The row of a case's clock."""
    withdrawal = next(iter(withdrawals(clock, state)), None)
    return ClockRow(clock, state.has_passed(clock), state.is_withdrawn(clock), withdrawal)
