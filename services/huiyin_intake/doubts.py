"""What of a filing is kept as written, and what its officer is told about the identity number left.

An identity number is no condition for registration (online rules of 2022, Art. 5), and real ones are known
whose check character does not fit: a doubt is told to who has the number in view, and stands nowhere else.
"""

from collections.abc import Mapping

from huiyin.common.v1.types_pb2 import Person
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest
from huiyin.intake.v1.types_pb2 import IdentityNumberDoubt
from huiyin_domain.identifiers import resident_id_doubt
from huiyin_domain.intake.taking import Taken

_DOUBTS: Mapping[str, IdentityNumberDoubt.ValueType] = {
    "MALFORMED": types.IDENTITY_NUMBER_DOUBT_MALFORMED,
    "CHECK_CHARACTER": types.IDENTITY_NUMBER_DOUBT_CHECK_CHARACTER,
    "BIRTH_DATE": types.IDENTITY_NUMBER_DOUBT_BIRTH_DATE,
}


def doubt_of(person: Person) -> IdentityNumberDoubt.ValueType:
    """What looks wrong about a person's identity number (GB 11643), if one was left."""
    number = person.identity_number
    doubt = resident_id_doubt(number) if number.strip() else None
    return _DOUBTS[doubt.reason] if doubt else types.IDENTITY_NUMBER_DOUBT_UNSPECIFIED


def keep_as_written(request: RegisterPetitionRequest, standing: Taken) -> None:
    """Adds what could not be taken to what is sealed, in clear as yet."""
    for name in ("place_as_written", "as_written"):
        given, kept = getattr(request, name), getattr(standing, name)
        if kept.strip():
            given.clear.text = "\n".join(filter(None, (given.clear.text, kept)))
