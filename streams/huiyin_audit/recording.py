"""Recording calls: what a caller notes of a command before it is sent and when it is answered."""

from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Receipt
from huiyin_audit.history import Call

_LEFT_OUT = frozenset({"receipt", "query_code", "fields"})
"""Compared itself, or left alone: a code or a person could be guessed from a hash of it."""


def invoked(method: str, request: Any, now: datetime) -> Call:
    """A command about to be sent; record it even if no answer comes."""
    case_id, epoch = getattr(request, "case_id", ""), getattr(request, "epoch", 0)
    return Call(request.info.request_id, method, now, case_id=case_id, epoch=epoch)


def answered(call: Call, response: Message, now: datetime) -> Call:
    """The call with its answer OK: the receipt, a mark of the rest, and the case when that is new."""
    rest = type(response)()
    rest.CopyFrom(response)
    for name in _LEFT_OUT.intersection(rest.DESCRIPTOR.fields_by_name):
        rest.ClearField(name)
    receipt: Receipt | None = getattr(response, "receipt", None)
    mark = sha256(rest.SerializeToString(deterministic=True)).digest()
    case_id = getattr(response, "case_id", "") or call.case_id
    return replace(call, answered=now, status="OK", receipt=receipt, answer_mark=mark, case_id=case_id)


def failed(call: Call, status: str, now: datetime) -> Call:
    """The call with a gRPC status other than OK, such as FAILED_PRECONDITION or UNAVAILABLE."""
    return replace(call, answered=now, status=status)
