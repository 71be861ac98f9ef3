"""Where a message type can hold secrets or sealed fields, found once per type; and what a secret may be.

Its kind, its length, and that only services send one already sealed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Clear, Person, Sealed, Secret
from huiyin_domain.intake.registered import TEXTS
from huiyin_domain.refusal import invalid
from huiyin_kernel.rpc.errors import RefusedError

MESSAGE_TYPES_MAX = 1024


class Found(NamedTuple):
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


def secrets_in(message: Message) -> list[Found]:
    """Every secret that is set in a message, however deep."""
    plan = _plan(message.DESCRIPTOR, Secret.DESCRIPTOR.full_name)
    return [Found(*place) for place in _follow(plan, message)]


def sealed_in(message: Message) -> list[Sealed]:
    """Every sealed field that is set in a message, however deep, in order."""
    plan = _plan(message.DESCRIPTOR, Sealed.DESCRIPTOR.full_name)
    return [sealed for _, _, sealed in _follow(plan, message)]


def may_hold_sealed(message_class: type[Message]) -> bool:
    """Whether messages of a type can hold a sealed field at all."""
    plan = _plan(message_class.DESCRIPTOR, Sealed.DESCRIPTOR.full_name)
    return bool(plan.leaves or plan.parts)


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


PETITIONER = "petitioner"
"""The one field that is a person; every other is a text."""

_OF_FILINGS = TEXTS | {"source_reference"}
"""The texts in which a filing speaks, and the one that says where it was found: none of them is cut short."""

_PERSON_FIELDS = tuple(field.name for field in Person.DESCRIPTOR.fields)


@dataclass(frozen=True, slots=True)
class SealingLimits:
    """Bounds on personal data, in characters; named in the settings.

    `filing_characters_max` is for what a filing says, in its own words or restated; the others for every
    other text, and for each field of a person.
    """

    text_characters_max: int = 20_000
    person_field_characters_max: int = 2_000
    filing_characters_max: int = 200_000

    def of_text(self, purpose: str) -> int:
        """Characters that a text of this purpose may have."""
        return self.filing_characters_max if purpose in _OF_FILINGS else self.text_characters_max


class Form(Enum):
    """In which form a secret came."""

    BLANK = auto()  # no content, or only spaces: it counts as not given
    CLEAR = auto()
    SEALED = auto()


def form_of(found: Found, limits: SealingLimits, *, from_service: bool) -> Form:
    """The form of a secret. Raises RefusedError for one that cannot be taken, without repeating it."""
    form = found.secret.WhichOneof("form")
    if form == "sealed":
        if not from_service:
            raise _unexpected_sealed(found)
        return Form.SEALED
    clear = found.secret.clear
    kind = clear.WhichOneof("content")
    if kind is None:
        return Form.BLANK
    if (kind == "person") != (found.purpose == PETITIONER):
        raise _wrong_kind(found)
    says_something = _person(found, clear, limits) if kind == "person" else _text(found, clear, limits)
    return Form.CLEAR if says_something else Form.BLANK


def _text(found: Found, clear: Clear, limits: SealingLimits) -> bool:
    text, longest = clear.text, limits.of_text(found.purpose)
    if len(text) > longest:
        raise _too_long(f"{found.purpose}.text", len(text), longest)
    return bool(text) and not text.isspace()


def _person(found: Found, clear: Clear, limits: SealingLimits) -> bool:
    person, longest, says_something = clear.person, limits.person_field_characters_max, False
    for name in _PERSON_FIELDS:
        if value := getattr(person, name):
            if len(value) > longest:
                raise _too_long(f"{found.purpose}.{name}", len(value), longest)
            says_something = says_something or not value.isspace()
    return says_something


def _unexpected_sealed(found: Found) -> RefusedError:
    message = f"{found.purpose} came sealed: send it in clear over this connection, the service seals it"
    return RefusedError(invalid("UNEXPECTED_SEALED", message, field=found.purpose))


def _wrong_kind(found: Found) -> RefusedError:
    wanted = "person" if found.purpose == PETITIONER else "text"
    message = f"{found.purpose} must be given as clear.{wanted}"
    return RefusedError(invalid("SECRET_KIND_WRONG", message, field=found.purpose, wanted=wanted))


def _too_long(field: str, length: int, longest: int) -> RefusedError:
    message = f"{field} has {length} characters, at most {longest} are taken: shorten it"
    return RefusedError(
        invalid("SECRET_TOO_LONG", message, field=field, characters=str(length), characters_max=str(longest))
    )
