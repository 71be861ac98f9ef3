"""Takes a command to the service that owns it, for the agency that published it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc import aio

from huiyin.intake.v1 import service_pb2 as intake
from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin.reception.v1 import service_pb2 as reception
from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin_domain.exchange.message import Order
from huiyin_domain.exchange.policy import COMMANDS, OWNERS
from huiyin_exchange.outcomes import Done, Outcome, outcome_of
from huiyin_kernel.identity.authenticate import OFFICER, ON_BEHALF_OF


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
