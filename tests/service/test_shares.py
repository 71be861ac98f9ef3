"""No caller takes what others need: a share per agency, places for services, given back at once."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from grpc import StatusCode, aio

from huiyin.exchange.v1.service_pb2 import SubscribeReceiptsRequest
from huiyin.feed.v1.service_pb2 import DescribeLogRequest, SubscribeRequest
from huiyin.timeline.v1.service_pb2 import SubscribeCasesRequest
from huiyin_cli.client import Client
from huiyin_kernel.telemetry import metrics
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.mainjob.desk import Desks
from tests.support.calling import HOUSING, OFFICE, as_refused, filing, registered
from tests.support.platform import Platform, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHARE = 16
"""Subscriptions of one agency."""
CALLS = 2
"""Calls of one agency under way, where a test says so."""
ROUNDS = 5
SECONDS = 10.0


def _feed(client: Client) -> Any:
    return client.feed("intake").Subscribe(SubscribeRequest())


def _timeline(client: Client) -> Any:
    return client.timeline.SubscribeCases(SubscribeCasesRequest())


def _receipts(client: Client) -> Any:
    return client.exchange.SubscribeReceipts(SubscribeReceiptsRequest())


SUBSCRIPTIONS = [(_feed, "officer"), (_timeline, "officer"), (_receipts, "system")]


async def _first(call: Any) -> str:
    """OK once something comes, or why not."""
    try:
        async with asyncio.timeout(SECONDS):
            await call.read()
    except aio.AioRpcError as error:
        return as_refused(error).reason
    return "OK"


@pytest.mark.parametrize("subscribe, role", SUBSCRIPTIONS, ids=["feed", "timeline", "receipts"])
async def test_an_agency_that_fills_its_share_of_subscriptions_leaves_others_theirs(
    desks: Desks, subscribe: Any, role: str
) -> None:
    await registered((await desks.at(OFFICE)).client)
    greedy, other = (await desks.at(OFFICE, role)).client, (await desks.at(HOUSING, role)).client
    calls = [subscribe(greedy) for _ in range(SHARE + 8)]
    answers = await asyncio.gather(*(_first(call) for call in calls))
    assert sorted(answers) == ["OK"] * SHARE + ["TOO_MANY_SUBSCRIPTIONS"] * 8
    polite = subscribe(other)
    assert await _first(polite) == "OK"
    for call in (*calls, polite):
        call.cancel()


async def test_whoever_ends_a_subscription_or_is_cut_off_gives_the_place_back_at_once(
    platform: Platform, desks: Desks
) -> None:
    for _ in range(ROUNDS):
        async with platform.client(f"officer@{OFFICE}") as client:
            calls = [_timeline(client) for _ in range(SHARE)]
            assert await asyncio.gather(*(_first(call) for call in calls)) == ["OK"] * SHARE
            for call in calls[::2]:
                call.cancel()
        await asyncio.sleep(0.2)  # the other half was cut with its connection


async def test_services_follow_the_log_however_many_subscriptions_agencies_have(
    platform: Platform, desks: Desks
) -> None:
    calls = [_feed((await desks.at(agency)).client) for agency in (OFFICE, HOUSING) for _ in range(SHARE)]
    await asyncio.gather(*(_first(call) for call in calls))
    async with platform.client("service@streams") as service:
        following = [_feed(service) for _ in range(SHARE + 8)]
        assert await asyncio.gather(*(_first(call) for call in following)) == ["OK"] * (SHARE + 8)
        for call in (*following, *calls):
            call.cancel()


async def test_a_flood_of_calls_by_one_agency_is_cut_at_its_share_and_others_are_answered(
    postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    async def answer(call: Any) -> str:
        try:
            await call
        except aio.AioRpcError as error:
            refused = as_refused(error)
            assert refused.code is StatusCode.RESOURCE_EXHAUSTED, refused
            assert refused.facts["share"] == OFFICE
            assert "try again later" in refused.message
            return refused.reason
        return "OK"

    async with (
        running(postgres_server.admin_dsn, tmp_path, concurrent_calls_caller_max=CALLS) as platform,
        platform.client(f"officer@{OFFICE}") as office,
        platform.client(f"officer@{HOUSING}") as housing,
    ):
        counted = metrics.REFUSALS.labels("TOO_MANY_CALLS")
        before = counted._value.get()
        calls = [office.intake.RegisterPetition(filing()) for _ in range(64 * CALLS)]
        flood = [asyncio.ensure_future(answer(call)) for call in calls]
        described = await housing.feed("intake").DescribeLog(DescribeLogRequest())
        answers = await asyncio.gather(*flood)
        assert described.log == "intake@990000"
        assert {*answers} == {"OK", "TOO_MANY_CALLS"}
        assert counted._value.get() - before == answers.count("TOO_MANY_CALLS")
        assert await registered(office), "its share is its own again"
