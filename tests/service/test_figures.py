"""Figures over gRPC: who sees which, as days pass, with small cells kept from those outside."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from grpc import StatusCode

from huiyin.common.v1 import types_pb2 as common
from huiyin.insight.v1.service_pb2 import ListFiguresRequest
from huiyin.insight.v1.types_pb2 import Figure
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_audit.findings import PromiseOutcome
from huiyin_audit.live_models import READ_MODELS
from huiyin_audit.replay_logs import compare_models
from huiyin_cli import insight
from huiyin_cli.client import Client
from huiyin_domain.context import Role
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.policy import load_policy
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.support.calling import (
    AUDIT_BODY,
    CITY,
    COUNTY,
    DIRECTORY,
    HOUSING,
    LABOUR,
    LAND,
    LOGS,
    OFFICE,
    claim,
    handed_over,
    info,
    log_sizes,
    refusal,
    registered,
)
from tests.support.platform import Platform, eventually, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEGIN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MONTH = "2026-03"
WITH_HOUSING, WITH_LABOUR = 6, 1
STAFF: Mapping[str, tuple[str, Role]] = {
    "office": (OFFICE, Role.OFFICER),
    "housing": (HOUSING, Role.OFFICER),
    "labour": (LABOUR, Role.OFFICER),
    "supervisor": (OFFICE, Role.SUPERVISOR),
    "auditor": (AUDIT_BODY, Role.AUDITOR),
    "administrator": (OFFICE, Role.ADMINISTRATOR),
}


class Town:
    """A platform with clients of everybody, on a day that tests move on."""

    def __init__(self, platform: Platform, clock: ManualClock) -> None:
        self.platform, self.clock = platform, clock
        self.clients: dict[str, Client] = {}

    def profiles(self) -> dict[str, str]:
        """Everybody's profile, with a token of today."""
        return {
            name: self.platform.employ(agency, role, clock=self.clock)
            for name, (agency, role) in STAFF.items()
        }

    async def ask(self, who: str, **fields: Any) -> list[Figure]:
        """Figures of the month that somebody sees."""
        request = ListFiguresRequest(**{"from_month": MONTH, "to_month": MONTH, **fields})
        return list((await self.clients[who].insight.ListFigures(request)).figures)

    async def one(self, who: str, name: str, **fields: Any) -> Figure:
        """The only figure of a name that somebody sees."""
        [found] = await self.ask(who, names=[name], **fields)
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(postgres_server: EmbeddedPostgres, home: Path) -> AsyncIterator[Town]:
    """Seven cases handed over and accepted, six by housing and one by labour; one accuses labour."""
    clock = ManualClock(BEGIN)
    async with running(postgres_server.admin_dsn, home, clock) as platform:
        town = Town(platform, clock)
        profiles = town.profiles()
        async with AsyncExitStack() as stack:
            for name, profile in profiles.items():
                town.clients[name] = await stack.enter_async_context(platform.client(profile))
            await _live(town)
            yield town


async def _live(town: Town) -> None:
    for who, unit, times in (("housing", HOUSING, WITH_HOUSING), ("labour", LABOUR, WITH_LABOUR)):
        for _ in range(times):
            case_id = await handed_over(town.clients["office"], unit)
            await town.clients[who].intake.AcceptPetition(_accept(case_id))
    accused = await registered(town.clients["labour"])
    await town.clients["labour"].intake.ClassifyPetition(
        claim(
            accused,
            petition_class=types.PETITION_CLASS_ACCUSATION,
            route=types.ROUTE_UNSPECIFIED,
            track=common.TRACK_DISCIPLINE,
            accused_units=[LABOUR],
        )
    )

    await eventually(partial(_folded, town), "the fold of everything written")


async def _folded(town: Town) -> bool:
    sizes = await log_sizes(town.clients["auditor"])
    query = "SELECT log, position FROM streams.projection_cursor WHERE model = 'case'"
    async with await psycopg.AsyncConnection.connect(town.platform.admin_dsn) as connection:
        folded: dict[str, int] = dict(await (await connection.execute(query)).fetchall())
    return all(folded.get(log, 0) >= size for log, size in sizes.items())


def _accept(case_id: str) -> intake.AcceptPetitionRequest:
    return intake.AcceptPetitionRequest(info=info(), case_id=case_id, epoch=1)


