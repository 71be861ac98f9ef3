"""Officer tokens: OpenID Connect style JSON Web Tokens, issued for development and verified always."""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from huiyin_domain.principal import Role
from huiyin_kernel.clock import Clock
from huiyin_kernel.identity.claims import OfficerClaims, claims_of, invalid_token
from huiyin_kernel.identity.issuers import ALGORITHMS, read_issuers
from huiyin_kernel.identity.unauthenticated import UnauthenticatedError
from huiyin_kernel.identity.watched import WatchedFile
from huiyin_kernel.ids import uuid7

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

    def __init__(self, issuer: str, key: Ed25519PrivateKey, clock: Clock) -> None:
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

    def __init__(self, issuers: Path, clock: Clock, lifetime_max: timedelta = LIFETIME_MAX) -> None:
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
