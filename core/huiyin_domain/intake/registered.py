"""What a registration says, field by field, and which of its texts are opened no more (Art. 30(3))."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.common.v1.types_pb2 import Sealed
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1.events_pb2 import PetitionRegistered, RegistrationCorrected
from huiyin_domain.dates import instant

_ABOUT_THE_CORRECTION = frozenset({"fields", "person_id", "issue_sketch", "reasons", "authority", "settled"})

FIELDS: tuple[str, ...] = tuple(
    field.name for field in RegistrationCorrected.DESCRIPTOR.fields if field.name not in _ABOUT_THE_CORRECTION
)
"""The fields of a registration that can be put right, in the order of the contract."""

SEALED_FIELDS: tuple[str, ...] = tuple(
    name
    for name in FIELDS
    if RegistrationCorrected.DESCRIPTOR.fields_by_name[name].message_type is Sealed.DESCRIPTOR
)
"""Those of them that nobody reads but who may read personal data."""

Value = Sealed | datetime | str | int | bool | None


def said(event: PetitionRegistered | RegistrationCorrected) -> Mapping[str, Any]:
    """What an event says of the registration: every field that it has the say over, with its value."""
    if isinstance(event, PetitionRegistered):
        return {name: value_of(event, name) for name in FIELDS}
    return {name: value_of(event, name) for name in FIELDS if name in event.fields}


def value_of(message: Message, name: str) -> Value:
    """A field's value; a time or a sealed field that is not given is None."""
    value = getattr(message, name)
    if isinstance(value, Message) and not message.HasField(name):
        return None
    return instant(value) if isinstance(value, Timestamp) else value


_PUT_ANEW = frozenset({"subject", "content"})
TEXTS = _PUT_ANEW | {"place_as_written", "as_written"}
"""What a case is about, in words: restating it puts two anew and closes all, a correction those it names."""

_WHY = ("reasons", "reason")
"""Why a text was put right, and why a head entered that late, may repeat it."""

Closed = frozenset[tuple[int, str]]
"""Places in a petition's stream, each with the name of a sealed field there."""


def superseded(petition: Sequence[Message], agency: str) -> Closed:
    """The texts in a petition's stream that are not opened for an agency.

    The words in force are opened for all who may read the case; earlier ones for who put others in their
    place, and for nobody else: what was split off must not be read in the case that it came from.
    """
    closed: set[tuple[int, str]] = set()
    successors: dict[str, str] = {}
    for place, event in reversed(list(enumerate(petition))):
        texts = _texts(event)
        gone = {text for text in texts if successors.get(text, agency) != agency}
        closed |= {(place, text) for text in gone}
        if gone and isinstance(event, events.RegistrationCorrected):
            closed |= {(place, why) for why in _WHY}
        if isinstance(event, events.PetitionRestated | events.RegistrationCorrected):
            replaced = TEXTS if isinstance(event, events.PetitionRestated) else texts
            successors |= dict.fromkeys(replaced, event.authority.organ)
    return frozenset(closed)


def _texts(event: Message) -> Sequence[str]:
    """The texts that an event puts in force."""
    if isinstance(event, events.RegistrationCorrected):
        return [text for text in event.fields if text in TEXTS]
    if isinstance(event, events.PetitionRestated):
        return sorted(_PUT_ANEW)
    return sorted(TEXTS) if isinstance(event, events.PetitionRegistered) else ()
