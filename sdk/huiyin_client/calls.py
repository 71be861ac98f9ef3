"""Channels and stubs: mutual TLS with the agency's certificate, and an officer's token where there is one."""

from functools import cached_property
from typing import Any

import grpc

from huiyin.cases.v1.service_pb2_grpc import CaseServiceStub
from huiyin.command.v1.service_pb2_grpc import CommandServiceStub
from huiyin.exchange.v1.service_pb2_grpc import ExchangeServiceStub
from huiyin.intake.v1.service_pb2_grpc import IntakeServiceStub
from huiyin.judicial.v1.service_pb2_grpc import JudicialServiceStub
from huiyin.reception.v1.service_pb2_grpc import ReceptionServiceStub
from huiyin.supervision.v1.service_pb2_grpc import SupervisionServiceStub
from huiyin.timeline.v1.service_pb2_grpc import TimelineServiceStub
from huiyin_client.config import Config, read_private

_OPTIONS = (
    ("grpc.max_receive_message_length", 16_777_216),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)


class Calls:
    """The services by name. Methods are those of the contracts: `calls.intake.GetPetition(request)`."""

    def __init__(self, config: Config) -> None:
        self._config, self._channels = config, dict[str, grpc.Channel]()
        self._credentials = grpc.ssl_channel_credentials(
            config.authority.read_bytes(), read_private(config.key), config.certificate.read_bytes()
        )

    @cached_property
    def intake(self) -> Any:
        """Petitions."""
        return IntakeServiceStub(self._channel("intake", as_officer=True))

    @cached_property
    def reception(self) -> Any:
        """Joint reception."""
        return ReceptionServiceStub(self._channel("reception", as_officer=True))

    @cached_property
    def judicial(self) -> Any:
        """The judicial track."""
        return JudicialServiceStub(self._channel("judicial", as_officer=True))

    @cached_property
    def supervision(self) -> Any:
        """Supervision orders and clocks."""
        return SupervisionServiceStub(self._channel("supervision", as_officer=True))

    @cached_property
    def cases(self) -> Any:
        """Lists and timelines of cases."""
        return CaseServiceStub(self._channel("streams", as_officer=True))

    @cached_property
    def timeline(self) -> Any:
        """Subscriptions to cases, as the system."""
        return TimelineServiceStub(self._channel("streams"))

    @cached_property
    def exchange(self) -> Any:
        """Messages and receipts, as the system."""
        return ExchangeServiceStub(self._channel("exchange"))

    def commands(self, service: str) -> Any:
        """Many commands over one call, of a service that takes some."""
        return CommandServiceStub(self._channel(service, as_officer=True))

    def close(self) -> None:
        """Closes what was opened."""
        for channel in self._channels.values():
            channel.close()

    def _channel(self, service: str, *, as_officer: bool = False) -> Any:
        if service not in self._channels:
            address = self._config.address(service)
            self._channels[service] = grpc.secure_channel(address, self._credentials, _OPTIONS)
        channel = self._channels[service]
        if as_officer and self._config.token is not None:
            return grpc.intercept_channel(channel, _WithToken(self._config))
        return channel


class _WithToken(grpc.UnaryUnaryClientInterceptor, grpc.StreamStreamClientInterceptor):  # type: ignore[type-arg] # not generic at run time
    """Adds the officer's token to a call, as it is at that moment."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        return continuation(self._with_token(client_call_details), request)

    def intercept_stream_stream(
        self, continuation: Any, client_call_details: Any, request_iterator: Any
    ) -> Any:
        return continuation(self._with_token(client_call_details), request_iterator)

    def _with_token(self, details: Any) -> Any:
        assert self._config.token is not None
        bearer = ("authorization", f"Bearer {read_private(self._config.token).decode().strip()}")
        return details._replace(metadata=(*(details.metadata or ()), bearer))
