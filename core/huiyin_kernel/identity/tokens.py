"""Officer tokens: OpenID Connect style JSON Web Tokens, issued for development and verified always.

Trusted are the issuers of a file of JSON Web Key Sets (RFC 7517), one for each; what a verified token says
has a form of its own, and who proves no identity gets one answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from pydantic import BaseModel, ConfigDict, ValidationError

from huiyin_domain.context import Role
from huiyin_domain.exchange.message import is_officer_name
from huiyin_kernel.identity.files import KeyFileError, WatchedFile, write_whole
from huiyin_kernel.ids import uuid7
from huiyin_store.port import WorldClock


class UnauthenticatedError(Exception):
    """Why a caller is not who it says; the edge answers UNAUTHENTICATED with this reason.

    `reason` is stable UPPER_SNAKE; the message says what was wrong and what to do. Neither repeats a token.
    """

    def __init__(self, reason: str, message: str, facts: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason, self.message, self.facts = reason, message, dict(facts or {})


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


ALGORITHMS = frozenset({"EdDSA", "ES256", "ES384", "RS256", "PS256"})
"""Signatures accepted: public-key ones only, so that a verifier can never issue."""

Keys = Mapping[tuple[str, str], jwt.PyJWK]
"""Public keys by issuer and key id."""


class _Issuer(BaseModel):
    """An entry of the file: a key set, and whose it is."""

    model_config = ConfigDict(extra="forbid")

    issuer: str
    keys: list[dict[str, Any]]


class _Issuers(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid")

    issuers: list[_Issuer]


def read_issuers(path: Path) -> Keys:
    """The trusted keys of a file. Raises KeyFileError."""
    return {(entry.issuer, key.key_id or ""): key for entry in _entries(path) for key in _keys(path, entry)}


def trust_issuer(path: Path, issuer: str, keys: list[dict[str, Any]]) -> None:
    """Puts an issuer's public keys into the file, in place of its earlier ones; others stay."""
    entries = _entries(path) if path.exists() else []
    wanted = [*(entry for entry in entries if entry.issuer != issuer), _Issuer(issuer=issuer, keys=keys)]
    content = _Issuers(issuers=wanted).model_dump_json(indent=2)
    write_whole(path, content.encode() + b"\n", mode=0o644)


def _entries(path: Path) -> list[_Issuer]:
    try:
        return _Issuers.model_validate_json(path.read_bytes()).issuers
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise KeyFileError(f"{path} is no list of token issuers: {error}") from error


def _keys(path: Path, entry: _Issuer) -> list[jwt.PyJWK]:
    try:
        keys = [jwt.PyJWK(key) for key in entry.keys]
    except jwt.PyJWTError as error:
        raise KeyFileError(f"{path}: a key of {entry.issuer} cannot be used: {error}") from error
    for key in keys:
        if key.algorithm_name not in ALGORITHMS:
            raise KeyFileError(
                f"{path}: {entry.issuer} has a key for {key.algorithm_name}; use {sorted(ALGORITHMS)}"
            )
    return keys


AUDIENCE = "huiyin"
CLOCK_TOLERANCE = timedelta(seconds=30)
"""How far the clocks of issuer and verifier may differ."""
LIFETIME_MAX = timedelta(hours=24)
"""The longest time from iat to exp: a stolen token is good for a day at most (setting TOKEN_HOURS_MAX)."""
TOKEN_CHARACTERS_MAX = 8192
VERIFIED_TOKENS_MAX = 4096
"""Verified tokens that are remembered; checking a signature costs more than deciding most commands."""

_REQUIRED = ["iss", "aud", "sub", "agency", "roles", "exp", "iat", "jti"]
# Times are compared with the kernel's clock below, not with the one the library would read.
_OPTIONS: Any = {"require": _REQUIRED, "verify_exp": False, "verify_iat": False, "verify_nbf": False}


