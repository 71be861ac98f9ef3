"""Commands of agencies carried to the service they are for: tried until it is known what became of them."""

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc import StatusCode, aio

from huiyin.exchange.v1.types_pb2 import AgencyReceipt
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin.reception.v1 import service_pb2 as reception
from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin_domain.exchange import message as answers
from huiyin_domain.exchange.message import CarriedCommand
from huiyin_domain.exchange.policy import COMMANDS, OWNERS
from huiyin_domain.refusal import Kind, Refusal, invalid
from huiyin_exchange.receipts import Receipts
from huiyin_kernel.identity.authenticate import OFFICER, ON_BEHALF_OF
from huiyin_kernel.ids import published_request
from huiyin_kernel.rpc.errors import DOMAIN, StoppingError, error_info
from huiyin_kernel.telemetry import metrics
from huiyin_store.lease import Lease

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

    async def carry(self, agency: str, order: CarriedCommand, request_id: str, seconds: float) -> Outcome:
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


log = logging.getLogger(__name__)

CALL_SECONDS_MAX = 5.0
"""How long one try may take."""
SETTLE_SECONDS = 5.0
"""How long after its try a command without an answer may take effect: as long as a statement may run."""
RETRY_SECONDS_FIRST, RETRY_SECONDS_MAX = 0.1, 10.0
LEASE_SECONDS_MIN = 0.5
"""A try is not begun with less time than this."""
BROKEN_MAX = 8
"""Times that an owning service may say that it failed at a command, before the message is put aside."""

_FAILED = invalid(
    "COMMAND_FAILED",
    "the platform failed at this command several times over; its operators are told. Look at the case: if "
    "nothing happened, send it again under a new message id",
)
_TAKEN = invalid(
    "MESSAGE_ID_REUSED",
    "another command took effect under this message id, before its receipt could be given: look at the case",
)


@dataclass(frozen=True, slots=True)
class Tried:
    """What to answer, and why the message is put aside besides, if it is."""

    receipt: AgencyReceipt
    buried: Refusal | None
    attempts: int


class Trying:
    """Tries commands, while this process holds the lease."""

    def __init__(self, receipts: Receipts, carrier: Carrier, lease: Lease, stopping: asyncio.Event) -> None:
        self._receipts, self._carrier, self._lease, self._stopping = receipts, carrier, lease, stopping

    async def until_known(self, agency: str, message_id: str, order: CarriedCommand, channel: str) -> Tried:
        """What became of the order. Raises StoppingError when the process ends before that is known."""
        request_id = str(published_request(agency, message_id))
        certain, wait, broken = 0.0, RETRY_SECONDS_FIRST, 0
        for attempt in count(1):
            outcome, doubt = await self._once(agency, message_id, order, request_id)
            if attempt == 1 and doubt:
                certain = time.monotonic() + doubt
            broken += isinstance(outcome, Broken)
            if tried := _decided(message_id, outcome, attempt, broken, time.monotonic() >= certain):
                return tried
            metrics.EXCHANGE_RETRIES.labels(channel).inc()
            _note(agency, message_id, outcome)
            if isinstance(outcome, Refused):
                await self._rest(certain - time.monotonic())
                continue
            certain = time.monotonic() + SETTLE_SECONDS
            await self._rest(wait)
            wait = min(wait * 2, RETRY_SECONDS_MAX)
        raise AssertionError("unreachable")

    async def _once(
        self, agency: str, message_id: str, order: CarriedCommand, request_id: str
    ) -> tuple[Outcome, float]:
        """One try, which ends before the lease does; and for how long one before it can take effect."""
        while self._lease.seconds_left < LEASE_SECONDS_MIN:
            await self._rest(RETRY_SECONDS_FIRST)
        ends = time.monotonic() + min(CALL_SECONDS_MAX, self._lease.seconds_left)
        doubt = await self._receipts.attempt(agency, message_id, CALL_SECONDS_MAX + SETTLE_SECONDS)
        return await self._carrier.carry(agency, order, request_id, ends - time.monotonic()), doubt

    async def _rest(self, seconds: float) -> None:
        """Waits so long. Raises StoppingError when the process ends meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0.0)):
                await self._stopping.wait()
        if self._stopping.is_set():
            raise StoppingError


def _decided(message_id: str, outcome: Outcome, attempt: int, broken: int, certain: bool) -> Tried | None:
    """What to answer, if that is known. A refusal counts when no earlier try can take effect any more."""
    match outcome:
        case Done(response):
            return Tried(answers.accepted(message_id, response), None, attempt)
        case Refused(refusal) if certain:
            return Tried(answers.refused(message_id, refusal), None, attempt)
        case Reused():
            return Tried(answers.failed(message_id, _TAKEN), _TAKEN, attempt)
        case Broken() if broken >= BROKEN_MAX:
            return Tried(answers.failed(message_id, _FAILED), _FAILED, attempt)
        case _:
            return None


def _note(agency: str, message_id: str, outcome: Outcome) -> None:
    match outcome:
        case Unknown(why):
            log.warning("message %s of %s: no answer: %s; asking again", message_id, agency, why)
        case Broken():
            log.error("message %s of %s: the owning service failed at it; asking again", message_id, agency)
        case _:
            log.info("message %s of %s: refused, while an earlier try may be under way", message_id, agency)
