"""Commands of agencies carried to the service that they are for, and what can come of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc import StatusCode, aio

from huiyin.intake.v1 import service_pb2 as intake
from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin.reception.v1 import service_pb2 as reception
from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin_domain.exchange.message import Order
from huiyin_domain.exchange.policy import COMMANDS, OWNERS
from huiyin_domain.refusal import Kind, Refusal
from huiyin_kernel.identity.authenticate import OFFICER, ON_BEHALF_OF
from huiyin_kernel.rpc.errors import DOMAIN, error_info

_REFUSED = {
    StatusCode.INVALID_ARGUMENT: Kind.INVALID,
    StatusCode.FAILED_PRECONDITION: Kind.STATE,
    StatusCode.ABORTED: Kind.STALE,
    StatusCode.PERMISSION_DENIED: Kind.FORBIDDEN,
    StatusCode.NOT_FOUND: Kind.MISSING,
}
_AGAIN = frozenset({"TOO_MANY_CONFLICTS"})
_REUSED, _BROKEN = "REQUEST_ID_REUSED", "INTERNAL"


@dataclass(frozen=True, slots=True)
class Done:
    """The command was carried out, now or before."""

    response: Message


@dataclass(frozen=True, slots=True)
class Refused:
    """The service decided against it."""

    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Reused:
    """Another command took effect under this request id."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The service says that it failed at this command; whether before or after it took effect is open."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer, or one that decides nothing: to be asked again."""

    why: str


Outcome = Done | Refused | Reused | Broken | Unknown


def outcome_of(error: aio.AioRpcError) -> Outcome:
    """What a failed call means. A status without our own ErrorInfo says nothing about the command."""
    info, code = error_info(error), error.code()
    why = f"{code.name} {error.details() or ''}".strip()
    if info is None or info.domain != DOMAIN:
        return Unknown(why)
    if info.reason == _REUSED:
        return Reused()
    if info.reason == _BROKEN:
        return Broken()
    if code not in _REFUSED or info.reason in _AGAIN:
        return Unknown(why)
    message = (error.details() or "").removeprefix(f"{info.reason}: ")
    return Refused(Refusal(_REFUSED[code], info.reason, message, dict(info.metadata)))


@dataclass(frozen=True, slots=True)
class _Rpc:
    """The method that a command is."""

    path: str
    response: type[Message]


def _rpcs() -> Mapping[str, _Rpc]:
    methods = [
        (f"/{service.full_name}/{method.name}", method)
        for contract in (intake, judicial, reception, supervision)
        for service in contract.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    ]
    return {
        method.input_type.full_name: _Rpc(path, GetMessageClass(method.output_type))
        for path, method in methods
        if method.input_type.full_name in COMMANDS
    }


_RPCS = _rpcs()


class Carrier:
    """Calls the owning services as the exchange, over their channels by name."""

    def __init__(self, channels: Mapping[str, aio.Channel]) -> None:
        self._calls: Mapping[str, Any] = {
            name: channels[service].unary_unary(_RPCS[name].path, None, None)
            for name, service in OWNERS.items()
        }

    async def carry(self, agency: str, order: Order, request_id: str, seconds: float) -> Outcome:
        """One try. The same order gives the same bytes under the same request id, whenever it is tried."""
        order.command.info.request_id = request_id  # type: ignore[attr-defined] # every command has info
        name = order.command.DESCRIPTOR.full_name
        raw = order.command.SerializeToString(deterministic=True)
        try:
            answer = await self._calls[name](raw, metadata=_metadata(agency, order.officer), timeout=seconds)
        except aio.AioRpcError as error:
            return outcome_of(error)
        return Done(_RPCS[name].response.FromString(answer))


def _metadata(agency: str, officer: str) -> tuple[tuple[str, str | bytes], ...]:
    on_behalf = ((ON_BEHALF_OF, agency),)
    return (*on_behalf, (OFFICER, officer.encode())) if officer else on_behalf
