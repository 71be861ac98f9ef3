"""A feed: history then live, in order, without gap or repeat across interruptions, entitled events only."""

import asyncio
import time
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode, aio

from huiyin.event.v1.event_pb2 import Event
from huiyin.feed.v1.service_pb2 import DescribeLogRequest, SubscribeRequest, SubscribeResponse
from huiyin.intake.v1.events_pb2 import PetitionHandedOver, PetitionRegistered
from huiyin_cli.client import Client
from huiyin_kernel.codec import payload_of
from huiyin_kernel.rpc.feed import TOLD_SECONDS
from tests.mainjob.desk import Desks
from tests.support.calling import (
    HOUSING,
    LABOUR,
    OFFICE,
    as_refused,
    claim,
    handed_over,
    registered,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

REGISTERED = PetitionRegistered.DESCRIPTOR.full_name
HANDED_OVER = PetitionHandedOver.DESCRIPTOR.full_name
SECONDS = 10.0
SUBSCRIPTIONS_MAX = 16
"""Of one agency."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def case_id(desks: Desks) -> str:
    """A case with three events, among others."""
    client = (await desks.at(OFFICE)).client
    await asyncio.gather(*(registered(client) for _ in range(20)))
    case_id = await handed_over(client, HOUSING)
    await asyncio.gather(*(registered(client) for _ in range(20)))
    return case_id


async def _caught_up(client: Client, **request: Any) -> list[SubscribeResponse]:
    call = client.feed("intake").Subscribe(SubscribeRequest(until_caught_up=True, **request))
    return [item async for item in call]


def _events(items: list[SubscribeResponse]) -> list[Event]:
    return [item.event for item in items if item.HasField("event")]


async def _next(call: Any) -> SubscribeResponse:
    item: SubscribeResponse = await asyncio.wait_for(call.read(), SECONDS)
    return item


async def test_a_log_is_read_from_its_beginning_to_its_end(desks: Desks, case_id: str) -> None:
    auditor = (await desks.named("auditor")).client
    events = _events(await _caught_up(auditor))
    described = await auditor.feed("intake").DescribeLog(DescribeLogRequest())
    assert [event.position for event in events] == list(range(1, described.position + 1))
    assert {event.log for event in events} == {described.log}
    assert events[-1].recorded_time == described.recorded_time
    assert all(payload_of(event).DESCRIPTOR.full_name == event.type for event in events)


async def test_each_stream_in_a_feed_is_a_chain(desks: Desks, case_id: str) -> None:
    heads: dict[str, Event] = {}
    for event in _events(await _caught_up((await desks.named("auditor")).client)):
        before = heads.get(event.stream)
        assert event.version == (before.version + 1 if before else 1)
        assert event.previous_hash == (before.hash if before else bytes(32))
        heads[event.stream] = event
    assert len(heads) >= 41


async def test_only_the_types_and_cases_asked_for_are_sent(desks: Desks, case_id: str) -> None:
    auditor = (await desks.named("auditor")).client
    of_type = _events(await _caught_up(auditor, types=[REGISTERED]))
    of_case = _events(await _caught_up(auditor, case_ids=[case_id]))
    of_both = _events(await _caught_up(auditor, case_ids=[case_id], types=[HANDED_OVER]))
    assert {event.type for event in of_type} == {REGISTERED}
    assert [event.version for event in of_case] == [1, 2, 3]
    assert [event.type for event in of_both] == [HANDED_OVER]


async def test_a_token_goes_on_where_it_stopped_without_gap_or_repeat(desks: Desks, case_id: str) -> None:
    auditor = (await desks.named("auditor")).client
    whole = await _caught_up(auditor)
    for stopped in (0, 1, len(whole) // 2, len(whole) - 2):
        rest = _events(await _caught_up(auditor, resume_token=whole[stopped].resume_token))
        assert rest == _events(whole[stopped + 1 :])
    assert await _caught_up(auditor, resume_token=whole[-1].resume_token) == []


async def test_a_token_of_a_filtered_feed_skips_what_was_left_out(desks: Desks, case_id: str) -> None:
    auditor = (await desks.named("auditor")).client
    items = await _caught_up(auditor, case_ids=[case_id])
    assert items[-1].HasField("heartbeat")
    described = await auditor.feed("intake").DescribeLog(DescribeLogRequest())
    assert items[-1].heartbeat.position == described.position
    assert await _caught_up(auditor, resume_token=items[-1].resume_token) == []


async def test_a_quiet_feed_shows_that_it_lives(desks: Desks, case_id: str) -> None:
    auditor = (await desks.named("auditor")).client
    described = await auditor.feed("intake").DescribeLog(DescribeLogRequest())
    call = auditor.feed("intake").Subscribe(SubscribeRequest(after_position=described.position))
    beats = [await _next(call) for _ in range(2)]
    call.cancel()
    assert [beat.heartbeat.position for beat in beats] == [described.position] * 2
    assert beats[0].heartbeat.server_time.ToDatetime() < beats[1].heartbeat.server_time.ToDatetime()


async def test_what_happens_arrives_while_one_listens(desks: Desks, case_id: str) -> None:
    auditor, office = (await desks.named("auditor")).client, (await desks.at(OFFICE)).client
    described = await auditor.feed("intake").DescribeLog(DescribeLogRequest())
    call = auditor.feed("intake").Subscribe(
        SubscribeRequest(after_position=described.position, types=[REGISTERED])
    )
    cases = [await registered(office) for _ in range(3)]
    seen: list[str] = []
    while len(seen) < len(cases):
        item = await _next(call)
        seen += item.event.metadata.case_ids if item.HasField("event") else []
    call.cancel()
    assert seen == cases


async def test_an_agency_receives_its_own_cases_from_when_it_had_a_part(desks: Desks, case_id: str) -> None:
    office = _events(await _caught_up((await desks.at(OFFICE)).client, case_ids=[case_id]))
    housing = _events(await _caught_up((await desks.at(HOUSING)).client))
    labour = _events(await _caught_up((await desks.at(LABOUR)).client))
    assert [event.version for event in office] == [1, 2, 3]
    assert [(event.type, list(event.metadata.case_ids)) for event in housing] == [(HANDED_OVER, [case_id])]
    assert labour == []


async def test_who_gets_little_of_a_busy_log_is_not_told_so_again_and_again(desks: Desks) -> None:
    auditor, office = (await desks.named("auditor")).client, (await desks.at(OFFICE)).client
    described = await auditor.feed("intake").DescribeLog(DescribeLogRequest())
    asked = SubscribeRequest(after_position=described.position, types=[HANDED_OVER])
    call, begun = auditor.feed("intake").Subscribe(asked), time.monotonic()
    await asyncio.gather(*(registered(office) for _ in range(30)))
    await handed_over(office, HOUSING)
    beats = 0
    while not (await _next(call)).HasField("event"):
        beats += 1
    call.cancel()
    assert beats <= (time.monotonic() - begun) / TOLD_SECONDS + 1


async def test_whoever_supervises_or_runs_the_platform_follows_no_whole_log(
    desks: Desks, case_id: str
) -> None:
    for profile in ("supervisor", "administrator"):
        assert _events(await _caught_up((await desks.named(profile)).client)) == []


async def test_there_are_only_so_many_subscriptions_and_room_again_when_one_ends(desks: Desks) -> None:
    client = (await desks.at(OFFICE)).client
    await client.intake.ClassifyPetition(claim(await registered(client)))
    calls = [client.feed("intake").Subscribe(SubscribeRequest()) for _ in range(SUBSCRIPTIONS_MAX + 4)]
    outcomes = await asyncio.gather(*(_next(call) for call in calls), return_exceptions=True)
    refused = [as_refused(outcome) for outcome in outcomes if isinstance(outcome, aio.AioRpcError)]
    assert {(one.code, one.reason) for one in refused} == {
        (StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_SUBSCRIPTIONS")
    }
    assert all(one.facts == {"limit": str(SUBSCRIPTIONS_MAX), "share": OFFICE} for one in refused)
    assert len(refused) == 4
    for call in calls:
        call.cancel()
    again = client.feed("intake").Subscribe(SubscribeRequest())
    assert (await _next(again)).HasField("event")
    again.cancel()
