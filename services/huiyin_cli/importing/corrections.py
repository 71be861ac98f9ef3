"""What a row says of its case, as a correction. What a cell says is put right; an empty one is silent."""

from collections.abc import Container

from huiyin.common.v1.types_pb2 import Person
from huiyin.intake.v1.service_pb2 import CorrectRegistrationRequest, RegisterPetitionRequest
from huiyin_domain.codes import CodeTables
from huiyin_domain.directory import is_known

PERSON_FIELDS = tuple(field.name for field in Person.DESCRIPTOR.fields)
_PLAIN = ("channel", "division", "content_class", "purpose", "person_count")
_MESSAGES = ("received_time", "posted_time", "subject", "content")


def correction_of(
    filing: RegisterPetitionRequest, stated: Container[str], codes: CodeTables | None, reason: str
) -> CorrectRegistrationRequest:
    """The correction by which a case would say what the filing says, as far as the row states it.

    A code that is not in its table cannot be put right by it, and is left as it stands.
    """
    correction = CorrectRegistrationRequest()
    correction.reasons.clear.text = reason
    for name in _MESSAGES:
        if name in stated and filing.HasField(name):  # type: ignore[arg-type] # names of the contract
            getattr(correction, name).CopyFrom(getattr(filing, name))
            correction.fields.append(name)
    for name in _PLAIN:
        value = getattr(filing, name)
        if name in stated and value and (codes is None or _is_usable(name, value, codes)):
            setattr(correction, name, value)
            correction.fields.append(name)
    if "anonymous" in stated:
        correction.anonymous = filing.anonymous
        correction.fields.append("anonymous")
    said = [name for name in PERSON_FIELDS if name in stated]
    for name in said:
        setattr(correction.petitioner.clear.person, name, getattr(filing.petitioner.clear.person, name))
    correction.fields.extend(["petitioner"] if said else [])
    return correction


def complete_person(correction: CorrectRegistrationRequest, standing: Person) -> None:
    """Keeps of the person what the row does not say: a petitioner is put right as a whole."""
    person = correction.petitioner.clear.person
    for name in PERSON_FIELDS:
        if not getattr(person, name):
            setattr(person, name, getattr(standing, name))


def says_all_of_person(correction: CorrectRegistrationRequest) -> bool:
    """Whether nothing of the person has to be kept, or none is spoken of."""
    person = correction.petitioner.clear.person
    return "petitioner" not in correction.fields or all(getattr(person, name) for name in PERSON_FIELDS)


def _is_usable(name: str, value: str, codes: CodeTables) -> bool:
    match name:
        case "channel":
            return value in codes.channels
        case "division":
            return is_known(value, codes.divisions)
        case "content_class":
            return value in codes.content_classes
        case "purpose":
            return value in codes.purposes
        case _:
            return True
