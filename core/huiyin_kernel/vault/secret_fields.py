"""What a secret may be: its kind, its length, and that only services send one already sealed."""

from dataclasses import dataclass
from enum import Enum, auto

from huiyin.common.v1.types_pb2 import Clear, Person
from huiyin_domain.intake.registered import TEXTS
from huiyin_domain.refusal import invalid
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.vault.sealed_fields import FoundSecret

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


def form_of(found: FoundSecret, limits: SealingLimits, *, from_service: bool) -> Form:
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


def _text(found: FoundSecret, clear: Clear, limits: SealingLimits) -> bool:
    text, longest = clear.text, limits.of_text(found.purpose)
    if len(text) > longest:
        raise _too_long(f"{found.purpose}.text", len(text), longest)
    return bool(text) and not text.isspace()


def _person(found: FoundSecret, clear: Clear, limits: SealingLimits) -> bool:
    person, longest, says_something = clear.person, limits.person_field_characters_max, False
    for name in _PERSON_FIELDS:
        if value := getattr(person, name):
            if len(value) > longest:
                raise _too_long(f"{found.purpose}.{name}", len(value), longest)
            says_something = says_something or not value.isspace()
    return says_something


def _unexpected_sealed(found: FoundSecret) -> RefusedError:
    message = f"{found.purpose} came sealed: send it in clear over this connection, the service seals it"
    return RefusedError(invalid("UNEXPECTED_SEALED", message, field=found.purpose))


def _wrong_kind(found: FoundSecret) -> RefusedError:
    wanted = "person" if found.purpose == PETITIONER else "text"
    message = f"{found.purpose} must be given as clear.{wanted}"
    return RefusedError(invalid("SECRET_KIND_WRONG", message, field=found.purpose, wanted=wanted))


def _too_long(field: str, length: int, longest: int) -> RefusedError:
    message = f"{field} has {length} characters, at most {longest} are taken: shorten it"
    return RefusedError(
        invalid("SECRET_TOO_LONG", message, field=field, characters=str(length), characters_max=str(longest))
    )
