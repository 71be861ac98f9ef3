"""Attacks on the platform's bookkeeping: names worked out and sent first, and clocks that cannot be fired.

Each stopped a service for good, or silenced a lateness, while all request ids were of one kind and all
clocks of one line.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from huiyin.dead.v1.service_pb2 import ListDeadLettersRequest, RedriveDeadLetterRequest
from huiyin.dead.v1.types_pb2 import LETTER_STATE_HANDLED, KeptLetter
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin.supervision.v1.events_pb2 import DeadlinePassed
from huiyin.supervision.v1.types_pb2 import ORDER_GROUND_EVASION
from huiyin_cli.client import Client
from huiyin_cli.status.report import DeadLetterState
from huiyin_cli.status.survey import buried
from huiyin_domain.context import Role
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.codec import payload_of, timestamp
from huiyin_kernel.ids import derived, published_request, uuid7
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_supervision.ticker import BATCH_MAX
from tests.support.agency_messages import accepting, receipt, statuses
from tests.support.calling import (
    AUDIT_BODY,
    HOUSING,
    LABOUR,
    OFFICE,
    filing,
    handed_over,
    info,
    registered,
    text,
)
from tests.support.platform import Platform, eventually, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEGIN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MANY = BATCH_MAX + 50
STAFF = {
    "office": (OFFICE, Role.OFFICER),
    "supervisor": (OFFICE, Role.SUPERVISOR),
    "auditor": (AUDIT_BODY, Role.AUDITOR),
    "administrator": (OFFICE, Role.ADMINISTRATOR),
    "housing": (HOUSING, Role.OFFICER),
    "labour": (LABOUR, Role.OFFICER),
}


@dataclass(frozen=True)
class Days:
    """A platform whose days pass when told."""

    platform: Platform
    clock: ManualClock

    def client(self, who: str) -> Any:
        """A client of somebody of the staff, with a token of today."""
        agency, role = STAFF[who]
        return self.platform.client(self.platform.employ(agency, role, clock=self.clock))

    def pass_by(self, days: int) -> None:
        """Moves the clock on."""
        self.clock.set(self.clock.now() + timedelta(days=days))

    async def late(self, case_id: str) -> list[str]:
        """The clocks of a case that are on the record as passed."""
        types = [DeadlinePassed.DESCRIPTOR.full_name]
        request = SubscribeRequest(case_ids=[case_id], types=types, until_caught_up=True)
        async with self.client("auditor") as client:
            items = [item async for item in client.feed("supervision").Subscribe(request)]
        events: list[Any] = [payload_of(item.event) for item in items if item.HasField("event")]
        return [event.clock_id for event in events]

    async def until_late(self, case_id: str, clock_id: str) -> None:
        """Returns when it is on the record."""

        async def known() -> bool:
            return clock_id in await self.late(case_id)

        await eventually(known, "the record of the lateness")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def days(postgres_server: EmbeddedPostgres, home: Path) -> AsyncIterator[Days]:
    clock = ManualClock(BEGIN)
    async with running(postgres_server.admin_dsn, home, clock) as platform:
        yield Days(platform, clock)


async def clock_to_route(client: Client, case_id: str) -> supervision.StatutoryClock:
    """The clock for the transfer of a case, once it is derived."""
    found: list[supervision.StatutoryClock] = []

    async def known() -> bool:
        page = await client.supervision.ListClocks(supervision.ListClocksRequest(page_size=500))
        found.extend(one for one in page.clocks if one.case_id == case_id and one.rule == "T1")
        return bool(found)

    await eventually(known, "the clocks of the case")
    return found[0]


async def test_a_late_unit_that_takes_the_name_of_its_lateness_does_not_silence_it(days: Days) -> None:
    async with days.client("office") as office, days.client("supervisor") as supervisor:
        case_id = await registered(office)
        clock = await clock_to_route(supervisor, case_id)
        clock_id = clock.clock_id
        name = f"passed:{clock_id}@{clock.due_time.ToJsonString()}"
        taken = str(derived("lateness", name, "0"))
        order = supervision.IssueOrderRequest(
            info=info(request_id=taken),
            case_id=case_id,
            unit=LABOUR,
            ground=ORDER_GROUND_EVASION,
            facts=text("请说明"),
        )
        assert (await supervisor.supervision.IssueOrder(order)).order_id
    days.pass_by(20)
    await days.until_late(case_id, clock_id)


async def test_an_agency_that_takes_the_name_of_anothers_message_does_not_keep_it_from_the_record(
    days: Days,
) -> None:
    async with days.client("office") as office, days.client("labour") as labour:
        sent = accepting(await handed_over(office, HOUSING))
        taken = str(published_request(HOUSING, sent.message_id))
        await labour.intake.RegisterPetition(filing(info=info(request_id=taken)))
    async with days.platform.client(f"system@{HOUSING}") as housing:
        assert statuses([await receipt(housing, sent)]) == ["ACCEPTED"]


async def test_two_agencies_may_use_one_request_id_and_each_has_its_own_answer(days: Days) -> None:
    shared = str(uuid7())
    async with days.client("office") as office, days.client("labour") as labour:
        sent = filing(info=info(request_id=shared))
        first, second = [await client.intake.RegisterPetition(sent) for client in (office, labour)]
        assert first.case_id != second.case_id
        assert (await office.intake.RegisterPetition(sent)).case_id == first.case_id


def broken_clock(number: int) -> supervision.StatutoryClock:
    """A clock that no rule lets pass: it is due, and says no time for it."""
    return supervision.StatutoryClock(clock_id=f"T9:{number}", case_id=str(uuid7()), rule="T9", unit=LABOUR)


async def plant(days: Days, clocks: list[supervision.StatutoryClock]) -> None:
    """Puts clocks before all others."""
    rows = [(one.clock_id, one.case_id, one.unit, BEGIN, one.SerializeToString()) for one in clocks]
    async with await AsyncConnection.connect(days.platform.dsns["supervision"]) as connection:
        await connection.cursor().executemany(
            "INSERT INTO supervision.clock_row"
            " (clock_id, case_id, unit, due, running, late, passed, withdrawn, clock)"
            " VALUES (%s, %s, %s, %s, true, false, false, false, %b)"
            " ON CONFLICT (clock_id) DO UPDATE SET clock = EXCLUDED.clock",
            rows,
        )


async def letters(days: Days) -> dict[str, KeptLetter]:
    """The clocks that are or were set aside, by the cause's clock."""
    async with days.client("administrator") as client:
        request = ListDeadLettersRequest(page_size=500, with_handled=True)
        response = await client.letters("supervision").ListDeadLetters(request)
    return {kept.letter.cause.partition("clock ")[2].split()[0]: kept for kept in response.letters}


