"""Identities for development, made on first start: an authority, certificates, an issuer and officers.

Some officers of every agency, and those who watch over the platform.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huiyin_domain.context import Role
from huiyin_domain.directory import Organisation, OrganisationKind
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.identity import certificates
from huiyin_kernel.identity.files import (
    KeyFileError,
    locked,
    make_private_directory,
    read_private,
    sync_directory,
    write_whole,
)
from huiyin_kernel.identity.profiles import ClientProfile, write_profiles
from huiyin_kernel.identity.tokens import LIFETIME_MAX, TokenIssuer, trust_issuer
from huiyin_store.port import WorldClock

_AGENCY_OFFICERS = {"officer": {Role.OFFICER}, "head": {Role.HEAD, Role.OFFICER}}
_PLATFORM_OFFICERS = {
    "supervisor": {Role.SUPERVISOR},
    "auditor": {Role.AUDITOR},
    "administrator": {Role.ADMINISTRATOR},
}


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer to be made: profile name, identifier within the agency, agency and roles."""

    profile: str
    officer: str
    agency: str
    roles: frozenset[Role]


def development_officers(organisations: tuple[Organisation, ...]) -> list[Officer]:
    """An officer and a head of each agency, and those who watch over the platform.

    Supervisor and administrator belong to the highest petition office. The auditor, who reads whole logs,
    belongs to a body that handles no cases; a directory without one gets no auditor (Art. 30(3)).
    """
    made = [
        Officer(f"{role}@{unit.code}", f"{role}-01", unit.code, frozenset(roles))
        for unit in organisations
        for role, roles in _AGENCY_OFFICERS.items()
    ]
    for role, roles in _PLATFORM_OFFICERS.items():
        if host := _host(roles, organisations):
            made.append(Officer(role, f"{role}-01", host, frozenset(roles)))
    return made


def _host(roles: AbstractSet[Role], organisations: tuple[Organisation, ...]) -> str:
    """To which agency an officer with these roles belongs; empty when none may have one."""
    if Role.AUDITOR in roles:
        return _highest(OrganisationKind.AUDIT, organisations)
    first = organisations[0].code if organisations else ""
    return _highest(OrganisationKind.PETITION_OFFICE, organisations) or first


def _highest(kind: OrganisationKind, organisations: tuple[Organisation, ...]) -> str:
    """The highest agency of a kind; empty when there is none."""
    units = [unit for unit in organisations if unit.kind is kind]
    highest = min(units, key=lambda unit: (bool(unit.superior), unit.division, unit.code), default=None)
    return highest.code if highest else ""


SERVICES = (
    *("intake", "reception", "judicial", "supervision", "streams", "exchange", "console", "cli"),
    *("relay", "worker", "kafka-1", "kafka-2", "kafka-3"),
)
KAFKA_OBSERVER = "cli"
KAFKA_SUPER_USERS = ("kafka-1", "kafka-2", "kafka-3", KAFKA_OBSERVER)
"""Those of them that may do everything on Kafka: the brokers themselves, and whoever looks after them."""
ISSUER = "urn:huiyin:development"
TOKEN_VALIDITY = LIFETIME_MAX
"""Tokens are made anew on each start, and while the platform runs."""


@dataclass(frozen=True, slots=True)
class DevelopmentIdentities:
    """Everything made. Profiles: `officer@<code>`, `head@<code>` and `system@<code>` of each agency,
    `supervisor` and `administrator` of the highest petition office, `auditor` of an audit body where the
    directory has one, `service@<name>`."""

    directory: Path
    issuers_file: Path
    profiles: Mapping[str, ClientProfile]

    def service(self, name: str) -> ClientProfile:
        """The certificate and key with which a service serves and calls."""
        return self.profiles[f"service@{name}"]


def identity_directory(home: Path) -> Path:
    """Where the identities of an installation are."""
    return home / "identity"


def issuers_file(home: Path) -> Path:
    """The trusted token issuers of an installation."""
    return identity_directory(home) / "issuers.json"


def ensure_development_identities(
    home: Path,
    policy_organisations: Iterable[Organisation],
    clock: WorldClock | None = None,
    token_validity: timedelta = TOKEN_VALIDITY,
) -> DevelopmentIdentities:
    """Makes what is missing, renews certificates that expire soon and all tokens, and indexes them."""
    clock = clock or SystemClock()
    organisations = tuple(policy_organisations)
    directory = identity_directory(home)
    certificates.ensure_development_pki(directory, SERVICES, (unit.code for unit in organisations), clock)
    make_private_directory(directory / "tokens")
    with locked(directory / ".lock"):
        issuer = TokenIssuer(ISSUER, _issuer_key(directory / "issuer.key"), clock)
        trust_issuer(issuers_file(home), ISSUER, [issuer.public_key])
        profiles = _service_profiles(directory) | _system_profiles(directory, organisations)
        profiles |= {
            officer.profile: _officer_profile(directory, issuer, officer, token_validity)
            for officer in development_officers(organisations)
        }
        write_profiles(directory, profiles)
    return DevelopmentIdentities(directory, issuers_file(home), profiles)


def _issuer_key(path: Path) -> Ed25519PrivateKey:
    if not path.exists():
        key = Ed25519PrivateKey.generate()
        plain = serialization.NoEncryption()
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        write_whole(path, pem)
        sync_directory(path.parent)
    loaded = serialization.load_pem_private_key(read_private(path), password=None)
    if not isinstance(loaded, Ed25519PrivateKey):
        raise KeyFileError(f"{path} holds no Ed25519 key: remove it, and the next start makes a new one")
    return loaded


def _service_profiles(directory: Path) -> dict[str, ClientProfile]:
    return {
        f"service@{name}": _profile(directory, f"service@{name}", directory / certificates.SERVICES, name)
        for name in SERVICES
    }


def _system_profiles(directory: Path, organisations: tuple[Organisation, ...]) -> dict[str, ClientProfile]:
    return {
        f"system@{unit.code}": _profile(
            directory, f"system@{unit.code}", directory / certificates.AGENCIES, unit.code
        )
        for unit in organisations
    }


def _officer_profile(
    directory: Path, issuer: TokenIssuer, officer: Officer, valid_for: timedelta
) -> ClientProfile:
    token = directory / "tokens" / f"{officer.profile}.jwt"
    text = issuer.issue(officer.officer, officer.agency, officer.roles, valid_for)
    write_whole(token, text.encode() + b"\n")
    return _profile(directory, officer.profile, directory / certificates.AGENCIES, officer.agency, token)


def _profile(
    directory: Path, name: str, folder: Path, holder: str, token: Path | None = None
) -> ClientProfile:
    return ClientProfile(
        name=name,
        authority=certificates.certificate_file(directory, certificates.AUTHORITY),
        certificate=certificates.certificate_file(folder, holder),
        key=certificates.key_file(folder, holder),
        token=token,
    )
