"""Many commands over one call: each is taken as its own rpc takes it, and answered when it is decided."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import ExitStack

from google.protobuf import any_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from huiyin.command.v1.service_pb2 import (
    DESCRIPTOR,
    CommandRefusal,
    SendCommandsRequest,
    SendCommandsResponse,
)
from huiyin.common.v1.types_pb2 import CommandInfo
from huiyin_domain.refusal import Refusal, invalid
from huiyin_kernel.rpc.endpoint import Caller, Context, Duplex, Method, UnaryAnswer
from huiyin_kernel.rpc.errors import RefusedError, StoppingError, status_of
from huiyin_kernel.rpc.shares import TURNS_OF_AN_AGENCY

NAME = DESCRIPTOR.services_by_name["CommandService"].full_name
IN_HAND = TURNS_OF_AN_AGENCY
"""Commands of one call that are under way; further ones are taken when one of these is answered."""

_TYPES = "type.googleapis.com/"


def is_command(request: type[Message]) -> bool:
    """Whether a request is a command: it says which one it is, so that it takes effect once."""
    info = request.DESCRIPTOR.fields_by_name.get("info")
    return info is not None and info.message_type is CommandInfo.DESCRIPTOR


class CommandStreamMethod:
    """The method of CommandService over the commands of a process, by the full names of their requests."""

    def __init__(self, commands: Mapping[str, UnaryAnswer], stopping: asyncio.Event) -> None:
        self._commands, self._stopping = commands, stopping

    def methods(self) -> dict[str, Method]:
        """The methods by name."""
        return {"SendCommands": Duplex(SendCommandsRequest, self.send)}

    async def send(
        self, caller: Caller, requests: AsyncIterator[SendCommandsRequest]
    ) -> AsyncGenerator[SendCommandsResponse, None]:
        """An answer for each command, as it is decided. Raises StoppingError when the process ends."""
        call = _Call(self._commands, caller.context)
        taking = asyncio.ensure_future(call.take(requests, self._stopping))
        taking.add_done_callback(lambda _: call.answers.put_nowait(None))
        try:
            while (answer := await call.answers.get()) is not None:
                yield answer
                call.places.release()
            await taking
        finally:
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)


class _Call:
    """One call, which takes a command only where it has a place for it until its answer is on the way."""

    def __init__(self, commands: Mapping[str, UnaryAnswer], context: Context) -> None:
        self._commands, self._context = commands, context
        self.places = asyncio.Semaphore(IN_HAND)
        self.answers: asyncio.Queue[SendCommandsResponse | None] = asyncio.Queue()

    async def take(self, requests: AsyncIterator[SendCommandsRequest], stopping: asyncio.Event) -> None:
        """Takes commands until there are no more, or the process ends; what is in hand is answered still."""
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(self._read(requests, group))
            stop = group.create_task(stopping.wait())
            reading.add_done_callback(lambda _: stop.cancel())
            stop.add_done_callback(lambda _: reading.cancel())
        if reading.cancelled():
            raise StoppingError
        if (fault := reading.result()) is not None:
            raise fault

    async def _read(
        self, requests: AsyncIterator[SendCommandsRequest], group: asyncio.TaskGroup
    ) -> RefusedError | None:
        """Returns what ends the call, if the last that came is no command."""
        try:
            async for request in requests:
                await self.places.acquire()
                group.create_task(self._carry_out(request))
        except RefusedError as error:
            return error
        return None

    async def _carry_out(self, request: SendCommandsRequest) -> None:
        with ExitStack() as place:
            answer = await self._answer(request.command, place)
        if isinstance(answer, status_pb2.Status):
            response = SendCommandsResponse(number=request.number, refusal=_refusal(answer))
        else:
            response = SendCommandsResponse(number=request.number, response=_packed(answer))
        self.answers.put_nowait(response)

    async def _answer(self, command: any_pb2.Any, place: ExitStack) -> Message:
        answering = self._commands.get(command.type_url.rpartition("/")[2])
        if answering is None:
            unknown: Message = status_of(_unknown(command.type_url))
            return unknown
        answer = await answering.answer(command.value, self._context, place)
        if isinstance(answer, status_pb2.Status):
            await answering.admission.hold(answer, place)
        return answer


def _packed(message: Message) -> any_pb2.Any:
    return any_pb2.Any(type_url=_TYPES + message.DESCRIPTOR.full_name, value=message.SerializeToString())


def _refusal(status: status_pb2.Status) -> CommandRefusal:
    info = error_details_pb2.ErrorInfo()
    status.details[0].Unpack(info)
    return CommandRefusal(code=status.code, reason=info.reason, message=status.message, facts=info.metadata)


def _unknown(name: str) -> Refusal:
    text = f"command is of the type {name[:100] or '(none)'}, which is no command of this service: pack the"
    return invalid(
        "UNKNOWN_COMMAND", f"{text} request of one, of the service that is called", field="command"
    )
