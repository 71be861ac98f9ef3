"""The form of a request, field by field: enums, identifiers, texts and times, however deep they stand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.common.v1.form_pb2 import (
    FORM_CLOCK,
    FORM_IDENTIFIER,
    FORM_LOG,
    FORM_ORGANISATION,
    FORM_STREAM,
)
from huiyin.common.v1.types_pb2 import Clear
from huiyin_domain.checks import form_of, is_taken_as_written
from huiyin_domain.dates import is_within
from huiyin_domain.refusal import Refusal, invalid

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NAMES = {
    FORM_CLOCK: (
        re.compile(rf"[A-Z0-9_.\-]{{1,40}}:{_UUID}(?::{_UUID}:[0-9A-Z]{{18}})?"),
        "a rule and its starting event",
    ),
    FORM_STREAM: (re.compile(rf"[a-z]{{1,20}}-(?:{_UUID}|[0-9A-Z]{{18}})"), "such as petition-0192c3a4-…"),
    FORM_LOG: (re.compile(r"[a-z]{1,20}@\d{6}"), "such as intake@990000"),
}
"""Names that are not UUIDs: they stand in the log in clear, where nobody's words may stand."""
_ORGANISATION = re.compile(r"[0-9A-Za-z_\-]{1,40}")
"""Whether there is such an organisation is asked later; here, that words are none."""
_EXAMPLE = "0192c3a4-7b1e-7def-8abc-0123456789ab"


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which fields of a message type need a look."""

    enums: tuple[FieldDescriptor, ...]
    identifiers: tuple[FieldDescriptor, ...]
    names: tuple[FieldDescriptor, ...]
    texts: tuple[FieldDescriptor, ...]
    organisations: tuple[FieldDescriptor, ...]
    timestamps: tuple[FieldDescriptor, ...]
    messages: tuple[FieldDescriptor, ...]


def faults(message: Message, text_max: int, path: str = "") -> Iterator[Refusal]:
    """What is wrong with the form of a message and of the messages in it; `text_max` counts characters."""
    plan = _plan(message.DESCRIPTOR)
    for field in plan.enums:
        yield from _enum_faults(field, _values(message, field), path)
    for field in plan.identifiers:
        yield from _identifier_faults(field, _values(message, field), path)
    for field in plan.names:
        yield from _name_faults(field, _values(message, field), path)
    for field in plan.texts:
        yield from _text_faults(path + field.name, _values(message, field), text_max)
    for field in plan.organisations:
        yield from _organisation_faults(path + field.name, _values(message, field))
    for field in plan.timestamps:
        if message.HasField(field.name):
            yield from _timestamp_faults(getattr(message, field.name), path + field.name)
    for field in plan.messages:
        for number, part in enumerate(_values(message, field)):
            place = f"{field.name}[{number}]" if field.is_repeated else field.name
            yield from faults(part, text_max, f"{path}{place}.")


@lru_cache(maxsize=512)
def _plan(descriptor: Descriptor) -> _Plan:
    fields = [field for field in descriptor.fields if not is_taken_as_written(field)]
    strings = [field for field in fields if field.type == FieldDescriptor.TYPE_STRING]
    identifiers = [field for field in strings if form_of(field) == FORM_IDENTIFIER]
    messages = [field for field in fields if field.message_type is not None]
    stamps = [field for field in messages if field.message_type is Timestamp.DESCRIPTOR]
    return _Plan(
        enums=tuple(field for field in fields if field.enum_type is not None),
        identifiers=tuple(identifiers),
        names=tuple(field for field in strings if form_of(field) in _NAMES),
        texts=tuple(field for field in strings if field not in identifiers),
        organisations=tuple(field for field in strings if form_of(field) == FORM_ORGANISATION),
        timestamps=tuple(stamps),
        messages=tuple(field for field in messages if field not in stamps and not _is_checked_alone(field)),
    )


def _is_checked_alone(field: FieldDescriptor) -> bool:
    """What is to be sealed is checked where it is sealed; a command within a batch gets its own answer."""
    part = field.message_type
    return part is not None and (part is Clear.DESCRIPTOR or "info" in part.fields_by_name)


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
            allowed = ",".join(entry.name for entry in enum.values if entry.number)
            text = f"{path}{field.name} has the unknown value {value}: use one of {allowed}"
            yield invalid("UNKNOWN_ENUM_VALUE", text, field=path + field.name, allowed=allowed)


def _identifier_faults(field: FieldDescriptor, values: list[str], path: str) -> Iterator[Refusal]:
    for value in values:
        if value and not _is_uuid(value):
            text = f"{path}{field.name} is no identifier: give a UUID in lower case, such as {_EXAMPLE}"
            yield invalid("MALFORMED_IDENTIFIER", text, field=path + field.name)


def _name_faults(field: FieldDescriptor, values: list[str], path: str) -> Iterator[Refusal]:
    pattern, meaning = _NAMES[form_of(field)]
    for value in values:
        if value and not pattern.fullmatch(value):
            text = f"{path}{field.name} is no name of its kind: give {meaning}"
            yield invalid("MALFORMED_NAME", text, field=path + field.name)


def _organisation_faults(field: str, values: list[str]) -> Iterator[Refusal]:
    for value in values:
        if value and not _ORGANISATION.fullmatch(value):
            message = f"{field} is no organisation code: give the 18 characters of one"
            yield invalid("MALFORMED_CODE", message, field=field)


def _text_faults(field: str, values: list[str], text_max: int) -> Iterator[Refusal]:
    for value in values:
        if len(value) > text_max:
            message = f"{field} has {len(value)} characters, at most {text_max} are taken: shorten it"
            yield invalid("TEXT_TOO_LONG", message, field=field, characters_max=str(text_max))
        if "\0" in value:
            message = f"{field} holds the character U+0000, which is no text: take it out"
            yield invalid("MALFORMED_TEXT", message, field=field)


def _timestamp_faults(stamp: Any, path: str) -> Iterator[Refusal]:
    if not is_within(stamp):
        message = f"{path} is not a time between the years 1 and 9999: give seconds since 1970, in UTC"
        yield invalid("MALFORMED_TIME", message, field=path)


def _is_uuid(text: str) -> bool:
    """Only the canonical form: identifiers become stream names, where one thing has one name."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
