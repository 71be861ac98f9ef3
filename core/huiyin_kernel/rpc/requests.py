"""Requests from bytes: identity of a command, pages of lists; what is checked before anything is decided."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

from google.protobuf.message import DecodeError, Message

from huiyin.common.v1.types_pb2 import Cause, CommandInfo, Entry
from huiyin_domain.context import Principal, timely
from huiyin_domain.refusal import Refusal, invalid
from huiyin_kernel.codec import instant
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.form import faults
from huiyin_kernel.settings import RuntimeLimits

MessageT = TypeVar("MessageT", bound=Message)

CAUSES_MAX = 100
"""Streams that a caller may name as the causes of one command, beside what the service has seen for it."""


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Bounds on a request: its bytes, and the characters of a text in it that is not sealed."""

    bytes_max: int
    text_characters_max: int


@dataclass(frozen=True, slots=True)
class Call:
    """One command call: who sends what, under which request id of whose, when, and how it is entered."""

    principal: Principal
    method: str
    scope: str
    request_id: UUID
    occurred: datetime
    now: datetime
    correlation_id: str
    causation_id: str
    causes: tuple[Cause, ...]
    fingerprint: bytes
    entry: Entry = field(default_factory=timely)


class Sender(Protocol):
    """Who sends: a principal, or an actor of the record."""

    @property
    def agency(self) -> str: ...
    @property
    def on_behalf_of(self) -> str: ...


def scope_of(sender: Sender) -> str:
    """In which a caller's request ids are names: its own, and apart from that what it sends for each other.

    The platform's bookkeeping has a scope of its own (BOOKKEEPING), which this never gives.
    """
    return f"caller/{sender.agency}/{sender.on_behalf_of}"


def parse(request_type: type[MessageT], raw: bytes, limits: RequestLimits) -> MessageT:
    """The request, if its form is sound. Raises RefusedError."""
    if len(raw) > limits.bytes_max:
        message = f"the request has {len(raw)} bytes, more than {limits.bytes_max}: send less, or in parts"
        raise RefusedError(invalid("REQUEST_TOO_LARGE", message, limit=str(limits.bytes_max)))
    try:
        request = request_type.FromString(raw)
    except DecodeError as error:
        message = f"the bytes are not a {request_type.DESCRIPTOR.full_name} (texts must be UTF-8)"
        raise RefusedError(invalid("MALFORMED_REQUEST", message)) from error
    check_form(request, limits.text_characters_max)
    return request


def check_form(request: Message, text_characters_max: int) -> None:
    """Raises RefusedError with the first fault of form. Commands in a batch are checked one by one."""
    for refusal in faults(request, text_characters_max):
        raise RefusedError(refusal)


def command_info(
    info: CommandInfo, now: datetime, tolerance: timedelta, seen: int = 0
) -> tuple[UUID, datetime]:
    """Request id and time of occurrence of a command. Raises RefusedError.

    `seen` causes are the service's own: of a meeting, one for each case of its agenda.
    """
    if not info.request_id:
        message = "info.request_id is missing: make a UUID and keep it for retries"
        raise RefusedError(invalid("REQUEST_ID_REQUIRED", message, field="info.request_id"))
    occurred = instant(info.occurred_time) if info.HasField("occurred_time") else now
    if occurred > now + tolerance:
        message = f"info.occurred_time {occurred.isoformat()} lies in the future: record what has happened"
        raise RefusedError(invalid("OCCURRED_IN_FUTURE", message, field="info.occurred_time"))
    if refusal := _causes_fault(info.causes, CAUSES_MAX + seen):
        raise RefusedError(refusal)
    return UUID(info.request_id), occurred


def _causes_fault(causes: Sequence[Cause], maximum: int) -> Refusal | None:
    """Causes stand in the log for ever, and followers wait for them: each must be able to exist."""
    if len(causes) > maximum:
        message = f"info.causes has {len(causes)} entries, at most {maximum} are taken: name the latest"
        return invalid("TOO_MANY_CAUSES", message, field="info.causes", limit=str(maximum))
    for number, cause in enumerate(causes):
        if not cause.stream or not cause.log or cause.version < 1:
            field = f"info.causes[{number}]"
            message = f"{field} needs a stream, its log and a version from 1 on: copy them from what you read"
            return invalid("MALFORMED_CAUSE", message, field=field)
    return None


class PagePlace(NamedTuple):
    """The last entry of a page; the next page begins after it."""

    time: datetime
    identifier: str


def page_size(asked: int, limits: RuntimeLimits) -> int:
    """How many entries a page has. Raises RefusedError."""
    if 0 <= asked <= limits.page_size_max:
        return asked or limits.page_size_default
    message = (
        f"page_size {asked} is not between 0 and {limits.page_size_max}: ask for that many, page by page"
    )
    limit = str(limits.page_size_max)
    raise RefusedError(invalid("PAGE_SIZE_OUT_OF_BOUNDS", message, field="page_size", limit=limit))


def page_token(of_list: str, last: PagePlace) -> str:
    """Where the next page of a list begins, opaque to clients."""
    text = f"{of_list}|{last.time.isoformat()}|{last.identifier}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def place_of(token: str, of_list: str) -> PagePlace:
    """The place in a token. Raises RefusedError when it is malformed or of another list."""
    try:
        named, time, identifier = base64.urlsafe_b64decode(token.encode()).decode().split("|")
        place = PagePlace(datetime.fromisoformat(time), identifier)
    except (ValueError, binascii.Error, UnicodeError) as error:
        raise RefusedError(_malformed()) from error
    if named != of_list or place.time.tzinfo is None or not identifier.isprintable():
        raise RefusedError(_malformed())
    return place


def _malformed() -> Refusal:
    message = "the page token is malformed: use one from an earlier response of this list, unchanged"
    return invalid("MALFORMED_PAGE_TOKEN", message, field="page_token")
