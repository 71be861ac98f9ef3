"""A joint reception centre follows its cases: history, then live, each entry once, and on after any stop."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode, aio

from huiyin.cases.v1.service_pb2 import GetCaseRequest
from huiyin.intake.v1.events_pb2 import PetitionHandedOver, PetitionRegistered
from huiyin.intake.v1.service_pb2 import ReadPersonalDataRequest
from huiyin.reception.v1.events_pb2 import MeetingConvened
from huiyin.timeline.v1.service_pb2 import DescribeTimelineRequest, SubscribeCasesRequest
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_audit.verify_log import verify_logs
from huiyin_domain.directory import OrganisationKind
from huiyin_kernel.codec import payload_of
from huiyin_kernel.rpc.feed import resume_token
from tests.mainjob.desk import Desks
from tests.support.calling import (
    CENTRE,
    CITY,
    COUNTY,
    HOUSING,
    LABOUR,
    LAND,
    OFFICE,
    agency,
    as_refused,
    handed_over,
    info,
    log_sizes,
    refusal,
    registered,
)
from tests.support.platform import Platform, eventually
from tests.support.subscribing import (
    caught_up,
    convened,
    entries,
    entries_now,
    next_entries,
    next_item,
    told,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

REGISTERED = PetitionRegistered.DESCRIPTOR.full_name
HANDED_OVER = PetitionHandedOver.DESCRIPTOR.full_name
CONVENED = MeetingConvened.DESCRIPTOR.full_name
OF_CENTRE = f"system@{CENTRE}"
COURT_OF_COUNTY = agency(OrganisationKind.COURT, COUNTY)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cases(desks: Desks) -> list[str]:
    """Two cases that came to the centre by a joint meeting on both, one of them split over agencies."""
    office = (await desks.at(OFFICE)).client
    await asyncio.gather(*(registered(office, division=COUNTY) for _ in range(10)))
    first, second = await handed_over(office, HOUSING), await registered(office)
    read = ReadPersonalDataRequest(info=info(), case_id=first, purposes=["content"], ground="handling")
    await office.intake.ReadPersonalData(read)
    await told((await desks.named("auditor")).client)  # nothing but arrival orders it and the meeting
    await asyncio.gather(*(registered(office) for _ in range(10)))
    await convened(office, [first, second], [HOUSING, LABOUR])
    await told((await desks.named("auditor")).client)
    return [first, second]


def numbers(found: list[CaseEvent], case: str) -> list[int]:
    return [entry.number for entry in found if entry.case_id == case]


def keys(found: list[CaseEvent]) -> list[tuple[str, int]]:
    return [(entry.case_id, entry.number) for entry in found]


async def test_a_centre_gets_its_cases_from_their_beginning_and_causes_first(
    desks: Desks, cases: list[str]
) -> None:
    found = await entries_now((await desks.named(OF_CENTRE)).client)
    first, second = cases
    assert {entry.case_id for entry in found} == {first, second}
    assert numbers(found, first) == [1, 2, 3, 5]
    assert numbers(found, second) == [1, 2]
    assert [entry.event.type for entry in found][:1] == [REGISTERED]
    assert [entry.event.type for entry in found][-2:] == [CONVENED, CONVENED]
    assert [entry.sequence for entry in found] == sorted(entry.sequence for entry in found)


async def test_nobody_but_auditors_and_services_sees_who_read_personal_data(
    desks: Desks, cases: list[str]
) -> None:
    for profile in (OF_CENTRE, f"officer@{OFFICE}", "supervisor"):
        found = await entries_now((await desks.named(profile)).client, case_ids=[cases[0]])
        assert numbers(found, cases[0]) == [1, 2, 3, 5], profile
    for profile in ("auditor", "service@console"):
        found = await entries_now((await desks.named(profile)).client, case_ids=[cases[0]])
        assert numbers(found, cases[0]) == [1, 2, 3, 4, 5], profile


async def test_whoever_follows_sees_each_entry_once(desks: Desks, cases: list[str]) -> None:
    for profile in (OF_CENTRE, f"officer@{OFFICE}", f"head@{HOUSING}", "supervisor", "auditor"):
        found = keys(await entries_now((await desks.named(profile)).client))
        assert len(found) == len(set(found)) > 0, profile


async def test_an_auditor_sees_every_event_of_every_case(desks: Desks, cases: list[str]) -> None:
    auditor = (await desks.named("auditor")).client
    found = await entries_now(auditor)
    events = {(entry.event.log, entry.event.position) for entry in found}
    sizes = await log_sizes(auditor)
    assert events == {(log, position) for log, size in sizes.items() for position in range(1, size + 1)}
    assert not any(entry.catch_up for entry in found)
    assert all(payload_of(entry.event).DESCRIPTOR.full_name == entry.event.type for entry in found)


async def test_an_agency_that_runs_a_centre_may_look_through_its_eyes(desks: Desks, cases: list[str]) -> None:
    centre = await entries_now((await desks.named(OF_CENTRE)).client)
    operator = await entries_now((await desks.named(f"system@{OFFICE}")).client, centre=CENTRE)
    assert operator == centre
    other = await entries_now((await desks.named(f"system@{LABOUR}")).client, centre=CENTRE)
    assert keys(other) == keys(centre)
    stranger = await entries_now((await desks.named(f"system@{LAND}")).client, centre=CENTRE)
    assert stranger == []


async def test_only_what_is_asked_for_is_sent(desks: Desks, cases: list[str]) -> None:
    auditor = (await desks.named("auditor")).client
    first = cases[0]
    of_type = await entries_now(auditor, types=[HANDED_OVER])
    of_case = await entries_now(auditor, case_ids=[first], types=[REGISTERED])
    of_centre = await entries_now(auditor, centre=CENTRE)
    of_agency = await entries_now(auditor, agency=LABOUR, case_ids=cases)
    of_both = await entries_now(auditor, centre=CENTRE, agency=HOUSING)
    assert {entry.event.type for entry in of_type} == {HANDED_OVER}
    assert [(entry.case_id, entry.event.type) for entry in of_case] == [(first, REGISTERED)]
    assert numbers(of_centre, first) == numbers(of_agency, first) == [1, 2, 3, 5]
    assert sorted(keys(of_both)) == sorted(keys(of_centre))


async def test_a_region_is_its_division_and_those_below(desks: Desks, cases: list[str]) -> None:
    auditor = (await desks.named("auditor")).client
    county = await entries_now(auditor, division=COUNTY)
    city = await entries_now(auditor, division=CITY)
    province = await entries_now(auditor, division="990000")
    assert {entry.division for entry in county} == {COUNTY}
    assert len(county) == 10
    assert {entry.division for entry in city} == {COUNTY, CITY}
    assert keys(province) == keys(city)


async def test_a_token_goes_on_where_it_stopped_without_gap_or_repeat(desks: Desks, cases: list[str]) -> None:
    for profile in (OF_CENTRE, "auditor"):
        client = (await desks.named(profile)).client
        whole = await caught_up(client)
        for stopped in (0, 1, len(whole) // 2, len(whole) - 2):
            rest = await entries_now(client, resume_token=whole[stopped].resume_token)
            assert rest == entries(whole[stopped + 1 :])
        assert await caught_up(client, resume_token=whole[-1].resume_token) == []


async def test_history_is_followed_by_what_happens(desks: Desks, cases: list[str]) -> None:
    centre, office = (await desks.named(OF_CENTRE)).client, (await desks.at(OFFICE)).client
    before = await entries_now(centre)
    call = centre.timeline.SubscribeCases(SubscribeCasesRequest())
    assert await next_entries(call, len(before)) == before
    new = await registered(office)
    await convened(office, [new], [LAND, LABOUR])
    found = await next_entries(call, 2)
    call.cancel()
    assert keys(found) == [(new, 1), (new, 2)]
    assert [entry.catch_up for entry in found] == [True, False]


async def test_a_quiet_subscription_shows_that_it_lives(desks: Desks, cases: list[str]) -> None:
    auditor = (await desks.named("auditor")).client
    end = await told(auditor)
    items = await caught_up(auditor)
    call = auditor.timeline.SubscribeCases(SubscribeCasesRequest(resume_token=items[-1].resume_token))
    beats = [await next_item(call) for _ in range(2)]
    call.cancel()
    assert [beat.heartbeat.sequence for beat in beats] == [end] * 2
    assert beats[0].heartbeat.server_time.ToDatetime() < beats[1].heartbeat.server_time.ToDatetime()


async def test_who_an_entry_is_for_is_told_to_services_alone(desks: Desks, cases: list[str]) -> None:
    service = await entries_now((await desks.named("service@console")).client, case_ids=cases)
    auditor = await entries_now((await desks.named("auditor")).client, case_ids=cases)
    assert any(CENTRE in entry.recipients for entry in service)
    assert not any(entry.recipients for entry in auditor)


async def test_who_has_no_part_and_no_office_receives_nothing(desks: Desks, cases: list[str]) -> None:
    for profile in ("administrator", f"officer@{COURT_OF_COUNTY}", f"system@{COURT_OF_COUNTY}"):
        assert await entries_now((await desks.named(profile)).client) == [], profile


async def test_how_far_the_timeline_has_come_is_told(desks: Desks, cases: list[str]) -> None:
    auditor = (await desks.named("auditor")).client
    end = await told(auditor)
    described = await auditor.timeline.DescribeTimeline(DescribeTimelineRequest())
    assert (described.sequence, described.held_count, described.alarm) == (end, 0, False)
    assert {one.log: one.position for one in described.sources} == await log_sizes(auditor)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a type that no event has": ({"types": ["huiyin.intake.v1.Rumour"]}, "UNKNOWN_EVENT_TYPE"),
    "an agency as a centre": ({"centre": HOUSING}, "NOT_A_CENTRE"),
    "an agency that there is not": ({"agency": "11990101000000000X"}, "UNKNOWN_AGENCY"),
    "a division with a wildcard": ({"division": "99%"}, "MALFORMED_DIVISION"),
    "a token of a log": ({"resume_token": resume_token("intake@990000", 1)}, "FOREIGN_RESUME_TOKEN"),
    "a token that is none": ({"resume_token": "nothing"}, "MALFORMED_RESUME_TOKEN"),
}


@pytest.mark.parametrize("request_fields, reason", WRONG.values(), ids=WRONG.keys())
async def test_a_wrong_question_is_refused(
    desks: Desks, cases: list[str], request_fields: dict[str, Any], reason: str
) -> None:
    client = (await desks.named("auditor")).client
    refused = await refusal(_first(client.timeline.SubscribeCases(SubscribeCasesRequest(**request_fields))))
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, reason)


async def test_a_token_from_the_future_is_refused(platform: Platform, desks: Desks, cases: list[str]) -> None:
    client = (await desks.named("auditor")).client
    token = resume_token(f"timeline@{platform.settings.region}", 10**9)
    request = SubscribeCasesRequest(resume_token=token)
    refused = await refusal(_first(client.timeline.SubscribeCases(request)))
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, "POSITION_OUT_OF_BOUNDS")


async def _first(call: Any) -> Any:
    return await call.read()


async def test_a_slow_subscriber_loses_nothing(desks: Desks, cases: list[str]) -> None:
    """It takes nothing for a while; all the same everything is there when it reads on, in order, once."""
    auditor, office = (await desks.named("auditor")).client, (await desks.at(OFFICE)).client
    begin = (await caught_up(auditor))[-1].resume_token
    call = auditor.timeline.SubscribeCases(SubscribeCasesRequest(resume_token=begin))
    new = [await asyncio.gather(*(registered(office) for _ in range(40))) for _ in range(10)]
    await told(auditor)
    found: list[CaseEvent] = []
    while len(found) < 400:
        found += await next_entries(call, 50)
        await asyncio.sleep(0.02)
    call.cancel()
    assert sorted(entry.case_id for entry in found) == sorted(case for group in new for case in group)
    assert found == await entries_now(auditor, resume_token=begin)


async def test_there_are_only_so_many_subscriptions_and_room_again_when_one_ends(
    desks: Desks, cases: list[str]
) -> None:
    client = (await desks.named(OF_CENTRE)).client
    calls = [client.timeline.SubscribeCases(SubscribeCasesRequest()) for _ in range(70)]
    outcomes = await asyncio.gather(*(next_item(call) for call in calls), return_exceptions=True)
    refused = [as_refused(outcome) for outcome in outcomes if isinstance(outcome, aio.AioRpcError)]
    assert {(one.code, one.reason) for one in refused} == {
        (StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_SUBSCRIPTIONS")
    }
    for call in calls:
        call.cancel()
    again = client.timeline.SubscribeCases(SubscribeCasesRequest())
    assert (await next_item(again)).HasField("entry")
    again.cancel()


async def test_a_case_is_shown_in_the_order_of_its_numbers(desks: Desks, cases: list[str]) -> None:
    auditor = (await desks.named("auditor")).client

    async def all_shown() -> bool:
        shown = (await auditor.cases.GetCase(GetCaseRequest(case_id=cases[0]))).entries
        return [entry.number for entry in shown] == [1, 2, 3, 4, 5]

    await told(auditor)
    await eventually(all_shown, "the case with all its numbers")


async def test_the_audit_finds_the_timeline_as_the_logs_give_it(
    platform: Platform, desks: Desks, cases: list[str]
) -> None:
    auditor = (await desks.named("auditor")).client
    await told(auditor)
    report = await verify_logs(platform.dsns["auditor"], list(await log_sizes(auditor)))
    assert report.timeline is not None
    assert report.timeline.findings == ()
    assert report.timeline.event_count > 400
