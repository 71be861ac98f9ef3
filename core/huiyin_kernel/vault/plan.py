"""Where a message type can hold secrets: found once per type from its descriptor, then only followed."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Secret

MESSAGE_TYPES_MAX = 1024


class Found(NamedTuple):
    """A secret that is set, the message it stands in and its field's name, which is its purpose."""

    parent: Message
    purpose: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class _Part:
    """A field that leads to further messages with secrets."""

    name: str
    repeated: bool
    plan: "_Plan"


@dataclass(frozen=True, slots=True)
class _Plan:
    """The fields of a type that are secrets, and those that lead to some."""

    secrets: tuple[str, ...]
    parts: tuple[_Part, ...]


def secrets_in(message: Message) -> list[Found]:
    """Every secret that is set in a message, however deep."""
    return list(_follow(_plan(message.DESCRIPTOR), message))


def _follow(plan: _Plan, message: Any) -> Iterator[Found]:
    for name in plan.secrets:
        if message.HasField(name):
            yield Found(message, name, getattr(message, name))
    for part in plan.parts:
        if part.repeated:
            for inner in getattr(message, part.name):
                yield from _follow(part.plan, inner)
        elif message.HasField(part.name):
            yield from _follow(part.plan, getattr(message, part.name))


@lru_cache(maxsize=MESSAGE_TYPES_MAX)
def _plan(descriptor: Descriptor) -> _Plan:
    leading = [field for field in descriptor.fields if _leads_to_secret(field)]
    secrets = [field for field in leading if _is_secret(field)]
    parts = [field for field in leading if not _is_secret(field)]
    return _Plan(
        tuple(_checked(field).name for field in secrets),
        tuple(_Part(field.name, field.is_repeated, _plan(_inner(field))) for field in parts),
    )


def _is_secret(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.full_name == Secret.DESCRIPTOR.full_name


def _checked(field: FieldDescriptor) -> FieldDescriptor:
    if field.is_repeated:
        raise TypeError(f"{field.full_name} repeats a Secret: repeat a message that holds it instead")
    return field


def _leads_to_secret(field: FieldDescriptor, seen: frozenset[str] = frozenset()) -> bool:
    inner = field.message_type
    if inner is None or inner.full_name in seen:
        return False
    seen = seen | {inner.full_name}
    return _is_secret(field) or any(_leads_to_secret(further, seen) for further in inner.fields)


def _inner(field: FieldDescriptor) -> Descriptor:
    inner = field.message_type
    assert inner is not None, "only message fields lead to secrets"
    if inner.GetOptions().map_entry:
        raise TypeError(f"{field.full_name} maps to secrets: repeat a message that holds key and value")
    return inner
