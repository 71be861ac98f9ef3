"""A gRPC server with mutual TLS, health, reflection, bounded calls and an orderly end."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import grpc
from grpc import aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from huiyin_kernel.rpc.call_telemetry import MethodWatch
from huiyin_kernel.rpc.command_stream import NAME as COMMANDS
from huiyin_kernel.rpc.command_stream import CommandStreamMethod, is_command
from huiyin_kernel.rpc.endpoint import (
    Admission,
    Authenticate,
    Duplex,
    EndpointLimits,
    Handler,
    Method,
    Stream,
    Unary,
    UnaryAnswer,
    duplex,
    stream,
    unary,
)
from huiyin_kernel.rpc.shares import ShareLimits, Shares

# gRPC's own limits stand above ours, so that what is too much gets our reason instead of a bare code.
_TRANSPORT_MARGIN = 4


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Bounds on a server. Times are in seconds."""

    endpoint: EndpointLimits
    calls: ShareLimits
    subscriptions: ShareLimits
    drain_seconds: float


class Server:
    """Serves methods of one or more gRPC services on one address."""

    def __init__(
        self,
        credentials: grpc.ServerCredentials,
        authenticate: Authenticate,
        limits: ServerLimits,
        stopping: asyncio.Event | None = None,
    ) -> None:
        """`stopping` is set when the process begins to end."""
        self._limits = limits
        shares = Shares("call", limits.calls), Shares("subscription", limits.subscriptions)
        self._admission = Admission(authenticate, *shares)
        self._server = aio.server(options=_options(limits), maximum_concurrent_rpcs=_at_once(limits))
        self._credentials = credentials
        self._health = health.aio.HealthServicer()  # type: ignore[attr-defined] # its stub knows no aio
        self._names: list[str] = []
        self._commands: dict[str, UnaryAnswer] = {}
        self._stopping = stopping or asyncio.Event()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)

    def add(self, service: str, methods: Mapping[str, Method]) -> None:
        """Adds a service by its full name.

        Calls of a method that is registered are taken in by themselves: gRPC takes in one after another, and
        a flood of one method would keep those of all others waiting at the door.
        """
        handlers = {name: self._handler(f"{service}/{name}", method) for name, method in methods.items()}
        self._server.add_registered_method_handlers(service, handlers)  # type: ignore[attr-defined] # its stub is older
        self._names.append(service)

    def _handler(self, name: str, method: Method) -> Handler:
        match method:
            case Unary():
                answering = UnaryAnswer(
                    name, method, self._admission, self._limits.endpoint, MethodWatch(name, "unary")
                )
                if is_command(method.request):
                    self._commands[method.request.DESCRIPTOR.full_name] = answering
                return unary(answering)
            case Stream():
                return stream(name, method, self._admission, self._limits.endpoint)
            case Duplex():
                return duplex(name, method, self._admission, self._limits.endpoint)

    async def start(self, address: str) -> int:
        """Binds and serves, commands also as a stream of them; returns the port."""
        if self._commands:
            self.add(COMMANDS, CommandStreamMethod(self._commands, self._stopping).methods())
        names = (*self._names, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)
        port = self._server.add_secure_port(address, self._credentials)
        await self._server.start()
        await self._set_health(health_pb2.HealthCheckResponse.SERVING)
        return port

    async def _set_health(self, status: health_pb2.HealthCheckResponse.ServingStatus) -> None:
        for name in ("", *self._names):
            await self._health.set(name, status)

    async def stop(self) -> None:
        """Refuses new calls, lets those under way finish for a bounded time, then ends."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(self._limits.drain_seconds)


def _options(limits: ServerLimits) -> Sequence[tuple[str, int]]:
    return (
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", limits.endpoint.request_bytes_max * _TRANSPORT_MARGIN),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    )


def _at_once(limits: ServerLimits) -> int:
    shares = (limits.calls, limits.subscriptions)
    return _TRANSPORT_MARGIN * sum(share.callers_max + share.services_max for share in shares)
