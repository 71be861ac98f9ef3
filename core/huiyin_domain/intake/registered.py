"""A registration: its number that people read and type, and what it says, field by field.

The number says where and when, and nothing of the person; 凭查询码可查 serves who left no contact, and nobody
else (Art. 23(2)). Which of its texts are opened no more stands here as well (Art. 30(3)).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.common.v1.types_pb2 import Person, Sealed
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1.events_pb2 import PetitionRegistered, RegistrationCorrected
from huiyin.intake.v1.types_pb2 import SERVICE_METHOD_QUERY_NUMBER, ServiceMethod
from huiyin_domain.context import Context
from huiyin_domain.dates import instant, local_date
from huiyin_domain.directory import NOWHERE, county_of
from huiyin_domain.refusal import Refusal, invalid, wrong_state

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS = 8
"""Forty bits of chance: of 20,000 days with 10,000 filings each in one place, one has a repetition."""


def display_number(division: str, registered: datetime, case_id: str) -> str:
    """Place down to the county, day in Asia/Shanghai and chance, such as HY990101-20261123-7F3K2Q9M.

    It stays as it was printed, also when the place is settled later: 000000 stands for one not known then.

    The chance is the end of the case's UUIDv7 in Crockford's base 32, which has no I, L, O or U to misread.
    """
    return f"HY{county_of(division) or NOWHERE}-{local_date(registered):%Y%m%d}-{_chance(case_id)}"


def _chance(case_id: str) -> str:
    bits = UUID(case_id).int
    return "".join(_CROCKFORD[bits >> 5 * place & 31] for place in reversed(range(_LETTERS)))


_ART_23 = "Regulations of 2022, Art. 23(2)"


def can_be_reached(person: Person, anonymous: bool) -> bool:
    """Whether a notice can go anywhere: a phone, another contact, or an address that is not unclear."""
    return bool(person.phone or person.contact or (person.address and not anonymous))


def is_by_query_number(event: Any) -> bool:
    """Whether an event says that something reached the petitioner under the query number."""
    field = event.DESCRIPTOR.fields_by_name.get("method")
    if field is None or field.enum_type is not ServiceMethod.DESCRIPTOR:
        return False
    return bool(event.method == SERVICE_METHOD_QUERY_NUMBER)


def query_number_fault(decision: Sequence[Message], context: Context) -> Refusal | None:
    """A refusal unless no contact was left, and what is served can be read from now on.

    One rule for everything that is served, told or notified. It is there from its recording, so it was
    served then: not on an earlier day that somebody enters, and not by the head's late entry.
    """
    served: list[Any] = [event for event in decision if is_by_query_number(event)]
    if not served:
        return None
    if context.contact_left is not False:
        message = "a contact was left with the filing: serve it there; the query number serves who left none"
        return wrong_state("CONTACT_WAS_LEFT", message, _ART_23)
    tolerance = context.policy.limits.future_tolerance
    if any(abs(context.now - instant(event.served_time)) > tolerance for event in served):
        message = "under the query number it is served when it is recorded: leave served_time empty"
        return invalid("SERVED_WHEN_RECORDED", message, field="served_time", now=context.now.isoformat())
    return None


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
