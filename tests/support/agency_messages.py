"""Messages as an agency's system makes them, and what comes back."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.message import Message

from huiyin.exchange.v1 import types_pb2 as types
from huiyin.exchange.v1.service_pb2 import (
    PublishMessagesRequest,
    PublishMessagesResponse,
    SubscribeReceiptsRequest,
)
from huiyin.exchange.v1.types_pb2 import AgencyMessage, AgencyReceipt
from huiyin.intake.v1 import service_pb2 as intake
from huiyin_cli.client import Client
from huiyin_kernel.ids import uuid7

SECONDS = 30.0


def message(command: Message, officer: str = "officer-01", **fields: Any) -> AgencyMessage:
    """A message with an identity of its own unless given."""
    packed = Packed()
    packed.Pack(command)
    return AgencyMessage(**{"message_id": str(uuid7()), "command": packed, "officer": officer, **fields})


def accepting(case_id: str, epoch: int = 1, **fields: Any) -> AgencyMessage:
    """An agency's officer took the case in hand."""
    return message(intake.AcceptPetitionRequest(case_id=case_id, epoch=epoch), **fields)


async def published(client: Client, *messages: AgencyMessage) -> list[PublishMessagesResponse]:
    """What comes back for messages sent in one stream."""

    async def requests() -> AsyncIterator[PublishMessagesRequest]:
        for each in messages:
            yield PublishMessagesRequest(message=each)

    return [answer async for answer in client.exchange.PublishMessages(requests(), timeout=SECONDS)]


async def receipt(client: Client, sent: AgencyMessage) -> AgencyReceipt:
    """The receipt of one message."""
    (answer,) = await published(client, sent)
    assert not answer.message_id_reused
    found: AgencyReceipt = answer.receipt
    return found


async def receipts(client: Client, after: int = 0) -> list[AgencyReceipt]:
    """All receipts of the caller's agency from a number on."""
    request = SubscribeReceiptsRequest(after_number=after, until_caught_up=True)
    stream = client.exchange.SubscribeReceipts(request, timeout=SECONDS)
    return [item.receipt async for item in stream if item.HasField("receipt")]


def statuses(found: Sequence[AgencyReceipt]) -> list[str]:
    """What became of messages, without the prefix."""
    return [types.ReceiptStatus.Name(one.status).removeprefix("RECEIPT_STATUS_") for one in found]
