"""The development certificate authority: X.509 on elliptic-curve P-256, with identities as SPIFFE URIs.

The URI in a certificate says which service or agency its holder is. Files are made, and renewed in time.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from huiyin_kernel.clock import SystemClock
from huiyin_kernel.identity.files import locked, make_private_directory, read_private, write_whole
from huiyin_store.port import WorldClock

_DOMAIN = "spiffe://huiyin"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_URI = re.compile(rf"{_DOMAIN}/(service|agency)/({_NAME.pattern})")


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom a certificate names: a service of the platform, or an agency by its organisation code."""

    name: str
    is_service: bool


def service_uri(name: str) -> str:
    """The identity of a service. Raises ValueError for a name that no URI or file name may carry."""
    return f"{_DOMAIN}/service/{_checked(name)}"


def agency_uri(code: str) -> str:
    """The identity of an agency. Raises ValueError for a code that no URI or file name may carry."""
    return f"{_DOMAIN}/agency/{_checked(code)}"


def parse(uri: str) -> Peer | None:
    """Whom the URI names, or None when it is no identity of this platform."""
    found = _URI.fullmatch(uri)
    return Peer(found[2], found[1] == "service") if found else None


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a certificate: 1 to 64 letters, digits, '-' or '_'")
    return name


AUTHORITY_VALIDITY = timedelta(days=3650)
CERTIFICATE_VALIDITY = timedelta(days=90)
RENEWAL_MARGIN = timedelta(days=7)
"""What expires within this time is renewed."""

_BACKDATED = timedelta(minutes=5)  # a peer's clock may be a little behind
_LOOPBACK = (
    x509.DNSName("localhost"),
    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    x509.IPAddress(ipaddress.ip_address("::1")),
)


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def certificate_pem(self) -> bytes:
        """The certificate as a file holds it."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self) -> bytes:
        """The private key as a file holds it, unencrypted: the file must be private."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def is_pair(self) -> bool:
        """True when the key belongs to the certificate; a crash between two writes can part them."""
        return self.certificate.public_key() == self.key.public_key()

    def is_fresh(self, now: datetime) -> bool:
        """True when the certificate is valid and stays so beyond the renewal margin."""
        certificate = self.certificate
        return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - RENEWAL_MARGIN

    def is_issued_by(self, authority: "Credential") -> bool:
        """True when this authority signed the certificate."""
        try:
            self.certificate.verify_directly_issued_by(authority.certificate)
        except (ValueError, InvalidSignature):
            return False
        return True


def new_authority(now: datetime) -> Credential:
    """A self-signed authority that may sign certificates of peers, but no further authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Huiyin development authority")
    builder = _builder(name, key.public_key(), now, now + AUTHORITY_VALIDITY).issuer_name(name)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_key_usage(authority=True), critical=True)
    return Credential(builder.sign(key, hashes.SHA256()), key)


def issue_service(authority: Credential, service: str, now: datetime) -> Credential:
    """A certificate with which a service serves on loopback, or on a host of its name, and calls others."""
    names = (*_LOOPBACK, x509.DNSName(service), x509.UniformResourceIdentifier(service_uri(service)))
    usages = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
    return _issue(authority, service, names, usages, now)


def issue_agency(authority: Credential, code: str, now: datetime) -> Credential:
    """A certificate with which an agency calls; Kafka's access lists see only the common name."""
    names = (x509.UniformResourceIdentifier(agency_uri(code)),)
    return _issue(authority, code, names, (ExtendedKeyUsageOID.CLIENT_AUTH,), now)


def _issue(
    authority: Credential,
    common_name: str,
    names: tuple[x509.GeneralName, ...],
    usages: tuple[x509.ObjectIdentifier, ...],
    now: datetime,
) -> Credential:
    key = ec.generate_private_key(ec.SECP256R1())
    end = min(now + CERTIFICATE_VALIDITY, authority.certificate.not_valid_after_utc)
    builder = _builder(_name(common_name), key.public_key(), now, end)
    builder = builder.issuer_name(authority.certificate.subject)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(authority=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = builder.add_extension(issuer, critical=False)
    return Credential(builder.sign(authority.key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


AUTHORITY = "ca"
SERVICES = "services"
AGENCIES = "agencies"

_Issue = Callable[[Credential, str, datetime], Credential]


def ensure_development_pki(
    directory: Path, services: Iterable[str], agencies: Iterable[str], clock: WorldClock | None = None
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