class TokenIssuer:
    """Issues tokens for development; a real installation has its agencies' own issuers."""

    def __init__(self, issuer: str, key: Ed25519PrivateKey, clock: WorldClock) -> None:
        self.issuer, self._key, self._clock = issuer, key, clock
        public: dict[str, Any] = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
        self._key_id = sha256(public["x"].encode()).hexdigest()[:16]
        self.public_key = public | {"kid": self._key_id, "alg": "EdDSA", "use": "sig"}

    def issue(
        self, officer: str, agency: str, roles: Iterable[Role], valid_for: timedelta, name: str = ""
    ) -> str:
        """A signed token for an officer of an agency."""
        now = self._clock.now()
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": officer,
            "agency": agency,
            "roles": sorted(roles),
            "iat": int(now.timestamp()),
            "exp": int((now + valid_for).timestamp()),
            "jti": str(uuid7()),
        }
        if name:
            claims["name"] = name
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": self._key_id})


class TokenVerifier:
    """Verifies tokens against the keys of the trusted issuers in a file, which may be replaced meanwhile."""

    def __init__(self, issuers: Path, clock: WorldClock, lifetime_max: timedelta = LIFETIME_MAX) -> None:
        self._issuers, self._clock = WatchedFile(issuers, read_issuers, clock), clock
        self._lifetime_max = lifetime_max
        self._keys = self._issuers.current()
        self._verified: dict[bytes, OfficerClaims] = {}

    def verify(self, token: str) -> OfficerClaims:
        """The token's claims. Raises UnauthenticatedError."""
        if len(token) > TOKEN_CHARACTERS_MAX:
            raise invalid_token(f"it is longer than {TOKEN_CHARACTERS_MAX} characters")
        self._forget_replaced_keys()
        digest = sha256(token.encode()).digest()
        claims = self._verified.get(digest)
        if claims is None:
            claims = self._check(token)
            self._remember(digest, claims)
        return self._in_time(claims)

    def _forget_replaced_keys(self) -> None:
        keys = self._issuers.current()
        if keys is not self._keys:
            self._keys = keys
            self._verified.clear()

    def _remember(self, digest: bytes, claims: OfficerClaims) -> None:
        if len(self._verified) >= VERIFIED_TOKENS_MAX:
            self._verified.clear()
        self._verified[digest] = claims

    def _check(self, token: str) -> OfficerClaims:
        try:
            unverified = jwt.decode_complete(token, options={"verify_signature": False})
            issuer, key_id = unverified["payload"].get("iss"), unverified["header"].get("kid", "")
            key = self._key(str(issuer), str(key_id))
            claims = jwt.decode(
                token, key, algorithms=sorted(ALGORITHMS), audience=AUDIENCE, issuer=issuer, options=_OPTIONS
            )
        except jwt.PyJWTError as error:
            raise invalid_token(str(error)) from error
        return self._short_lived(claims_of(claims))

    def _short_lived(self, claims: OfficerClaims) -> OfficerClaims:
        """Nobody can take a token back, so it must end soon by itself, whatever its issuer thinks."""
        seconds, most = claims.expires - claims.issued, self._lifetime_max.total_seconds()
        if not 0 < seconds <= most:  # not the other way round: a NaN is neither
            raise UnauthenticatedError(
                "TOKEN_LIFETIME_TOO_LONG",
                f"the token is valid for {seconds:.0f} s from iat to exp, at most {most:.0f} s are accepted: "
                "get a token that ends sooner",
                {"seconds": f"{seconds:.0f}", "seconds_max": f"{most:.0f}"},
            )
        return claims

    def _key(self, issuer: str, key_id: str) -> jwt.PyJWK:
        key = self._keys.get((issuer, key_id))
        if key is None:
            raise UnauthenticatedError(
                "TOKEN_ISSUER_UNKNOWN",
                "the token's issuer or its key is not trusted here: use a token of a trusted issuer",
                {"issuer": issuer, "key_id": key_id},
            )
        return key

    def _in_time(self, claims: OfficerClaims) -> OfficerClaims:
        now, tolerance = self._clock.now().timestamp(), CLOCK_TOLERANCE.total_seconds()
        if now >= claims.expires + tolerance:
            raise UnauthenticatedError("TOKEN_EXPIRED", "the token has expired: sign in again")
        if now < claims.not_before - tolerance:
            raise invalid_token("it is not valid yet: check the clocks")
        return claims
