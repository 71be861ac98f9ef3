"""What a verified officer token says, and in which form it must say it."""

from dataclasses import dataclass
from typing import Any

from huiyin_domain.exchange.message import is_officer_name
from huiyin_domain.principal import Role
from huiyin_kernel.identity.unauthenticated import UnauthenticatedError

OFFICER_ROLES = frozenset({Role.OFFICER, Role.HEAD, Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR})
"""Roles that a token can give. That a caller is a system or a service only a certificate can say."""


@dataclass(frozen=True, slots=True)
class OfficerClaims:
    """What a verified token says. Times are seconds since 1970."""

    officer: str
    agency: str
    roles: frozenset[Role]
    name: str
    issued: float
    not_before: float
    expires: float


def claims_of(claims: dict[str, Any]) -> OfficerClaims:
    """What the claims of a token with a good signature say. Raises UnauthenticatedError."""
    texts = {name: claims.get(name, "") for name in ("sub", "agency", "name")}
    times = [claims["exp"], claims["iat"], claims.get("nbf", claims["iat"])]
    if not all(isinstance(text, str) for text in texts.values()) or not texts["sub"] or not texts["agency"]:
        raise invalid_token("sub and agency must be texts and not empty")
    if not is_officer_name(texts["sub"]):
        raise invalid_token("sub must be a short identifier")  # it stands in the log for ever
    if not all(isinstance(time, int | float) and not isinstance(time, bool) for time in times):
        raise invalid_token("exp, iat and nbf must be numbers")
    return OfficerClaims(
        officer=texts["sub"],
        agency=texts["agency"],
        roles=_roles(claims["roles"]),
        name=texts["name"],
        issued=times[1],
        not_before=max(times[1:]),
        expires=times[0],
    )


def _roles(given: Any) -> frozenset[Role]:
    """The roles known here; an issuer may know others, which mean nothing to us."""
    if not isinstance(given, list):
        raise invalid_token("roles must be a list")
    roles = frozenset(role for role in OFFICER_ROLES if role.value in given)
    if not roles:
        raise UnauthenticatedError(
            "TOKEN_ROLES_MISSING", f"the token gives no role: one of {sorted(OFFICER_ROLES)} is needed"
        )
    return roles


def invalid_token(cause: str) -> UnauthenticatedError:
    """The refusal of a token for a cause given in words."""
    return UnauthenticatedError("TOKEN_INVALID", f"the token cannot be accepted, {cause}: sign in again")
