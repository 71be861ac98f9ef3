"""What InsightService lists, to whom: access is a condition of each query, and time is the clock's."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from psycopg_pool import AsyncConnectionPool

from huiyin.insight.v1 import service_pb2 as insight
from huiyin.insight.v1.types_pb2 import ClockWarning, HotIssue
from huiyin_domain.context import Principal, Role
from huiyin_domain.streams.output import Output, Sink
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.codec import timestamp
from huiyin_kernel.policy import load_policy
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.settings import RuntimeLimits
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_streams.insight import Insight
from huiyin_streams.sink_rows import write_outputs
from tests.support.streams_database import streams_database

NOW = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
OFFICE, HOUSING, LAND = "11990100000000123K", "119900000000000350", "11990000000000051M"
PROVINCE = "119900000000000275"
SUPERVISOR = (OFFICE, Role.SUPERVISOR)
AUDITOR = (PROVINCE, Role.AUDITOR)
_CASE = """
INSERT INTO streams.case_row
  (case_id, display_number, received, status, unit, division, parties, accused, summary)
VALUES (%s, %s, now(), 'ACCEPTED', %s, %s, %s, %s, '')
"""


class Board:
    """The service on its tables."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self.clock = ManualClock(NOW)
        self.service = Insight(pool, load_policy(), RuntimeLimits(), self.clock)
        self._pool = pool

    async def case(
        self, name: str, unit: str, division: str, accused: str = "", due: timedelta = timedelta(days=3)
    ) -> None:
        """A case with one clock; its unit and OFFICE are its parties."""
        parties = sorted({unit, OFFICE} - {accused})
        warning = ClockWarning(
            clock_id=f"T1:{name}",
            case_id=name,
            unit=unit,
            division=division,
            warn_time=timestamp(NOW + due - timedelta(days=5)),
            due_time=timestamp(NOW + due),
        )
        outputs = [Output(Sink.WARNINGS, warning.clock_id, warning.SerializeToString(), 1)]
        async with self._pool.connection() as connection:
            values = (name, name, unit, division, parties, [accused] if accused else [])
            await connection.execute(_CASE, values)
            await write_outputs(connection, outputs)

    async def issue(self, name: str, division: str, count: int, last: str = "2026-03-19") -> None:
        """A hot issue."""
        issue = HotIssue(issue_id=name, division=division, filing_count=count, last_date=last)
        async with self._pool.connection() as connection:
            await write_outputs(connection, [Output(Sink.HOT_ISSUES, name, issue.SerializeToString(), 0)])

    async def warnings(self, who: tuple[str, Role], **fields: str) -> list[str]:
        """The cases whose warnings somebody sees."""
        request = insight.ListWarningsRequest(**fields)  # type: ignore[arg-type] # fields by name
        found = await self.service.list_warnings(_caller(who), request)
        return [warning.case_id for warning in found.warnings]

    async def counters(self, who: tuple[str, Role], **fields: str) -> dict[tuple[str, str], int]:
        """Counts by division and unit."""
        request = insight.ListCountersRequest(**fields)
        found = await self.service.list_counters(_caller(who), request)
        return {(one.division, one.unit): one.case_count for one in found.counters}

    async def issues(self, who: tuple[str, Role], **fields: str) -> list[str]:
        """Hot issues by name."""
        request = insight.ListHotIssuesRequest(**fields)  # type: ignore[arg-type] # fields by name
        found = await self.service.list_hot_issues(_caller(who), request)
        return [issue.issue_id for issue in found.issues]


def _caller(who: tuple[str, Role]) -> Caller:
    agency, role = who
    return Caller(Principal(agency, "officer-01", frozenset({role})), "test", b"")


@pytest.fixture
async def board(postgres_server: EmbeddedPostgres) -> AsyncIterator[Board]:
    async with (
        streams_database(postgres_server.admin_dsn) as database,
        AsyncConnectionPool(database.dsn, min_size=1, max_size=2, open=False) as pool,
    ):
        yield Board(pool)