async def test_a_supervisor_sees_the_figures_of_the_region_whole_and_by_unit(town: Town) -> None:
    whole = await town.one("supervisor", "accepted_in_time")
    assert (whole.numerator, whole.denominator, whole.missing, whole.unit) == (7, 8, 0, "")
    by_unit = await town.ask("supervisor", names=["accepted_in_time"], by_unit=True)
    outside = DIRECTORY.above(LABOUR)[0]  # what accuses its holder is not the holder's any more (Art. 30(3))
    assert {one.unit: one.denominator for one in by_unit} == {HOUSING: 6, LABOUR: 1, outside: 1}
    assert {piece.name: piece.case_count for piece in whole.pieces} == {"in_time": 7, "not_yet_due": 1}


async def test_an_agency_sees_its_own_figures_and_its_divisions_in_sum(town: Town) -> None:
    own, sum_of_all = await town.ask("housing", names=["accepted_in_time"])
    assert (own.unit, own.numerator, own.denominator) == (HOUSING, 6, 6)
    assert (sum_of_all.unit, sum_of_all.division, sum_of_all.suppressed) == ("", CITY, True)
    assert (sum_of_all.numerator, sum_of_all.denominator, list(sum_of_all.pieces)) == (0, 0, [])


async def test_a_sum_that_leaves_no_small_rest_is_shown_to_an_agency(town: Town) -> None:
    found = {one.unit: one for one in await town.ask("labour", names=["accepted_in_time"])}
    assert found[""].denominator == 7, "what accuses the own agency is in no sum that it sees (Art. 30(3))"
    assert not found[""].suppressed


async def test_an_accused_unit_finds_the_accusation_in_no_figure_of_its_own(town: Town) -> None:
    found = {one.unit: one for one in await town.ask("labour", names=["registered_not_accepted"])}
    assert found[LABOUR].denominator == WITH_LABOUR


async def test_nobody_outside_asks_for_the_figures_of_another_unit(town: Town) -> None:
    refused = await refusal(town.ask("labour", unit=HOUSING))
    assert (refused.code, refused.reason) == (StatusCode.PERMISSION_DENIED, "FIGURES_OF_ANOTHER_UNIT")


async def test_who_reads_no_cases_reads_no_figures(town: Town) -> None:
    refused = await refusal(town.ask("administrator"))
    assert refused.reason == "ROLE_NOT_ALLOWED"


async def test_an_agency_gets_no_sums_over_parts_of_its_division(town: Town) -> None:
    assert [one.unit for one in await town.ask("labour", division=COUNTY)] == []


async def test_a_division_and_a_unit_narrow_what_a_supervisor_sees(town: Town) -> None:
    assert await town.ask("supervisor", division=COUNTY) == []
    assert await town.ask("supervisor", unit=LAND) == []
    one = await town.one("supervisor", "accepted_in_time", division=CITY, unit=HOUSING)
    assert (one.division, one.unit, one.denominator) == (CITY, HOUSING, 6)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"from_month": "2026-13"}, "MALFORMED_MONTH"),
        ({"from_month": "2026-04", "to_month": "2026-03"}, "MONTHS_REVERSED"),
        ({"division": "99%"}, "MALFORMED_DIVISION"),
        ({"names": ["fewer_petitions"]}, "UNKNOWN_FIGURE"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(
    town: Town, fields: dict[str, Any], reason: str
) -> None:
    refused = await refusal(town.ask("auditor", **fields))
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, reason)


async def test_replay_finds_figures_and_their_rows_as_they_are_live(town: Town) -> None:
    logs = [town.platform.settings.log_name(name) for name in LOGS]
    for schema, folds in READ_MODELS:
        for verdict in await compare_models(town.platform.dsns["auditor"], logs, schema, folds):
            assert verdict.outcome is PromiseOutcome.HOLDS, verdict.violations


async def test_the_command_shows_numerator_denominator_and_what_is_missing(town: Town) -> None:
    request = ListFiguresRequest(from_month=MONTH, to_month=MONTH)
    found = await town.clients["auditor"].insight.ListFigures(request)
    lines = list(insight._lines(found.figures, load_policy().directory))
    assert "2026-03  全部区划 · all divisions  各单位合计 · all units" in lines
    place = lines.index("  及时受理率 · accepted in time")
    assert lines[place + 1 : place + 3] == [
        "    87.5%  = 7 / 8  缺失 · missing 0",
        "    按期 in time 7，未到期 not yet due 1",
    ]


async def test_what_is_overdue_follows_the_day_on_which_one_asks(town: Town) -> None:
    town.clock.set(BEGIN + timedelta(days=20))
    town.profiles()
    found = await town.one("auditor", "accepted_in_time")
    assert {piece.name: piece.case_count for piece in found.pieces} == {"in_time": 7, "overdue": 1}
