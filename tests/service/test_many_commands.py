"""Many commands over one call are what they are in calls of their own: answered, refused, repeated."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.message import Message
from google.rpc import code_pb2
from grpc import StatusCode, aio

from huiyin.command.v1.service_pb2 import SendCommandsRequest, SendCommandsResponse
from huiyin.command.v1.service_pb2_grpc import CommandServiceStub
from huiyin.intake.v1 import service_pb2 as intake
from huiyin_cli.client import Client
from huiyin_client import Agency, CallError
from huiyin_domain.context import Role
from huiyin_kernel.identity.development import TOKEN_VALIDITY
from huiyin_kernel.identity.tokens import CLOCK_TOLERANCE
from huiyin_kernel.rpc.command_stream import IN_HAND
from tests.mainjob.desk import Desks
from tests.support.calling import HOUSING, OFFICE, as_refused, claim, handover, info, refusal, registered
from tests.support.clients import config_of
from tests.support.platform import Platform

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECONDS = 20.0
LEFT = timedelta(seconds=3) - CLOCK_TOLERANCE
"""From now on, by its own exp: it counts for a little longer."""


def numbered(commands: Iterable[Message]) -> list[SendCommandsRequest]:
    """The commands, with numbers from 1."""
    requests = [SendCommandsRequest(number=number) for number, _ in enumerate(commands, 1)]
    for request, command in zip(requests, commands, strict=True):
        request.command.Pack(command)
    return requests


def opened(client: Client, requests: Any) -> Any:
    """A call of the client's officer."""
    stub = CommandServiceStub(client.channels["intake"])
    return stub.SendCommands(requests, timeout=SECONDS, metadata=client.profile.call_metadata())


async def answers(client: Client, commands: Sequence[Message]) -> dict[int, SendCommandsResponse]:
    """What became of each."""
    return {one.number: one async for one in opened(client, numbered(commands))}


async def test_each_command_gets_its_receipt_or_why_it_is_refused(desks: Desks) -> None:
    office = (await desks.at(OFFICE)).client
    cases = [await registered(office) for _ in range(3)]
    unknown = handover("0192c3a4-7b1e-7def-8abc-0123456789ab", HOUSING)
    commands: list[Message] = [*map(claim, cases), unknown, intake.GetPetitionRequest(case_id=cases[0])]
    found = await answers(office, commands)
    for number, case_id in enumerate(cases, 1):
        response = intake.ClassifyPetitionResponse()
        assert found[number].response.Unpack(response)
        assert (response.receipt.stream, response.receipt.version) == (f"petition-{case_id}", 2)
    assert (found[4].refusal.code, found[4].refusal.reason) == (code_pb2.NOT_FOUND, "NO_SUCH_CASE")
    assert found[5].refusal.reason == "UNKNOWN_COMMAND"


async def test_refusals_are_those_of_calls_of_their_own(desks: Desks) -> None:
    office, housing = (await desks.at(OFFICE)).client, (await desks.at(HOUSING)).client
    case_id = await registered(office)
    accept = intake.AcceptPetitionRequest(info=info(), case_id=case_id, epoch=7)
    nameless = claim(case_id)
    nameless.info.ClearField("request_id")
    for client, command in ((office, accept), (housing, accept), (office, nameless)):
        name = command.DESCRIPTOR.name.removesuffix("Request")
        alone = await refusal(getattr(client.intake, name)(command))
        (streamed,) = (await answers(client, [command])).values()
        told = streamed.refusal
        assert StatusCode[code_pb2.Code.Name(told.code)] is alone.code
        assert (told.reason, told.message, dict(told.facts)) == (alone.reason, alone.message, alone.facts)


async def test_a_request_id_takes_effect_once_by_whichever_way_it_comes(desks: Desks) -> None:
    office = (await desks.at(OFFICE)).client
    first, second = claim(await registered(office)), claim(await registered(office))
    called = await office.intake.ClassifyPetition(first)
    found = await answers(office, [first, first, second])
    again = await office.intake.ClassifyPetition(second)
    for number in (1, 2):
        response = intake.ClassifyPetitionResponse.FromString(found[number].response.value)
        assert response.receipt.repeated
        assert response.receipt.position == called.receipt.position
    streamed = intake.ClassifyPetitionResponse.FromString(found[3].response.value)
    assert again.receipt.repeated
    assert again.receipt.position == streamed.receipt.position
    other = intake.ClassifyPetitionRequest()
    other.CopyFrom(first)
    other.content_class = "010100"
    assert (await answers(office, [other]))[1].refusal.reason == "REQUEST_ID_REUSED"


async def test_what_is_no_command_ends_the_call_after_what_came_before(desks: Desks) -> None:
    office = (await desks.at(OFFICE)).client
    path = "/huiyin.command.v1.CommandService/SendCommands"
    method: Any = office.channels["intake"].stream_stream(path, None, SendCommandsResponse.FromString)
    good = numbered([claim(await registered(office))])[0].SerializeToString()
    call = method(iter([good, b"\xff"]), timeout=SECONDS, metadata=office.profile.call_metadata())
    assert (await call.read()).HasField("response")
    with pytest.raises(aio.AioRpcError) as caught:
        await call.read()
    assert as_refused(caught.value).reason == "MALFORMED_REQUEST"


class Yesterday:
    """Shows a time at which a token is signed that runs out soon."""

    def now(self) -> datetime:
        return datetime.now(UTC) - TOKEN_VALIDITY + LEFT


async def test_a_token_that_runs_out_on_the_way_is_noticed(desks: Desks, platform: Platform) -> None:
    office = (await desks.at(OFFICE)).client
    case_id = await registered(office)
    late: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def requests() -> AsyncIterator[SendCommandsRequest]:
        first, second = numbered([claim(case_id), claim(case_id)])
        yield first
        await late
        yield second

    token = platform.token(OFFICE, Role.OFFICER, clock=Yesterday())
    stub: Any = CommandServiceStub(office.channels["intake"])
    call = stub.SendCommands(requests(), metadata=(("authorization", f"Bearer {token}"),), timeout=SECONDS)
    assert (await call.read()).HasField("response")
    await asyncio.sleep(4)
    late.set_result(None)
    assert (await call.read()).refusal.reason == "TOKEN_EXPIRED"


async def test_the_client_sends_many_and_hears_of_each(desks: Desks, platform: Platform) -> None:
    office = (await desks.at(OFFICE)).client
    cases = [await registered(office) for _ in range(3 * IN_HAND)]

    def send() -> list[Any]:
        config = config_of(platform, OFFICE, token=office.profile.token)
        with Agency(config) as agency, agency.commands("intake") as stream:
            futures = [stream.send(claim(case_id)) for case_id in cases]
            refused = stream.send(handover("0192c3a4-7b1e-7def-8abc-0123456789ab", HOUSING))
            with pytest.raises(CallError) as caught:
                refused.result(SECONDS)
            assert (caught.value.code, caught.value.reason) == ("NOT_FOUND", "NO_SUCH_CASE")
            return [future.result(SECONDS) for future in futures]

    found = await asyncio.to_thread(send)
    assert [one.receipt.stream for one in found] == [f"petition-{case_id}" for case_id in cases]