async def test_warnings_are_shown_from_their_time_until_the_clock_passes(board: Board) -> None:
    await board.case("soon", HOUSING, "990101")
    await board.case("later", HOUSING, "990101", due=timedelta(days=9))
    await board.case("sooner", HOUSING, "990101", due=timedelta(days=1))
    await board.case("passed", HOUSING, "990101", due=timedelta(seconds=-1))
    assert await board.warnings(AUDITOR) == ["sooner", "soon"]
    board.clock.set(NOW + timedelta(days=5))
    assert await board.warnings(AUDITOR) == ["later"]


async def test_a_clock_that_runs_no_more_is_not_listed(board: Board) -> None:
    await board.case("met", HOUSING, "990101")
    async with board._pool.connection() as connection:
        await write_outputs(connection, [Output(Sink.WARNINGS, "T1:met", None, 2)])
    assert await board.warnings(AUDITOR) == []


async def test_everybody_sees_warnings_and_counts_of_the_cases_that_are_theirs(board: Board) -> None:
    await board.case("one", HOUSING, "990101")
    await board.case("two", LAND, "990200")
    both, first = {("990101", HOUSING): 1, ("990200", LAND): 1}, {("990101", HOUSING): 1}
    assert sorted(await board.warnings(AUDITOR)) == ["one", "two"]
    assert await board.counters(AUDITOR) == both
    assert await board.warnings(SUPERVISOR) == ["one"]
    assert await board.counters(SUPERVISOR) == first
    assert await board.warnings((HOUSING, Role.OFFICER)) == ["one"]
    assert await board.counters((HOUSING, Role.OFFICER)) == first
    assert await board.counters((HOUSING, Role.ADMINISTRATOR)) == {}


@pytest.mark.parametrize("role", list(Role))
async def test_an_accused_unit_sees_neither_warning_nor_count_of_the_case(board: Board, role: Role) -> None:
    await board.case("accusation", OFFICE, "990101", accused=HOUSING)
    assert await board.warnings((HOUSING, role)) == []
    assert await board.counters((HOUSING, role)) == {}


async def test_lists_are_narrowed_to_a_unit_and_a_division(board: Board) -> None:
    await board.case("one", HOUSING, "990101")
    await board.case("two", LAND, "990200")
    assert await board.warnings(AUDITOR, unit=LAND) == ["two"]
    assert await board.warnings(AUDITOR, division="990100") == ["one"]
    assert await board.counters(AUDITOR, unit=HOUSING) == {("990101", HOUSING): 1}
    assert await board.counters(AUDITOR, division="990200") == {("990200", LAND): 1}


async def test_hot_issues_are_shown_most_filings_first_while_their_window_lasts(board: Board) -> None:
    await board.issue("small", "990101", 5)
    await board.issue("big", "990101", 50)
    await board.issue("old", "990101", 70, last="2026-02-17")
    await board.issue("on the edge", "990101", 6, last="2026-02-18")
    assert await board.issues(AUDITOR) == ["big", "on the edge", "small"]


async def test_hot_issues_are_for_supervisors_of_the_region_and_for_auditors(board: Board) -> None:
    await board.issue("here", "990101", 5)
    await board.issue("elsewhere", "990200", 9)
    assert await board.issues(AUDITOR) == ["elsewhere", "here"]
    assert await board.issues(SUPERVISOR) == ["here"]
    assert await board.issues(AUDITOR, division="990200") == ["elsewhere"]
    for role in (Role.OFFICER, Role.HEAD, Role.SYSTEM, Role.ADMINISTRATOR):
        with pytest.raises(RefusedError, match="ROLE_NOT_ALLOWED"):
            await board.issues((OFFICE, role))


async def test_what_is_no_division_is_refused(board: Board) -> None:
    for asking in (board.warnings, board.counters, board.issues):
        with pytest.raises(RefusedError, match="MALFORMED_DIVISION"):
            await asking(AUDITOR, division="99%")
