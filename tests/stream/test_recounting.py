"""When a calendar was amended, every clock has its new dates, and what was said of the old ones goes."""

from collections.abc import AsyncIterator
from datetime import timedelta

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from huiyin.supervision.v1.events_pb2 import DeadlinePassed
from huiyin.supervision.v1.service_pb2 import StatutoryClock
from huiyin.supervision.v1.types_pb2 import WITHDRAWAL_CAUSE_CALENDAR
from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.calendar.due import YearCalendar
from huiyin_domain.clocks.clock import statutory_clock
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.codes import Verification
from huiyin_kernel.packing import unpacked
from huiyin_kernel.policy import load_policy
from huiyin_kernel.projection import Recounting
from huiyin_supervision.clock_model import ClockModel, lateness_to_withdraw
from tests.support.live_models import drop_live, make_live
from tests.unit.audit.book import START, Act, told
from tests.unit.audit.legal_story import LOGS, legal_story
from tests.unit.audit.test_check_clocks import SUPERVISION, late, passed

STORY = legal_story()
CLOCK = next(one for one in late(STORY, START + timedelta(days=200)) if one.raw_due == one.rolled_due)
SAID: Act = passed(CLOCK, 200)
HISTORY = told([*STORY, SAID])


@pytest.fixture
async def pool(audit_dsn: str) -> AsyncIterator[AsyncConnectionPool]:
    await make_live(audit_dsn, HISTORY, [*LOGS, SUPERVISION])
    async with AsyncConnectionPool(
        audit_dsn, min_size=1, max_size=2, open=False, kwargs={"autocommit": True}
    ) as opened:
        yield opened
    with psycopg.connect(audit_dsn) as admin:
        drop_live(admin)


async def _due(pool: AsyncConnectionPool) -> str:
    query = "SELECT clock FROM supervision.clock_row WHERE clock_id = %s"
    async with pool.connection() as connection:
        row = await (await connection.execute(query, (CLOCK.clock_id,), binary=True)).fetchone()
    assert row is not None
    return str(StatutoryClock.FromString(unpacked(row[0])).rolled_due_date)


def amended() -> Timetable:
    """The year with one more day off: the last day of the clock."""
    assert CLOCK.rolled_due is not None
    off = frozenset({CLOCK.rolled_due})
    year = YearCalendar(2026, "2026.2", Verification.VERIFIED, "a notice", off, frozenset())
    return Timetable(Calendar([year]))


async def counted(pool: AsyncConnectionPool, shipped: Timetable) -> None:
    """As a build that ships it begins."""
    async with pool.connection() as connection:
        await Recounting("supervision", ClockModel(shipped)).begin(connection)


async def test_an_amended_calendar_moves_dates_and_takes_back_what_was_said_of_the_old_ones(
    pool: AsyncConnectionPool,
) -> None:
    await counted(pool, load_policy().timetable)
    before = await _due(pool)
    assert before == statutory_clock(CLOCK).rolled_due_date
    await counted(pool, amended())
    assert await _due(pool) > before
    async with pool.connection() as connection:
        (withdrawal,) = await lateness_to_withdraw(connection, (), 10)
    event = SAID.writes[0][1]
    assert isinstance(event, DeadlinePassed)
    assert (withdrawal.clock_id, withdrawal.cause) == (event.clock_id, WITHDRAWAL_CAUSE_CALENDAR)
    assert withdrawal.due_time == event.due_time
