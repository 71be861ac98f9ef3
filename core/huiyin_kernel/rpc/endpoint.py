"""One rpc from bytes to bytes: identity, form, deadline, handler, and every failure as a status."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, TypeAlias, TypeVar

import grpc
from google.protobuf.message import Message
from google.rpc import status_pb2
from grpc import aio
from grpc_status import rpc_status
from psycopg import OperationalError

from huiyin_domain.context import Principal
from huiyin_domain.exchange.policy import beyond_carrying
from huiyin_kernel.identity.authenticate import bearer_token
from huiyin_kernel.identity.tokens import UnauthenticatedError
from huiyin_kernel.rpc import errors
from huiyin_kernel.rpc.call_telemetry import MethodWatch
from huiyin_kernel.rpc.requests import RequestLimits, parse
from huiyin_kernel.rpc.shares import Refusals, Shares, Turns, give_way
from huiyin_store.port import StoreError, StoreUnavailableError

NOT_FOUND_BEAT_SECONDS = 0.05
"""Longer than it takes to read and fold a case, as a rule."""

RequestT = TypeVar("RequestT", bound=Message)
Context: TypeAlias = "aio.ServicerContext[Any, Any]"
Authenticate = Callable[[Context], Principal]
Handler: TypeAlias = "grpc.RpcMethodHandler[bytes, bytes]"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EndpointLimits:
    """Bounds on a single call. `deadline_seconds` holds for calls that bring no shorter one."""

    request_bytes_max: int
    deadline_seconds: float
    text_characters_max: int = 20_000

    def of_request(self) -> RequestLimits:
        """The bounds on what is sent."""
        return RequestLimits(self.request_bytes_max, self.text_characters_max)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls which method, with the request's bytes exactly as sent (none where requests are a stream).

    Before each part of long work `give_way` lets the calls of others go first. `context` is the call itself,
    by which a long one can ask again who calls.
    """

    principal: Principal
    method: str
    raw: bytes
    give_way: Callable[[], Awaitable[None]] = field(default=give_way, repr=False, compare=False)
    context: Any = field(default=None, repr=False, compare=False)

    @property
    def token(self) -> str:
        """The one that the call brought, if it did: with it a service asks another as this caller."""
        return bearer_token(self.context.invocation_metadata() or ()) if self.context is not None else ""


@dataclass(frozen=True, slots=True)
class Unary:
    """A method with one answer."""

    request: type[Message]
    handle: Callable[[Caller, Any], Awaitable[Message]]


@dataclass(frozen=True, slots=True)
class Stream:
    """A method with a stream of answers; it has no deadline but the caller's."""

    request: type[Message]
    handle: Callable[[Caller, Any], AsyncGenerator[Message, None]]


@dataclass(frozen=True, slots=True)
class Duplex:
    """A method with a stream of requests and one of answers; it has no deadline but the caller's.

    The handler takes a request when it is ready for it: until then the caller's next ones wait, on the way or
    with the caller. A request whose form is wrong ends the call where it is taken.
    """

    request: type[Message]
    handle: Callable[[Caller, AsyncIterator[Any]], AsyncGenerator[Message, None]]


Method = Unary | Stream | Duplex


@dataclass(frozen=True, slots=True)
class Admission:
    """Who may call, and how much at once: what every method of a process asks first."""

    authenticate: Authenticate
    calls: Shares
    subscriptions: Shares
    turns: Turns = field(default_factory=Turns)
    refusals: Refusals = field(default_factory=Refusals)

    def caller(self, name: str, method: Method, context: Context, raw: bytes, place: ExitStack) -> Caller:
        """The caller, with a place among what is under way, until it is given back.

        Raises UnauthenticatedError, and RefusedError when it may not call this, or not so much at once.
        """
        principal = _admitted(method, self.authenticate(context))
        shares = self.calls if isinstance(method, Unary) else self.subscriptions
        place.callback(shares.take(principal))
        return Caller(principal, name, raw, context=context)

    async def hold(self, status: status_pb2.Status, place: ExitStack) -> None:
        """Before an answer: who asked too much waits to hear so, without a place."""
        if status.code == grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]:
            place.close()
            await self.refusals.wait()

    async def refused(self, context: Any, status: status_pb2.Status, place: ExitStack) -> NoReturn:
        """Ends a call with a status of ours."""
        await self.hold(status, place)
        await context.abort_with_status(rpc_status.to_status(status))
        raise AssertionError("abort_with_status always raises")


