"""A date that a missing calendar may still move is listed, shown and counted, as provisional (promise P4)."""

from datetime import timedelta

import pytest

from huiyin.intake.v1.types_pb2 import HANDOVER_KIND_REFERRAL
from huiyin.supervision.v1.service_pb2 import ListClocksRequest, StatutoryClock
from huiyin_cli.client import Client
from huiyin_kernel.clock import SystemClock
from tests.mainjob.desk import Desks
from tests.support.calling import LAND, OFFICE, claim, handover, registered
from tests.support.platform import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

FAR = (SystemClock().now() + timedelta(days=800)).date()
"""In a year of which no calendar is known yet."""


async def _referred(client: Client) -> str:
    """A case that LAND has to report on by a day of a year without calendar."""
    case_id = await registered(client)
    await client.intake.ClassifyPetition(claim(case_id))
    kind = HANDOVER_KIND_REFERRAL
    await client.intake.HandOverPetition(handover(case_id, LAND, kind=kind, due_date=FAR.isoformat()))
    return case_id


async def _listed(client: Client, size: int) -> list[StatutoryClock]:
    """All running clocks of LAND, page by page."""
    request, found = ListClocksRequest(unit=LAND, page_size=size), list[StatutoryClock]()
    while True:
        page = await client.supervision.ListClocks(request)
        found.extend(page.clocks)
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


def _day(clock: StatutoryClock) -> str:
    return clock.rolled_due_date or clock.raw_due_date or clock.not_before_date


async def test_a_provisional_clock_stays_in_its_units_list_at_the_place_of_its_raw_last_day(
    desks: Desks,
) -> None:
    case_id = await _referred((await desks.at(OFFICE)).client)
    client = (await desks.at(LAND)).client

    async def there() -> bool:
        return any(one.case_id == case_id for one in await _listed(client, 100))

    await eventually(there, "the clock is listed")
    listed = await _listed(client, 100)
    (named,) = (one for one in listed if one.case_id == case_id and one.rule == "T6")
    assert (named.provisional, named.raw_due_date, named.HasField("due_time")) == (
        True,
        FAR.isoformat(),
        False,
    )
    assert [_day(one) for one in listed] == sorted(_day(one) for one in listed)
    assert [one.clock_id for one in await _listed(client, 2)] == [one.clock_id for one in listed]
