"""The shape of what is stored: every message and enum that an event can reach, by numbers."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor
from google.protobuf.message import Message

from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin_kernel.codec import EVENT_TYPES

Shape = dict[str, dict[str, str]]


def shape() -> Shape:
    """Of each type, its fields or values by number; a field with its name and type."""
    found: Shape = {}
    messages: tuple[type[Message], ...] = (*EVENT_TYPES.values(), EventMetadata)
    for message in messages:
        _add(message.DESCRIPTOR, found)
    return found


def _add(descriptor: Any, found: Shape) -> None:
    if descriptor.full_name in found:
        return
    if isinstance(descriptor, EnumDescriptor):
        found[descriptor.full_name] = {str(value.number): value.name for value in descriptor.values}
        return
    found[descriptor.full_name] = dict(_fields(descriptor))
    for field in descriptor.fields:
        for inner in (field.message_type, field.enum_type):
            if inner is not None:
                _add(inner, found)


def _fields(descriptor: Descriptor) -> Iterator[tuple[str, str]]:
    for field in descriptor.fields:
        inner = field.message_type or field.enum_type
        kind = f"{field.type} {inner.full_name}" if inner is not None else str(field.type)
        yield str(field.number), f"{field.name} {'repeated ' if field.is_repeated else ''}{kind}"


def broken(kept: Shape, present: Shape) -> list[str]:
    """What was stored under a number that this build does not know as the same."""
    return [
        f"{name} {number}: {was} became {present.get(name, {}).get(number)}"
        for name, numbers in kept.items()
        for number, was in numbers.items()
        if present.get(name, {}).get(number) != was
    ]