async def test_clocks_that_cannot_be_fired_are_set_aside_and_hold_no_other_back(days: Days) -> None:
    broken = [broken_clock(number) for number in range(MANY)]
    await plant(days, broken)
    async with days.client("office") as office, days.client("supervisor") as supervisor:
        case_id = await registered(office)
        clock_id = (await clock_to_route(supervisor, case_id)).clock_id
    days.pass_by(20)
    await days.until_late(case_id, clock_id)

    async def all_aside() -> bool:
        return len(await letters(days)) == MANY

    await eventually(all_aside, "the letters of the clocks")
    async with days.client("administrator") as client:
        state = await buried(client, "supervision")
    assert state == DeadLetterState("supervision", MANY)
    assert list(state.wrong())


async def test_a_clock_that_was_set_aside_fires_when_it_is_driven_again_after_a_mend(days: Days) -> None:
    mended = broken_clock(0)
    mended.due_time.CopyFrom(timestamp(BEGIN))
    await plant(days, [mended])
    (kept,) = [kept for clock_id, kept in (await letters(days)).items() if clock_id == mended.clock_id]
    async with days.client("administrator") as client:
        request = RedriveDeadLetterRequest(letter_id=kept.letter.letter_id)
        await client.letters("supervision").RedriveDeadLetter(request)
    await days.until_late(mended.case_id, mended.clock_id)

    async def handled() -> bool:
        return (await letters(days))[mended.clock_id].state == LETTER_STATE_HANDLED

    await eventually(handled, "the letter of the clock")
    with psycopg.connect(days.platform.admin_dsn) as admin:
        (still,) = (
            admin.execute("SELECT count(*) FROM supervision.dead_letter WHERE state = 1").fetchone() or ()
        )
    assert still == MANY - 1
