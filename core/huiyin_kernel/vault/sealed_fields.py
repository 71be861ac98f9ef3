"""Where a message type can hold secrets, or sealed fields: found once per type, then only followed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Sealed, Secret

MESSAGE_TYPES_MAX = 1024


class FoundSecret(NamedTuple):
    """A secret that is set, the message it stands in and its field's name, which is its purpose."""

    parent: Message
    purpose: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class _Part:
    """A field that leads to further messages with what is looked for."""

    name: str
    repeated: bool
    plan: "_Plan"


@dataclass(frozen=True, slots=True)
class _Plan:
    """The fields of a type that are what is looked for, and those that lead to some."""

    leaves: tuple[str, ...]
    parts: tuple[_Part, ...]


def secrets_in(message: Message) -> list[FoundSecret]:
    """Every secret that is set in a message, however deep."""
    plan = _plan(message.DESCRIPTOR, Secret.DESCRIPTOR.full_name)
    return [FoundSecret(*place) for place in _follow(plan, message)]


def sealed_in(message: Message) -> list[Sealed]:
    """Every sealed field that is set in a message, however deep, in order."""
    return _sealed_finder(message.DESCRIPTOR)(message)


def sealed_finder(message_class: type[Message]) -> Callable[[Message], list[Sealed]]:
    """The same for many messages of one type."""
    return _sealed_finder(message_class.DESCRIPTOR)


def may_hold_sealed(message_class: type[Message]) -> bool:
    """Whether messages of a type can hold a sealed field at all."""
    plan = _plan(message_class.DESCRIPTOR, Sealed.DESCRIPTOR.full_name)
    return bool(plan.leaves or plan.parts)


@lru_cache(maxsize=MESSAGE_TYPES_MAX)
def _sealed_finder(descriptor: Descriptor) -> Callable[[Any], list[Sealed]]:
    return _finder(_plan(descriptor, Sealed.DESCRIPTOR.full_name))


def _finder(plan: _Plan) -> Callable[[Any], list[Sealed]]:
    """Made once for each type: to follow the plan itself takes longer than to read the message."""
    leaves = plan.leaves
    parts = [(part.name, part.repeated, _finder(part.plan)) for part in plan.parts]

    def find(message: Any) -> list[Sealed]:
        found: list[Sealed] = []
        has = message.HasField
        for name in leaves:
            if has(name):
                found += [getattr(message, name)]
        for name, repeated, find_within in parts:
            if repeated:
                for inner in getattr(message, name):
                    found += find_within(inner)
            elif has(name):
                found += find_within(getattr(message, name))
        return found

    return find


def _follow(plan: _Plan, message: Any) -> Iterator[tuple[Message, str, Any]]:
    for name in plan.leaves:
        if message.HasField(name):
            yield message, name, getattr(message, name)
    for part in plan.parts:
        if part.repeated:
            for inner in getattr(message, part.name):
                yield from _follow(part.plan, inner)
        elif message.HasField(part.name):
            yield from _follow(part.plan, getattr(message, part.name))


@lru_cache(maxsize=MESSAGE_TYPES_MAX)
def _plan(descriptor: Descriptor, leaf: str) -> _Plan:
    leading = [field for field in descriptor.fields if _leads_to(field, leaf)]
    leaves = [field for field in leading if _is(field, leaf)]
    parts = [field for field in leading if not _is(field, leaf)]
    return _Plan(
        tuple(_checked(field).name for field in leaves),
        tuple(_Part(field.name, field.is_repeated, _plan(_inner(field), leaf)) for field in parts),
    )


def _is(field: FieldDescriptor, leaf: str) -> bool:
    return field.message_type is not None and field.message_type.full_name == leaf


def _checked(field: FieldDescriptor) -> FieldDescriptor:
    if field.is_repeated:
        raise TypeError(f"{field.full_name} repeats a secret: repeat a message that holds it instead")
    return field


def _leads_to(field: FieldDescriptor, leaf: str, seen: frozenset[str] = frozenset()) -> bool:
    inner = field.message_type
    if inner is None or inner.full_name in seen:
        return False
    seen = seen | {inner.full_name}
    return _is(field, leaf) or any(_leads_to(further, leaf, seen) for further in inner.fields)


def _inner(field: FieldDescriptor) -> Descriptor:
    inner = field.message_type
    assert inner is not None, "only message fields lead to secrets"
    if inner.GetOptions().map_entry:
        raise TypeError(f"{field.full_name} maps to secrets: repeat a message that holds key and value")
    return inner
