"""From a message to its one receipt: in the order of each agency, over crashes and outages."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from huiyin.exchange.v1.types_pb2 import AgencyMessage, AgencyReceipt, ReceiptStatus
from huiyin_domain.exchange import message as answers
from huiyin_domain.exchange.message import CarriedCommand, Unreadable, content, identity_fault, read
from huiyin_domain.refusal import Refusal, invalid
from huiyin_exchange.carried_commands import Trying
from huiyin_exchange.letters import Buried, TopicCursor
from huiyin_exchange.receipts import Given, Receipts
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.traces import span

Mark = Callable[[str, bytes], bytes]
"""Recognises what an agency sent, without keeping it."""

_FAILED = "the exchange failed at this message several times over; its operators are told. Look at the case"
_REUSED = invalid(
    "MESSAGE_ID_REUSED",
    "this message id was used for another message, whose receipt stands: send it under an id of its own",
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What an agency sent, as it came; the cursor moves past it with its receipt. Channel: kafka or grpc."""

    agency: str
    raw: bytes
    source: str
    channel: str
    cursor: TopicCursor | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The receipt of the message's id. `reused`: the id belongs to another message, and nothing happened."""

    receipt: AgencyReceipt
    reused: bool = False


@dataclass(frozen=True, slots=True)
class _Decided:
    """A receipt to be given, and why the message is put aside besides, if it is."""

    receipt: AgencyReceipt
    buried: Refusal | None = None
    attempts: int = 1


class Answering:
    """Answers messages; those of one agency one after the other, those of different agencies side by side."""

    def __init__(self, receipts: Receipts, trying: Trying, mark: Mark, tell: Callable[[str], None]) -> None:
        self._receipts, self._trying, self._mark, self._tell = receipts, trying, mark, tell
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def answer(self, arrival: Arrival) -> Answer:
        """The one receipt, whatever it takes. Raises StoppingError or LeaseLostError: it is yet to come."""
        begun = time.perf_counter()
        metrics.EXCHANGE_MESSAGES.labels(arrival.channel).inc()
        with metrics.EXCHANGE_IN_FLIGHT.labels(arrival.channel).track_inprogress():
            async with self._turns[arrival.agency]:
                answer = await self._answer(arrival, _decoded(arrival.raw))
        metrics.EXCHANGE_SECONDS.labels(arrival.channel).observe(time.perf_counter() - begun)
        return answer

    async def give_up(self, arrival: Arrival, attempts: int, error: Exception) -> Answer:
        """Puts aside what this process fails at itself, so that the agency's later messages need not wait."""
        message = _decoded(arrival.raw)
        cause = invalid("EXCHANGE_FAILED", f"{_FAILED}: {type(error).__name__}")
        message_id, command, mark = "", "", self._mark(arrival.agency, arrival.raw)
        if isinstance(message, AgencyMessage):
            message_id, command = message.message_id, _command(message)
            mark = self._mark(arrival.agency, content(message))
        decided = _Decided(answers.failed(message_id, cause), cause, attempts)
        async with self._turns[arrival.agency]:
            return await self._give(arrival, mark, command, decided)

    async def _answer(self, arrival: Arrival, message: AgencyMessage | Unreadable) -> Answer:
        if isinstance(message, Unreadable):
            mark = self._mark(arrival.agency, arrival.raw)
            return await self._give(arrival, mark, "", _unreadable("", message))
        mark = self._mark(arrival.agency, content(message))
        if first := await self._receipts.find(arrival.agency, message.message_id):
            return await self._again(arrival, message, first, mark)
        with span("exchange message", message.trace_parent, "consumer", agency=arrival.agency):
            decided = await self._decide(arrival, message)
        return await self._give(arrival, mark, _command(message), decided)

    async def _again(self, arrival: Arrival, message: AgencyMessage, first: Given, mark: bytes) -> Answer:
        """The first receipt stands; what was sent under its id since then is put aside if it differs."""
        reused = mark != first.mark
        buried = Buried(arrival.agency, mark, _command(message), _REUSED, 1, arrival.cursor)
        await self._receipts.pass_over(arrival.cursor, buried if reused else None)
        return Answer(first.receipt, reused)

    async def _decide(self, arrival: Arrival, message: AgencyMessage) -> _Decided:
        match read(message):
            case Unreadable() as unreadable:
                return _unreadable(message.message_id, unreadable)
            case Refusal() as refusal:
                return _Decided(answers.refused(message.message_id, refusal))
            case CarriedCommand() as order:
                known = self._trying.until_known(arrival.agency, message.message_id, order, arrival.channel)
                tried = await known
                return _Decided(tried.receipt, tried.buried, tried.attempts)

    async def _give(self, arrival: Arrival, mark: bytes, command: str, decided: _Decided) -> Answer:
        decided.receipt.source = arrival.source
        buried = None
        if decided.buried is not None:
            where = arrival.cursor
            buried = Buried(arrival.agency, mark, command, decided.buried, decided.attempts, where)
        given = await self._receipts.give(arrival.agency, decided.receipt, mark, arrival.cursor, buried)
        metrics.EXCHANGE_RECEIPTS.labels(_status(given.receipt)).inc()
        self._tell(arrival.agency)
        return Answer(given.receipt)


def _decoded(raw: bytes) -> AgencyMessage | Unreadable:
    try:
        message = AgencyMessage.FromString(raw)
    except DecodeError:
        text = "the bytes are no huiyin.exchange.v1.AgencyMessage (texts must be UTF-8): send it mended"
        return Unreadable(invalid("MALFORMED_MESSAGE", text))
    return identity_fault(message) or message


def _unreadable(message_id: str, unreadable: Unreadable) -> _Decided:
    return _Decided(answers.unreadable(message_id, unreadable.cause), unreadable.cause)


def _command(message: AgencyMessage) -> str:
    return message.command.type_url.rpartition("/")[2][:200]


def _status(receipt: AgencyReceipt) -> str:
    return ReceiptStatus.Name(receipt.status).removeprefix("RECEIPT_STATUS_")
