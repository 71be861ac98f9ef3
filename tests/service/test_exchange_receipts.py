"""Receipts are followed by the agency's system alone; the exchange itself reads nothing."""

import asyncio
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from grpc import StatusCode, aio

from huiyin.cases.v1.service_pb2 import ListCasesRequest
from huiyin.cases.v1.service_pb2_grpc import CaseServiceStub
from huiyin.exchange.v1.service_pb2 import PublishMessagesRequest, SubscribeReceiptsRequest
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.feed.v1.service_pb2_grpc import FeedServiceStub
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1.service_pb2_grpc import IntakeServiceStub
from huiyin_kernel.identity.authenticate import OFFICER, ON_BEHALF_OF
from huiyin_kernel.identity.profiles import find_profile
from huiyin_kernel.ids import uuid7
from huiyin_kernel.rpc.client import ClientIdentity, open_channel
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.mainjob.desk import Desks
from tests.support.agency_messages import accepting, published, receipts
from tests.support.calling import HOUSING, LABOUR, LAND, OFFICE, Refused, as_refused, registered
from tests.support.platform import Platform, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECONDS = 10.0


async def refused(stream: Any) -> Refused:
    with pytest.raises(aio.AioRpcError) as caught:
        await stream.read()
    return as_refused(caught.value)


async def test_receipts_come_as_history_and_then_live_with_signs_of_life_between(desks: Desks) -> None:
    land = (await desks.at(LAND, "system")).client
    (first,) = await published(land, accepting(str(uuid7())))
    stream = land.exchange.SubscribeReceipts(SubscribeReceiptsRequest(), timeout=SECONDS)
    assert (await stream.read()).receipt == first.receipt
    assert not (await stream.read()).HasField("receipt")
    (second,) = await published(land, accepting(str(uuid7())))
    async with asyncio.timeout(SECONDS):
        while not (item := await stream.read()).HasField("receipt"):
            pass
    assert (item.receipt, item.receipt.number) == (second.receipt, first.receipt.number + 1)
    stream.cancel()


async def test_an_agency_sees_its_own_receipts_alone(desks: Desks) -> None:
    housing, labour = (await desks.at(HOUSING, "system")).client, (await desks.at(LABOUR, "system")).client
    await published(housing, accepting(str(uuid7())))
    await published(labour, accepting(str(uuid7())))
    assert {one.agency for one in await receipts(housing)} == {HOUSING}
    assert {one.agency for one in await receipts(labour)} == {LABOUR}


async def test_nobody_has_come_further_than_the_latest_receipt(desks: Desks) -> None:
    housing = (await desks.at(HOUSING, "system")).client
    last = len(await receipts(housing))
    assert await receipts(housing, after=last) == []
    for number in (-1, last + 1):
        found = await refused(
            housing.exchange.SubscribeReceipts(SubscribeReceiptsRequest(after_number=number))
        )
        assert (found.reason, found.facts["position"]) == ("POSITION_OUT_OF_BOUNDS", str(last))


@pytest.mark.parametrize(
    "profile", [f"officer@{HOUSING}", f"head@{HOUSING}", "supervisor", "auditor", "administrator"]
)
async def test_nobody_but_an_agencys_system_publishes_or_follows_receipts(desks: Desks, profile: str) -> None:
    exchange = (await desks.named(profile)).client.exchange
    found = await refused(exchange.SubscribeReceipts(SubscribeReceiptsRequest(), timeout=SECONDS))
    assert found.code is StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize("name", ["console", "intake", "streams"])
async def test_no_service_publishes_for_an_agency(platform: Platform, name: str) -> None:
    async with channel(platform, "exchange", f"service@{name}") as to_exchange:
        method: Any = to_exchange.stream_stream(
            "/huiyin.exchange.v1.ExchangeService/PublishMessages", None, None
        )
        stream = method(metadata=((ON_BEHALF_OF, HOUSING),), timeout=SECONDS)
        with suppress(aio.AioRpcError):  # it may have been refused before it is written
            await stream.write(PublishMessagesRequest(message=accepting(str(uuid7()))).SerializeToString())
        assert (await refused(stream)).reason == "UNKNOWN_AGENCY"


