"""What a secret may be: its kind, its length, and that only services send one already sealed."""

from dataclasses import dataclass

from huiyin.common.v1.types_pb2 import Clear, Person, Secret
from huiyin_domain.refusal import invalid
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.vault.plan import Found

_PERSON_FIELDS = tuple(field.name for field in Person.DESCRIPTOR.fields)
_PERSON_PURPOSE = "petitioner"


@dataclass(frozen=True, slots=True)
class SealingLimits:
    """Bounds on personal data, in characters; named in the settings."""

    secret_text_characters_max: int = 50_000
    person_field_characters_max: int = 500


def check(found: Found, limits: SealingLimits, *, from_service: bool) -> None:
    """Raises RefusedError for a secret that cannot be taken. Refusals never repeat what it says."""
    if found.secret.HasField("sealed"):
        if not from_service:
            raise _unexpected_sealed(found)
        return
    clear = found.secret.clear
    if clear.HasField("person") != (found.purpose == _PERSON_PURPOSE) and clear.WhichOneof("content"):
        raise _wrong_kind(found)
    for name, length, longest in _lengths(clear, limits):
        if length > longest:
            raise _too_long(found, name, length, longest)


def is_blank(secret: Secret) -> bool:
    """True for a secret that says nothing: no content, or only spaces."""
    if secret.HasField("sealed"):
        return False
    clear = secret.clear
    return not (clear.text.strip() or any(getattr(clear.person, name).strip() for name in _PERSON_FIELDS))


def _lengths(clear: Clear, limits: SealingLimits) -> list[tuple[str, int, int]]:
    if not clear.HasField("person"):
        return [("text", len(clear.text), limits.secret_text_characters_max)]
    longest = limits.person_field_characters_max
    return [(name, len(getattr(clear.person, name)), longest) for name in _PERSON_FIELDS]


def _unexpected_sealed(found: Found) -> RefusedError:
    message = f"{found.purpose} came sealed: send it in clear over this connection, the service seals it"
    return RefusedError(invalid("UNEXPECTED_SEALED", message, field=found.purpose))


def _wrong_kind(found: Found) -> RefusedError:
    wanted = "person" if found.purpose == _PERSON_PURPOSE else "text"
    message = f"{found.purpose} must be given as clear.{wanted}"
    return RefusedError(invalid("SECRET_KIND_WRONG", message, field=found.purpose, wanted=wanted))


def _too_long(found: Found, name: str, length: int, longest: int) -> RefusedError:
    field = f"{found.purpose}.{name}"
    message = f"{field} has {length} characters, at most {longest} are taken: shorten it or attach a file"
    return RefusedError(
        invalid("SECRET_TOO_LONG", message, field=field, characters=str(length), characters_max=str(longest))
    )
