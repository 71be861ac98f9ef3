"""What can go wrong, each with what to do about it.

HuiyinError
├── CallError             a call was refused; `reason` is stable, `facts` help to act
├── NoAnswerError         nobody answered in time: the message stays in the journal
└── MessageIdReusedError  the id belongs to another message, whose receipt is in `receipt`
"""

from collections.abc import Mapping
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2

from huiyin.exchange.v1.types_pb2 import AgencyReceipt

_DETAILS = "grpc-status-details-bin"


class HuiyinError(Exception):
    """Something that this package raises."""


class CallError(HuiyinError):
    """A call was refused."""

    def __init__(self, code: str, reason: str, message: str, facts: Mapping[str, str]) -> None:
        super().__init__(message or code)
        self.code, self.reason, self.facts = code, reason, dict(facts)


class NoAnswerError(HuiyinError):
    """Nobody answered in time."""


class MessageIdReusedError(HuiyinError):
    """The message id was used for another message before."""

    def __init__(self, receipt: AgencyReceipt) -> None:
        super().__init__(f"message id {receipt.message_id} belongs to another message: make a new one")
        self.receipt = receipt


def call_error(error: grpc.RpcError) -> CallError:
    """The refusal in a failed call."""
    call: Any = error  # grpc raises calls, which its stubs do not say
    for key, value in call.trailing_metadata() or ():
        if key == _DETAILS:
            for detail in status_pb2.Status.FromString(value).details:
                info = error_details_pb2.ErrorInfo()
                if detail.Unpack(info):
                    return CallError(call.code().name, info.reason, call.details() or "", info.metadata)
    return CallError(call.code().name, "", call.details() or "", {})


def is_passing(error: grpc.RpcError) -> bool:
    """Whether the same call may succeed in a moment."""
    call: Any = error
    return call.code() in (
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
    )
