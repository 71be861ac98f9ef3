"""Has a command carried out: tries until it is known what became of it, and believes no refusal too early."""

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

from huiyin.exchange.v1.types_pb2 import AgencyReceipt
from huiyin_domain.exchange import message as answers
from huiyin_domain.exchange.message import Order
from huiyin_domain.refusal import Refusal, invalid
from huiyin_exchange.carrying import Broken, Carrier, Done, Outcome, Refused, Reused, Unknown
from huiyin_exchange.receipts import Receipts
from huiyin_kernel.ids import published_request
from huiyin_kernel.rpc.errors import StoppingError
from huiyin_kernel.telemetry import metrics
from huiyin_store.lease import Lease

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
_REUSED = invalid(
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

    async def until_known(self, agency: str, message_id: str, order: Order, channel: str) -> Tried:
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
        self, agency: str, message_id: str, order: Order, request_id: str
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
            return Tried(answers.failed(message_id, _REUSED), _REUSED, attempt)
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
