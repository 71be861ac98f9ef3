"""What is checked of every request before anything is decided: size, form, enums, identifiers, times."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.common.v1.types_pb2 import Cause, CommandInfo
from huiyin_domain.principal import Principal
from huiyin_domain.refusal import Refusal, invalid
from huiyin_kernel.codec import instant
from huiyin_kernel.rpc.errors import RefusedError

MessageT = TypeVar("MessageT", bound=Message)

# Identifiers that are not UUIDs: a clock is a rule and its starting event.
_NOT_UUIDS = frozenset({"clock_id"})


@dataclass(frozen=True, slots=True)
class Call:
    """One command call: who sends what, under which request id, and when it happened."""

    principal: Principal
    method: str
    request_id: UUID
    occurred: datetime
    now: datetime
    correlation_id: str
    causation_id: str
    causes: tuple[Cause, ...]
    fingerprint: bytes


def parse(request_type: type[MessageT], raw: bytes, size_max: int) -> MessageT:
    """The request, if its form is sound. Raises RefusedError."""
    if len(raw) > size_max:
        message = f"the request has {len(raw)} bytes, more than {size_max}: send less, or in parts"
        raise RefusedError(invalid("REQUEST_TOO_LARGE", message, limit=str(size_max)))
    try:
        request = request_type.FromString(raw)
    except DecodeError as error:
        message = f"the bytes are not a {request_type.DESCRIPTOR.full_name} (texts must be UTF-8)"
        raise RefusedError(invalid("MALFORMED_REQUEST", message)) from error
    for refusal in _faults(request, ""):
        raise RefusedError(refusal)
    return request


def command_info(info: CommandInfo, now: datetime, tolerance: timedelta) -> tuple[UUID, datetime]:
    """Request id and time of occurrence of a command. Raises RefusedError."""
    if not info.request_id:
        message = "info.request_id is missing: make a UUID and keep it for retries"
        raise RefusedError(invalid("REQUEST_ID_REQUIRED", message, field="info.request_id"))
    occurred = instant(info.occurred_time) if info.HasField("occurred_time") else now
    if occurred > now + tolerance:
        message = f"info.occurred_time {occurred.isoformat()} lies in the future: record what has happened"
        raise RefusedError(invalid("OCCURRED_IN_FUTURE", message, field="info.occurred_time"))
    return UUID(info.request_id), occurred


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which fields of a message type need a look."""

    enums: tuple[FieldDescriptor, ...]
    identifiers: tuple[FieldDescriptor, ...]
    timestamps: tuple[FieldDescriptor, ...]
    messages: tuple[FieldDescriptor, ...]


@lru_cache(maxsize=512)
def _plan(descriptor: Descriptor) -> _Plan:
    fields = list(descriptor.fields)
    messages = [field for field in fields if field.message_type is not None]
    stamps = [field for field in messages if field.message_type is Timestamp.DESCRIPTOR]
    return _Plan(
        enums=tuple(field for field in fields if field.enum_type is not None),
        identifiers=tuple(field for field in fields if _is_identifier(field)),
        timestamps=tuple(stamps),
        messages=tuple(field for field in messages if field not in stamps),
    )


def _is_identifier(field: FieldDescriptor) -> bool:
    name = field.name
    named = name.endswith(("_id", "_ids"))
    return named and name not in _NOT_UUIDS and field.type == FieldDescriptor.TYPE_STRING


def _faults(message: Message, path: str) -> Iterator[Refusal]:
    plan = _plan(message.DESCRIPTOR)
    for field in plan.enums:
        yield from _enum_faults(field, _values(message, field), path)
    for field in plan.identifiers:
        yield from _identifier_faults(field, _values(message, field), path)
    for field in plan.timestamps:
        if message.HasField(field.name):
            yield from _timestamp_faults(getattr(message, field.name), path + field.name)
    for field in plan.messages:
        for part in _values(message, field):
            yield from _faults(part, f"{path}{field.name}.")


def _values(message: Message, field: FieldDescriptor) -> list[Any]:
    if field.is_repeated:
        return list(getattr(message, field.name))
    if field.message_type is not None and not message.HasField(field.name):
        return []
    return [getattr(message, field.name)]


def _enum_faults(field: FieldDescriptor, values: list[int], path: str) -> Iterator[Refusal]:
    enum = field.enum_type
    assert enum is not None
    for value in values:
        if value not in enum.values_by_number:
            allowed = ",".join(entry.name for entry in enum.values)
            text = f"{path}{field.name} has the unknown value {value}: use one of {allowed}"
            yield invalid("UNKNOWN_ENUM_VALUE", text, field=path + field.name, allowed=allowed)


def _identifier_faults(field: FieldDescriptor, values: list[str], path: str) -> Iterator[Refusal]:
    for value in values:
        if value and not _is_uuid(value):
            text = f"{path}{field.name} is not a UUID such as 0192c3a4-7b1e-7def-8abc-0123456789ab"
            yield invalid("MALFORMED_IDENTIFIER", text, field=path + field.name)


def _timestamp_faults(stamp: Any, path: str) -> Iterator[Refusal]:
    try:
        instant(stamp)
    except (ValueError, OverflowError):
        yield invalid("MALFORMED_TIME", f"{path} is not a time between the years 1 and 9999", field=path)


def _is_uuid(text: str) -> bool:
    """Only the canonical form: identifiers become stream names, where one thing has one name."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