@dataclass(frozen=True, slots=True)
class UnaryAnswer:
    """What is done for each request of a method with one answer, by whichever kind of call it came."""

    name: str
    method: Unary
    admission: Admission
    limits: EndpointLimits
    watch: MethodWatch

    async def answer(self, raw: bytes, context: Context, place: ExitStack) -> Message:
        """The answer, or the Status with which it is refused; the place is given back by who asks."""
        began = asyncio.get_running_loop().time()
        with self.watch.call(context) as call:
            try:
                caller = self.admission.caller(self.name, self.method, context, raw, place)
                request = parse(self.method.request, raw, self.limits.of_request())
                async with (
                    asyncio.timeout(self.limits.deadline_seconds),
                    self.admission.turns.turn(caller.principal) as turn,
                ):
                    response = await self.method.handle(replace(caller, give_way=turn.give_way), request)
                call.answered()
                return response
            except Exception as error:
                status = _status(self.name, error, self.limits)
                call.failed(status)
        await _on_the_beat(status, began)
        refused: Message = status
        return refused


def unary(answering: UnaryAnswer) -> Handler:
    """The gRPC handler of a method with one answer."""

    async def behaviour(raw: bytes, context: Context) -> bytes:
        place = _place(context)
        answer = await answering.answer(raw, context, place)
        if isinstance(answer, status_pb2.Status):
            await answering.admission.refused(context, answer, place)
        return answer.SerializeToString()

    return grpc.unary_unary_rpc_method_handler(behaviour)


def stream(name: str, method: Stream, admission: Admission, limits: EndpointLimits) -> Handler:
    """The gRPC handler of a method with a stream of answers."""
    of_request, watch = limits.of_request(), MethodWatch(name, "stream")

    async def behaviour(raw: bytes, context: Context) -> AsyncIterator[bytes]:
        place = _place(context)
        with watch.call(context) as call:
            try:
                caller = admission.caller(name, method, context, raw, place)
                request = parse(method.request, raw, of_request)
                async with aclosing(method.handle(caller, request)) as responses:
                    async for response in responses:
                        yield response.SerializeToString()
                call.answered()
                return
            except Exception as error:
                status = _status(name, error, limits)
                call.failed(status)
        await admission.refused(context, status, place)

    return grpc.unary_stream_rpc_method_handler(behaviour)


def duplex(name: str, method: Duplex, admission: Admission, limits: EndpointLimits) -> Handler:
    """The gRPC handler of a method with streams both ways."""
    of_request, watch = limits.of_request(), MethodWatch(name, "stream")

    async def parsed(requests: AsyncIterator[bytes]) -> AsyncIterator[Message]:
        async for raw in requests:
            yield parse(method.request, raw, of_request)

    async def behaviour(requests: AsyncIterator[bytes], context: Context) -> AsyncIterator[bytes]:
        place = _place(context)
        with watch.call(context) as call:
            try:
                caller = admission.caller(name, method, context, b"", place)
                async with aclosing(method.handle(caller, parsed(requests))) as responses:
                    async for response in responses:
                        yield response.SerializeToString()
                call.answered()
                return
            except Exception as error:
                status = _status(name, error, limits)
                call.failed(status)
        await admission.refused(context, status, place)

    return grpc.stream_stream_rpc_method_handler(behaviour)


async def _on_the_beat(status: status_pb2.Status, began: float) -> None:
    """What is not there, and what is of others, is said on a beat: the time it takes tells nothing."""
    if status.code == grpc.StatusCode.NOT_FOUND.value[0]:
        gone = asyncio.get_running_loop().time() - began
        await asyncio.sleep(NOT_FOUND_BEAT_SECONDS - gone % NOT_FOUND_BEAT_SECONDS)


def _place(context: Any) -> ExitStack:
    """Is given back when the call ends, however it ends, or before."""
    place = ExitStack()
    context.add_done_callback(lambda _: place.close())
    return place


def _admitted(method: Method, principal: Principal) -> Principal:
    """The principal, if it may call this at all: the exchange brings commands and asks nothing."""
    if refusal := beyond_carrying(principal, method.request.DESCRIPTOR.full_name):
        raise errors.RefusedError(refusal)
    return principal


def _status(name: str, error: Exception, limits: EndpointLimits) -> status_pb2.Status:
    match error:
        case errors.RefusedError():
            return errors.status_of(error.refusal)
        case UnauthenticatedError():
            return errors.unauthenticated(error)
        case StoreError():
            log.warning("%s: %s", name, error)
            return errors.status_of_store_error(error)
        case OperationalError():  # of a read model's own connection
            log.warning("%s: %s", name, error)
            return errors.status_of_store_error(StoreUnavailableError(str(error)))
        case errors.StoppingError():
            return errors.stopping()
        case errors.StandbyError():
            return errors.standby()
        case TimeoutError():
            return errors.deadline_exceeded(limits.deadline_seconds)
        case _:
            log.error("%s failed", name, exc_info=error)
            return errors.internal()
