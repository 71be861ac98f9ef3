"""Desks: officers of agencies who call the platform, with every call kept for judging afterwards."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from google.protobuf.message import Message
from grpc import StatusCode, aio

from huiyin_audit.history import SentCommand, answered, failed, invoked
from huiyin_cli.client import Client, open_client
from huiyin_domain.directory import Directory, OrganisationKind
from huiyin_kernel.settings import Settings


class RefusedCallError(Exception):
    """The platform said no where the script expected yes."""


@dataclass
class Desk:
    """One officer of one agency."""

    client: Client
    agency: str
    calls: list[SentCommand] = field(default_factory=list)
    attempts: int = 20
    call_seconds_max: float = 30.0

    async def call(self, service: str, method: str, request: Any) -> Any:
        """Calls, records, and retries what may be retried under the same request id."""
        stub = getattr(getattr(self.client, service), method)
        for attempt in range(self.attempts):
            try:
                return await self._once(stub, method, request)
            except aio.AioRpcError as error:
                if error.code() not in _AGAIN or attempt == self.attempts - 1:
                    raise RefusedCallError(f"{method}: {error.details()}") from error
                await asyncio.sleep(min(0.1 * 2**attempt, 3.0))
        raise AssertionError("unreachable")

    async def _once(self, stub: Any, method: str, request: Any) -> Any:
        call = invoked(method, request, datetime.now(UTC)) if _is_command(request) else None
        try:
            response = await stub(request, timeout=self.call_seconds_max)
        except aio.AioRpcError as error:
            if call is not None:
                unknown = error.code() in _UNKNOWN
                self.calls.append(call if unknown else failed(call, error.code().name, datetime.now(UTC)))
            raise
        if call is not None:
            self.calls.append(answered(call, response, datetime.now(UTC)))
        return response


_UNKNOWN = {StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED}
_AGAIN = {*_UNKNOWN, StatusCode.RESOURCE_EXHAUSTED}


def _is_command(request: Message) -> bool:
    return "info" in request.DESCRIPTOR.fields_by_name


class Desks:
    """Desks by role and agency, opened when first needed."""

    def __init__(
        self, settings: Settings, directory: Directory, make: Callable[[Client, str], Desk] = Desk
    ) -> None:
        self._settings, self.directory, self._make = settings, directory, make
        self._stack = AsyncExitStack()
        self._desks: dict[str, Desk] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def at(self, agency: str, role: str = "officer") -> Desk:
        """The desk of an officer (or head) of an agency."""
        return await self.named(f"{role}@{agency}", agency)

    async def named(self, profile: str, agency: str = "") -> Desk:
        """The desk of a profile, such as supervisor."""
        if profile not in self._desks:
            client = await self._stack.enter_async_context(open_client(profile, self._settings))
            self._desks[profile] = self._make(client, agency)
        return self._desks[profile]

    def calls(self) -> list[SentCommand]:
        """Every command call made, in order of invocation."""
        calls = [call for desk in self._desks.values() for call in desk.calls]
        return sorted(calls, key=lambda call: call.invoked)

    def agency(self, kind: OrganisationKind, division: str, skip: int = 0) -> str:
        """The code of an agency of this kind in this division."""
        found = [one.code for one in self.directory if one.kind is kind and one.division == division]
        return found[skip % len(found)]
