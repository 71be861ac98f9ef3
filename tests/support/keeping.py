"""Desks that keep every command they send, with its first answer, to send it again later."""

from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message

from tests.mainjob.desk import Desk, Desks


@dataclass(frozen=True)
class Exchange:
    """A command and its first answer, with the stub that carried it."""

    stub: Any
    request: Message
    response: Message

    @property
    def method(self) -> str:
        """The command's name."""
        return self.request.DESCRIPTOR.name.removesuffix("Request")


@dataclass
class KeepingDesk(Desk):
    """A desk that keeps every command it sends, and its answer."""

    exchanges: list[Exchange] = field(default_factory=list)

    async def call(self, service: str, method: str, request: Any) -> Any:
        response = await super().call(service, method, request)
        if "info" in request.DESCRIPTOR.fields_by_name:
            stub = getattr(getattr(self.client, service), method)
            self.exchanges.append(Exchange(stub, request, response))
        return response


class KeepingDesks(Desks):
    """Desks that keep every command."""

    async def named(self, profile: str, agency: str = "") -> Desk:
        desk = await super().named(profile, agency)
        if not isinstance(desk, KeepingDesk):
            desk = self._desks[profile] = KeepingDesk(desk.client, agency)
        return desk

    def exchanges(self) -> list[Exchange]:
        """Every command sent."""
        kept = [desk for desk in self._desks.values() if isinstance(desk, KeepingDesk)]
        return [exchange for desk in kept for exchange in desk.exchanges]
