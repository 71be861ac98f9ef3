"""What a registration says, field by field: under the same names in the filing and in a correction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.common.v1.types_pb2 import Sealed
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
