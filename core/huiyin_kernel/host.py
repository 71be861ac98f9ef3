"""A service process: opens what its service needs, serves, works in the background, ends in good order."""

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import grpc
from grpc import aio

from huiyin_domain.access import auditor_with_cases
from huiyin_domain.context import Policy, Principal
from huiyin_domain.directory import Directory
from huiyin_kernel.arrived import Follow, LogSource
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.identity.authenticate import authenticate
from huiyin_kernel.identity.development import issuers_file
from huiyin_kernel.identity.files import KeyFileError
from huiyin_kernel.identity.profiles import find_profile
from huiyin_kernel.identity.tokens import TokenVerifier
from huiyin_kernel.policy import load_policy
from huiyin_kernel.policy_kept import POLICY_TYPE
from huiyin_kernel.process import NoAccessError, own_access, stop_signal, until_stopped
from huiyin_kernel.rpc.call_telemetry import PassTraceOn
from huiyin_kernel.rpc.client import ClientIdentity, follow_feed, open_channel
from huiyin_kernel.rpc.endpoint import EndpointLimits, Method
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.server import Server, ServerLimits
from huiyin_kernel.rpc.shares import ShareLimits
from huiyin_kernel.settings import RuntimeLimits, ServiceName, Settings
from huiyin_kernel.telemetry.start import telemetry
from huiyin_kernel.vault.rings import WrongRingError
from huiyin_store.port import WorldClock

log = logging.getLogger(__name__)

_FULL = 2
"""The generation of the collector that a full collection looks at."""
THAWED_EVERY = 32
"""Full collections, of which one looks at everything. In a flood of 50 filings a second there is one in some
seconds, and of the 128 calls that are under way at each a few thousand objects may be left."""


@dataclass(frozen=True, slots=True)
class Host:
    """What every service process has. `stopping` is set when it begins to end."""

    name: ServiceName
    settings: Settings
    policy: Policy
    clock: WorldClock
    identity: ClientIdentity
    source: LogSource
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    channels: list[aio.Channel] = field(default_factory=list)
    tasks: list[Callable[[], Coroutine[Any, Any, None]]] = field(default_factory=list)
    """What goes on beside the service's own endless tasks."""

    def dsn(self) -> str:
        """This service's access to its own schema. Raises NoAccessError or KeyFileError."""
        return own_access(self.settings)

    def channel(self, service: ServiceName) -> aio.Channel:
        """A channel to another service, as this service; closed when the process ends."""
        limits = self.settings.limits
        interceptors: list[Any] = [PassTraceOn()]
        address = self.settings.addresses.of(service)
        channel = open_channel(address, self.identity, limits.message_bytes_max, interceptors)
        self.channels.append(channel)
        return channel

    def feed(self, service: ServiceName, types: Sequence[str] = ()) -> Follow:
        """Follows a service's log: its own over gRPC, those of others where the source has them.

        Over gRPC events of other `types` are not sent, if any are named; a topic has them all.
        """
        log_name, wanted = self.settings.log_name(service), () if self.settings.is_cluster else tuple(types)
        feed = partial(follow_feed, self.channel(service), log_name, types=wanted)
        if service == self.name:
            return feed
        return self.source.follow(self.settings, self.name, log_name, feed)

    def policy_feed(self) -> Follow:
        """Follows what of supervision's log applies policy, over gRPC always: it is little, and rare."""
        log_name = self.settings.log_name("supervision")
        return partial(follow_feed, self.channel("supervision"), log_name, types=(POLICY_TYPE,))


@dataclass(frozen=True, slots=True)
class Parts:
    """What a service is made of: its methods by gRPC service name, its endless tasks, and how to close."""

    methods: Mapping[str, Mapping[str, Method]]
    tasks: Sequence[Coroutine[Any, Any, None]] = ()
    close: Sequence[Callable[[], Awaitable[None]]] = field(default=())


Build = Callable[[Host], Awaitable[Parts]]


