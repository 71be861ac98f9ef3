"""Services say that they are well, keep deadlines, and end in good order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from grpc import StatusCode, aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health_pb2 import HealthCheckResponse

from huiyin.feed.v1.service_pb2 import DescribeLogRequest, SubscribeRequest
from huiyin_cli.client import Client
from huiyin_kernel.settings import SERVICE_NAMES, ServiceName
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.mainjob.desk import Desks
from tests.support.calling import OFFICE, Refused, filing, log_sizes, refusal, registered
from tests.support.platform import Platform, eventually, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

OWN = {
    "intake": "huiyin.intake.v1.IntakeService",
    "reception": "huiyin.reception.v1.ReceptionService",
    "judicial": "huiyin.judicial.v1.JudicialService",
    "supervision": "huiyin.supervision.v1.SupervisionService",
    "streams": "huiyin.cases.v1.CaseService",
    "exchange": "huiyin.exchange.v1.ExchangeService",
}
SECONDS = 10.0


@asynccontextmanager
async def held_up(platform: Platform) -> AsyncIterator[None]:
    """Keeps intake from writing, as a slow disk would, for as long as this lasts."""
    async with (
        await psycopg.AsyncConnection.connect(platform.admin_dsn) as connection,
        connection.transaction(),
    ):
        await connection.execute("LOCK TABLE intake.event IN SHARE ROW EXCLUSIVE MODE")
        yield


async def _answer(call: Any) -> Any:
    return await call


async def _refuses(client: Client) -> bool:
    """Whether intake takes no new calls."""
    try:
        await client.feed("intake").DescribeLog(DescribeLogRequest(), timeout=1.0)
    except aio.AioRpcError as error:
        return error.code() is StatusCode.UNAVAILABLE
    return False


async def _to_the_end(call: Any) -> None:
    async for _ in call:
        pass


@pytest.mark.parametrize("service", SERVICE_NAMES)
async def test_each_service_says_that_it_serves(desks: Desks, service: ServiceName) -> None:
    channel = (await desks.at(OFFICE)).client.channels[service]
    health = health_pb2_grpc.HealthStub(channel)
    for name in ("", OWN[service]):
        answer = await health.Check(health_pb2.HealthCheckRequest(service=name))
        assert answer.status == HealthCheckResponse.SERVING


async def test_a_service_that_is_not_there_is_not_said_to_serve(desks: Desks) -> None:
    health = health_pb2_grpc.HealthStub((await desks.at(OFFICE)).client.channels["intake"])
    refused = await refusal(health.Check(health_pb2.HealthCheckRequest(service=OWN["judicial"])))
    assert refused.code is StatusCode.NOT_FOUND


async def test_a_call_whose_deadline_has_passed_takes_effect_once_when_it_is_sent_again(desks: Desks) -> None:
    client = (await desks.at(OFFICE)).client
    before = await log_sizes(client)
    filed = filing()
    for _ in range(3):
        refused = await refusal(client.intake.RegisterPetition(filed, timeout=0.001))
        assert refused.code is StatusCode.DEADLINE_EXCEEDED
    answer = await client.intake.RegisterPetition(filed)
    assert answer.receipt.event_count == 1
    assert (await log_sizes(client))["intake@990000"] == before["intake@990000"] + 1


async def test_a_call_without_a_deadline_gets_the_services_own(
    postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    async with (
        running(postgres_server.admin_dsn, tmp_path, deadline_seconds=1.0) as platform,
        platform.client(f"officer@{OFFICE}") as client,
    ):
        filed = filing()
        async with held_up(platform):
            refused: Refused = await refusal(client.intake.RegisterPetition(filed))
        answer = await client.intake.RegisterPetition(filed)
        sizes = await log_sizes(client)
    assert (refused.code, refused.reason) == (StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED")
    assert "send the same request id again" in refused.message
    assert (answer.receipt.event_count, sizes["intake@990000"]) == (1, 1)


async def test_what_is_under_way_is_finished_before_the_end_and_nothing_new_is_begun(
    postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        platform = await stack.enter_async_context(running(postgres_server.admin_dsn, tmp_path))
        async with platform.client(f"officer@{OFFICE}") as client:
            await registered(client)
            async with held_up(platform):
                under_way = asyncio.ensure_future(_answer(client.intake.RegisterPetition(filing())))
                await asyncio.sleep(0.3)
                ending = asyncio.ensure_future(stack.aclose())
                await eventually(lambda: _refuses(client), "the refusal of new calls")
            assert (await under_way).receipt.event_count == 1
            await asyncio.wait_for(ending, SECONDS)


async def test_whoever_listens_is_told_of_the_end_and_can_go_on_later(
    postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        platform = await stack.enter_async_context(running(postgres_server.admin_dsn, tmp_path))
        async with platform.client("auditor") as client:
            call = client.feed("intake").Subscribe(SubscribeRequest())
            beat = await asyncio.wait_for(call.read(), SECONDS)
            begun = asyncio.get_running_loop().time()
            ending = asyncio.ensure_future(stack.aclose())
            refused = await refusal(_to_the_end(call))
            await asyncio.wait_for(ending, SECONDS)
            took = asyncio.get_running_loop().time() - begun
    assert beat.resume_token
    assert (refused.code, refused.reason) == (StatusCode.UNAVAILABLE, "SERVICE_STOPPING")
    assert took < platform.settings.limits.drain_seconds
