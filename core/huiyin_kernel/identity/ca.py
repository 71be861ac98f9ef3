"""The development certificate authority: makes and renews the files of a small public-key infrastructure."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from huiyin_kernel.clock import Clock, SystemClock
from huiyin_kernel.identity.certificates import (
    CERTIFICATE_VALIDITY,
    Credential,
    issue_agency,
    issue_service,
    new_authority,
)
from huiyin_kernel.identity.files import locked, make_private_directory, read_private, write_whole

AUTHORITY = "ca"
SERVICES = "services"
AGENCIES = "agencies"

_Issue = Callable[[Credential, str, datetime], Credential]


def ensure_development_pki(
    directory: Path, services: Iterable[str], agencies: Iterable[str], clock: Clock | None = None
) -> None:
    """Makes what is missing and renews what expires soon, is broken or is of another authority.

    Run again, or after a crash at any moment, it ends in the same state. Files that are good stay as they
    are, so that running processes and their peers keep trusting each other.
    """
    now = (clock or SystemClock()).now()
    for part in (directory, directory / SERVICES, directory / AGENCIES):
        make_private_directory(part)
    with locked(directory / ".lock"):
        authority = _ensure_authority(directory, now)
        for name in services:
            _ensure(directory / SERVICES, name, authority, issue_service, now)
        for code in agencies:
            _ensure(directory / AGENCIES, code, authority, issue_agency, now)


def certificate_file(directory: Path, name: str) -> Path:
    """Where the certificate of this name is."""
    return directory / f"{name}.crt"


def key_file(directory: Path, name: str) -> Path:
    """Where the private key of this name is."""
    return directory / f"{name}.key"


def _ensure_authority(directory: Path, now: datetime) -> Credential:
    authority = _load(directory, AUTHORITY)
    # An authority that ends before its next certificates would has to go now.
    if authority and authority.is_issued_by(authority) and authority.is_fresh(now + CERTIFICATE_VALIDITY):
        return authority
    authority = new_authority(now)
    _store(directory, AUTHORITY, authority)
    return authority


def _ensure(directory: Path, name: str, authority: Credential, issue: _Issue, now: datetime) -> None:
    credential = _load(directory, name)
    if credential and credential.is_fresh(now) and credential.is_issued_by(authority):
        return
    _store(directory, name, issue(authority, name, now))


def _load(directory: Path, name: str) -> Credential | None:
    """The credential on disk, or None when it is missing, in parts or unreadable as one."""
    certificate_path, key_path = certificate_file(directory, name), key_file(directory, name)
    if not (certificate_path.exists() and key_path.exists()):
        return None
    try:
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
        key = load_pem_private_key(read_private(key_path), password=None)
    except ValueError:
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        return None
    credential = Credential(certificate, key)
    return credential if credential.is_pair() else None


def _store(directory: Path, name: str, credential: Credential) -> None:
    write_whole(key_file(directory, name), credential.key_pem())
    write_whole(certificate_file(directory, name), credential.certificate_pem(), mode=0o644)
