"""The one answer to a message, as an AgencyReceipt; agency, number and time are added where it is written."""

from google.protobuf.any_pb2 import Any
from google.protobuf.message import Message

from huiyin.exchange.v1 import types_pb2 as types
from huiyin.exchange.v1.types_pb2 import AgencyReceipt
from huiyin_domain.refusal import Refusal

_PREFIX = "type.googleapis.com/"


def accepted(message_id: str, response: Message) -> AgencyReceipt:
    """The command was carried out. Whether it was the first try that did so is nobody's business."""
    response.receipt.repeated = False  # type: ignore[attr-defined] # every command's response has one
    receipt = AgencyReceipt(message_id=message_id, status=types.RECEIPT_STATUS_ACCEPTED)
    receipt.receipt.CopyFrom(response.receipt)  # type: ignore[attr-defined] # the same
    packed = Any(type_url=_PREFIX + response.DESCRIPTOR.full_name, value=response.SerializeToString())
    receipt.response.CopyFrom(packed)
    return receipt


def refused(message_id: str, refusal: Refusal) -> AgencyReceipt:
    """The command was refused; nothing happened."""
    return _not_done(message_id, types.RECEIPT_STATUS_REFUSED, refusal)


def unreadable(message_id: str, cause: Refusal) -> AgencyReceipt:
    """There was nothing to carry out."""
    return _not_done(message_id, types.RECEIPT_STATUS_UNREADABLE, cause)


def failed(message_id: str, cause: Refusal) -> AgencyReceipt:
    """The platform could not find out what to answer; the case's own events say whether anything happened."""
    return _not_done(message_id, types.RECEIPT_STATUS_FAILED, cause)


def _not_done(message_id: str, status: types.ReceiptStatus.ValueType, refusal: Refusal) -> AgencyReceipt:
    return AgencyReceipt(
        message_id=message_id,
        status=status,
        reason=refusal.reason,
        explanation=refusal.message,
        facts=refusal.facts,
    )
