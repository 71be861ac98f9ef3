"""A call for many commands takes as many as it has in hand, and ends in good order."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import pytest
from google.protobuf.empty_pb2 import Empty
from grpc import aio

from huiyin.command.v1.service_pb2 import SendCommandsRequest, SendCommandsResponse
from huiyin_domain.context import Principal
from huiyin_kernel.rpc.call_telemetry import MethodWatch
from huiyin_kernel.rpc.command_stream import IN_HAND, CommandStreamMethod
from huiyin_kernel.rpc.endpoint import Admission, Caller, EndpointLimits, Unary, UnaryAnswer
from huiyin_kernel.rpc.errors import StoppingError
from huiyin_kernel.rpc.shares import ShareLimits, Shares

AGENCY = Principal("11990000MB0000001X", "officer-1", frozenset())
MANY = ShareLimits(callers_max=100, caller_max=100, services_max=100)
LIMITS = EndpointLimits(request_bytes_max=1024, deadline_seconds=20.0)


class Call:
    """A call without metadata."""

    def invocation_metadata(self) -> aio.Metadata:
        return aio.Metadata()


class Commands:
    """Answers each command when it is let."""

    def __init__(self) -> None:
        self.let, self.stopping = asyncio.Event(), asyncio.Event()
        self.taken = self.begun = 0

    async def handle(self, caller: Caller, request: Empty) -> Empty:
        """One command."""
        self.begun += 1
        await self.let.wait()
        return Empty()

    async def requests(self, count: int) -> AsyncIterator[SendCommandsRequest]:
        """So many commands, then nothing for ever."""
        for number in range(count):
            self.taken += 1
            request = SendCommandsRequest(number=number)
            request.command.Pack(Empty())
            yield request
        await asyncio.Event().wait()

    def stream(self, count: int) -> AsyncGenerator[SendCommandsResponse, None]:
        """What the platform answers."""
        admission = Admission(lambda _: AGENCY, Shares("call", MANY), Shares("subscription", MANY))
        answering = UnaryAnswer(
            "Do", Unary(Empty, self.handle), admission, LIMITS, MethodWatch("Do", "unary")
        )
        sending = CommandStreamMethod({"google.protobuf.Empty": answering}, self.stopping)
        call: Any = Call()
        return sending.send(Caller(AGENCY, "Send", b"", context=call), self.requests(count))


async def test_no_more_is_taken_than_is_in_hand_until_answers_are_read() -> None:
    commands = Commands()
    answers = commands.stream(100)
    first = asyncio.ensure_future(anext(answers))
    while commands.begun < IN_HAND:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert (commands.begun, commands.taken) == (IN_HAND, IN_HAND + 1)
    commands.let.set()
    await first
    await asyncio.sleep(0.05)
    assert (commands.begun, commands.taken) == (IN_HAND, IN_HAND + 1)  # the answers wait to be read
    for more in range(1, 20):
        await anext(answers)
        await asyncio.sleep(0.01)
        assert commands.taken == IN_HAND + 1 + more
    await answers.aclose()


async def test_a_process_that_ends_answers_what_is_in_hand_and_takes_no_more() -> None:
    commands = Commands()
    answers = commands.stream(3)
    first = asyncio.ensure_future(anext(answers))
    while commands.begun < 3:
        await asyncio.sleep(0.01)
    commands.stopping.set()
    await asyncio.sleep(0.05)
    commands.let.set()
    assert {(await first).number, (await anext(answers)).number, (await anext(answers)).number} == {0, 1, 2}
    with pytest.raises(StoppingError):
        await anext(answers)


async def test_who_goes_away_leaves_nothing_under_way() -> None:
    commands = Commands()
    answers = commands.stream(3)
    first = asyncio.ensure_future(anext(answers))
    while commands.begun < 3:
        await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert asyncio.all_tasks() == {asyncio.current_task()}
