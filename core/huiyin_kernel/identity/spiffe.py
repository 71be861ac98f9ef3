"""SPIFFE identities: the URI in a certificate that says which service or agency its holder is."""

import re
from dataclasses import dataclass

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
