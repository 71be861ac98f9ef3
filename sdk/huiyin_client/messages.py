"""Messages and what comes back, and the way they go: Kafka and gRPC do the same."""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol
from uuid import UUID, uuid4, uuid5

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.exchange.v1.types_pb2 import RECEIPT_STATUS_ACCEPTED, AgencyMessage, AgencyReceipt
from huiyin.timeline.v1.types_pb2 import CaseEvent


class Passed(NamedTuple):
    """An entry and the place behind it; no entry: only the place has moved."""

    entry: CaseEvent | None
    place: str


class Link(Protocol):
    """One of the two ways."""

    name: str

    def publish(self, message: AgencyMessage, seconds: float) -> AgencyReceipt:
        """The message's receipt. Raises NoAnswerError when there is none in time, MessageIdReusedError."""
        ...

    def cases(self, place: str, *, follow: bool) -> Iterator[Passed]:
        """Entries behind a place; without `follow` only those that are there now."""
        ...

    def receipts(self, after: int, *, follow: bool) -> Iterator[AgencyReceipt]:
        """Receipts with higher numbers, in order; without `follow` only those that are there now."""
        ...

    def close(self) -> None:
        """Gives up its connections."""
        ...


def new_message(command: Message, officer: str = "", because: CaseEvent | None = None) -> AgencyMessage:
    """A message with an identity of its own, to be kept: who sends it again sends it unchanged.

    `command` is the request of a command such as AcceptPetitionRequest; `officer` is who acted, by the
    agency's own identifier. When the act happened earlier, set command.info.occurred_time before. `because`
    is the event that this answers: the same answer to it then has the same identity, and happens once.
    """
    packed = Packed()
    packed.Pack(command, deterministic=True)
    message_id = uuid4()
    if because is not None:
        message_id = uuid5(UUID(because.case_id), f"{because.number}/{packed.type_url}")
    return AgencyMessage(message_id=str(message_id), command=packed, sent_time=_now(), officer=officer)


def is_accepted(receipt: AgencyReceipt) -> bool:
    """Whether the command was carried out. If not, `reason`, `explanation` and `facts` say why."""
    return receipt.status == RECEIPT_STATUS_ACCEPTED


def response_of(receipt: AgencyReceipt) -> Message | None:
    """The command's whole answer, such as an AcceptPetitionResponse; None when it was not accepted."""
    return unpacked(receipt.response) if receipt.HasField("response") else None


def event_of(entry: CaseEvent) -> Message:
    """What happened, as its own message, such as huiyin.intake.v1.PetitionHandedOver."""
    return unpacked(entry.event.payload)


def unpacked(packed: Any) -> Message:
    """What an Any holds, as its own message."""
    name = packed.type_url.rpartition("/")[2]
    found = message_factory.GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(name))
    return found.FromString(packed.value)


def _now() -> Timestamp:
    return Timestamp(seconds=int(time.time()))
