"""Client profiles: which certificate, key, authority and token a program uses when it calls as someone."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from huiyin_kernel.identity.files import KeyFileError, read_private, write_whole

PROFILES_FILE = "profiles.json"


class UnknownProfileError(Exception):
    """There is no profile of this name."""


@dataclass(frozen=True, slots=True)
class ClientProfile:
    """Where a caller finds what proves its identity. Without a token it calls as a system or service."""

    name: str
    authority: Path
    certificate: Path
    key: Path
    token: Path | None = None

    def read_key(self) -> bytes:
        """The private key (PEM). Raises KeyFileError, also when others may read it."""
        return read_private(self.key)

    def read_token(self) -> str:
        """The token as it is now, for tokens are renewed; empty without one. Raises KeyFileError."""
        return read_private(self.token).decode(errors="replace").strip() if self.token else ""

    def call_metadata(self) -> tuple[tuple[str, str], ...]:
        """What to send with each call."""
        token = self.read_token()
        return (("authorization", f"Bearer {token}"),) if token else ()


class _Entry(BaseModel):
    """A profile as the file holds it, its paths relative to the file, so that the folder can be moved."""

    model_config = ConfigDict(extra="forbid")

    authority: str
    certificate: str
    key: str
    token: str | None = None


class _Entries(BaseModel):
    """The whole file."""

    profiles: dict[str, _Entry]


def write_profiles(directory: Path, profiles: Mapping[str, ClientProfile]) -> None:
    """Writes the index of profiles."""
    entries = {name: _entry(directory, profile) for name, profile in profiles.items()}
    content = _Entries(profiles=entries).model_dump_json(indent=2)
    write_whole(directory / PROFILES_FILE, content.encode() + b"\n")


def read_profiles(directory: Path) -> dict[str, ClientProfile]:
    """All profiles by name. Raises KeyFileError."""
    path = directory / PROFILES_FILE
    try:
        entries = _Entries.model_validate_json(path.read_bytes()).profiles
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}; start the platform once") from error
    except ValidationError as error:
        raise KeyFileError(f"{path} is no list of profiles: {error}") from error
    return {name: _profile(directory, name, entry) for name, entry in entries.items()}


def find_profile(directory: Path, name: str) -> ClientProfile:
    """The profile of this name. Raises UnknownProfileError, which names those there are, or KeyFileError."""
    profiles = read_profiles(directory)
    if name not in profiles:
        known = ", ".join(sorted(profiles))
        raise UnknownProfileError(f"there is no profile {name!r}; there are: {known}")
    return profiles[name]


def _entry(directory: Path, profile: ClientProfile) -> _Entry:
    def relative(path: Path) -> str:
        return str(path.relative_to(directory))

    return _Entry(
        authority=relative(profile.authority),
        certificate=relative(profile.certificate),
        key=relative(profile.key),
        token=relative(profile.token) if profile.token else None,
    )


def _profile(directory: Path, name: str, entry: _Entry) -> ClientProfile:
    return ClientProfile(
        name=name,
        authority=directory / entry.authority,
        certificate=directory / entry.certificate,
        key=directory / entry.key,
        token=directory / entry.token if entry.token else None,
    )