def main(name: ServiceName, build: Build, source: LogSource) -> None:
    """Runs a service process until SIGTERM or SIGINT; exit status 1 when it failed."""
    settings = Settings()
    try:
        with telemetry(settings.instance or name, settings):
            asyncio.run(_working(open_host(name, settings, source), build))
    except (KeyFileError, NoAccessError, WrongRingError) as error:
        raise SystemExit(f"{name}: {error}") from error


def open_host(
    name: ServiceName, settings: Settings, source: LogSource, clock: WorldClock | None = None
) -> Host:
    """Reads what a service process needs from the settings and the data folder."""
    profile = find_profile(settings.paths.identity, f"service@{name}")
    identity = ClientIdentity.of(profile)
    return Host(name, settings, load_policy(), clock or SystemClock(), identity, source)


class FreezesWhatStays:
    """Bounds the pauses of the collector, for which every call waits: a full collection looks at what came
    since the last one, and then freezes it. One of `thawed_every` looks at all there is, for the circles of
    what was under way at the others and has ended since.
    """

    def __init__(self, thawed_every: int = THAWED_EVERY) -> None:
        self._thawed_every, self._full = thawed_every, 0

    def __call__(self, phase: str, info: Mapping[str, int]) -> None:
        """To be one of `gc.callbacks`: before and after each collection."""
        if info["generation"] < _FULL:
            return
        if phase == "stop":
            gc.freeze()
            return
        self._full += 1
        if self._full % self._thawed_every == 0:
            gc.unfreeze()


async def _working(host: Host, build: Build) -> None:
    async def built(host: Host) -> Parts:
        """What is there by now stays: the collector, for which everybody waits, seldom looks at it again."""
        parts = await build(host)
        gc.callbacks.append(FreezesWhatStays())
        gc.collect()
        return parts

    await run(host, built)


async def run(host: Host, build: Build, stopped: asyncio.Event | None = None) -> None:
    """Works, and serves what methods it has, until stopped. A task that fails ends the process:
    the supervisor starts it again.
    """
    stopped = stopped or stop_signal()
    parts = await build(host)
    server = _server(host, parts) if parts.methods else None
    try:
        if server is not None:
            await server.start(host.settings.listen_address(host.name))
            log.info("%s serves on %s", host.name, host.settings.listen_address(host.name))
        checks = host.source.checks(host.settings, host.name)
        await until_stopped(stopped, (*parts.tasks, *(task() for task in host.tasks), *checks))
    finally:
        host.stopping.set()
        if server is not None:
            await server.stop()
        for close in parts.close:
            await close()
        for channel in host.channels:
            await channel.close(None)


def _server(host: Host, parts: Parts) -> Server:
    limits = host.settings.limits
    credentials = grpc.ssl_server_credentials(
        [(host.identity.key, host.identity.certificate)], host.identity.authority, require_client_auth=True
    )
    endpoint = EndpointLimits(limits.request_bytes_max, limits.deadline_seconds, limits.text_characters_max)
    lifetime = timedelta(hours=limits.token_hours_max)
    verifier = TokenVerifier(issuers_file(host.settings.paths.root), host.clock, lifetime)
    server = Server(
        credentials,
        partial(_principal, verifier, host.policy.directory),
        ServerLimits(endpoint, *_shares(limits), limits.drain_seconds),
        host.stopping,
    )
    for service, methods in parts.methods.items():
        server.add(service, methods)
    return server


def _shares(limits: RuntimeLimits) -> tuple[ShareLimits, ShareLimits]:
    calls = ShareLimits(
        limits.concurrent_calls_max, limits.concurrent_calls_caller_max, limits.concurrent_calls_services_max
    )
    subscriptions = ShareLimits(
        limits.subscriptions_max, limits.subscriptions_caller_max, limits.subscriptions_services_max
    )
    return calls, subscriptions


def _principal(verifier: TokenVerifier, directory: Directory, context: Any) -> Principal:
    """Who calls. Raises UnauthenticatedError, and RefusedError for an auditor who may not be one."""
    principal = authenticate(context.auth_context(), context.invocation_metadata() or (), verifier)
    if refusal := auditor_with_cases(principal, directory):
        raise RefusedError(refusal)
    return principal