def channel(platform: Platform, service: str, profile: str) -> aio.Channel:
    found = find_profile(platform.settings.paths.identity, profile)
    identity = ClientIdentity(
        *(path.read_bytes() for path in (found.authority, found.certificate, found.key))
    )
    return open_channel(getattr(platform.settings.addresses, service), identity, 1_048_576)


AS_HOUSING = ((ON_BEHALF_OF, HOUSING), (OFFICER, b"officer-01"))


async def test_even_with_its_own_key_the_exchange_reads_no_case_and_no_personal_data(
    platform: Platform, desks: Desks
) -> None:
    case_id = await registered((await desks.at(OFFICE)).client)
    requests = {
        "GetPetition": intake.GetPetitionRequest(case_id=case_id),
        "ReadPersonalData": intake.ReadPersonalDataRequest(case_id=case_id),
        "FollowPetition": intake.FollowPetitionRequest(),
        "RegisterPetition": intake.RegisterPetitionRequest(),
    }
    async with channel(platform, "intake", "service@exchange") as to_intake:
        stub: Any = IntakeServiceStub(to_intake)
        for name, request in requests.items():
            for metadata in (AS_HOUSING, AS_HOUSING[:1]):
                with pytest.raises(aio.AioRpcError) as caught:
                    await getattr(stub, name)(request, metadata=metadata, timeout=SECONDS)
                assert as_refused(caught.value).reason == "COMMAND_NOT_CARRIED", name


async def test_even_with_its_own_key_the_exchange_follows_no_log_and_lists_no_case(
    platform: Platform,
) -> None:
    async with channel(platform, "intake", "service@exchange") as to_intake:
        feed: Any = FeedServiceStub(to_intake)
        stream = feed.Subscribe(SubscribeRequest(), metadata=AS_HOUSING, timeout=SECONDS)
        assert (await refused(stream)).reason == "COMMAND_NOT_CARRIED"
        assert (await refused(feed.Subscribe(SubscribeRequest()))).reason == "EXCHANGE_WITHOUT_AGENCY"
    async with channel(platform, "streams", "service@exchange") as to_streams:
        cases: Any = CaseServiceStub(to_streams)
        with pytest.raises(aio.AioRpcError) as caught:
            await cases.ListCases(ListCasesRequest(), metadata=AS_HOUSING, timeout=SECONDS)
        assert as_refused(caught.value).reason == "COMMAND_NOT_CARRIED"


async def test_streams_that_are_open_end_with_a_word_when_the_process_does(
    postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        platform = await stack.enter_async_context(running(postgres_server.admin_dsn, tmp_path))
        async with platform.client(f"system@{HOUSING}") as housing:
            following = housing.exchange.SubscribeReceipts(SubscribeReceiptsRequest())
            publishing = housing.exchange.PublishMessages()
            await publishing.write(PublishMessagesRequest(message=accepting(str(uuid7()))))
            assert (await publishing.read()).receipt.number == 1
            ends = [asyncio.ensure_future(_reason_of_end(stream)) for stream in (following, publishing)]
            await asyncio.wait_for(stack.aclose(), SECONDS)
            assert await asyncio.gather(*ends) == ["SERVICE_STOPPING"] * 2


async def _reason_of_end(stream: Any) -> str:
    try:
        while True:
            await stream.read()
    except aio.AioRpcError as error:
        return as_refused(error).reason


async def test_no_more_streams_are_open_than_the_settings_allow(
    postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    async with (
        running(postgres_server.admin_dsn, tmp_path, subscriptions_max=1) as platform,
        platform.client(f"system@{HOUSING}") as housing,
    ):
        first = housing.exchange.SubscribeReceipts(SubscribeReceiptsRequest())
        await first.read()
        found = await refused(housing.exchange.SubscribeReceipts(SubscribeReceiptsRequest()))
        assert (found.code, found.reason) == (StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_SUBSCRIPTIONS")
        first.cancel()
