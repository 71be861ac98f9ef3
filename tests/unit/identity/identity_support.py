"""What the identity tests share: a clock, an issuer that is trusted, and claims signed as they are."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huiyin_domain.context import Role
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.identity.tokens import AUDIENCE, TokenIssuer, TokenVerifier, trust_issuer

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ISSUER = "https://sign-in.example"
AGENCY = "11990000MB0000001X"
HOUR = timedelta(hours=1)


class Trusted:
    """A clock, an issuer whose key is in the issuers file, and a verifier that reads that file."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(NOW)
        self.key = Ed25519PrivateKey.generate()
        self.issuer = TokenIssuer(ISSUER, self.key, self.clock)
        self.file = folder / "issuers.json"
        trust_issuer(self.file, ISSUER, [self.issuer.public_key])
        self.verifier = TokenVerifier(self.file, self.clock)

    def token(self, agency: str = AGENCY) -> str:
        """A good token of an officer."""
        return self.issuer.issue("officer-01", agency, [Role.OFFICER], HOUR)

    def signed(self, **changes: Any) -> str:
        """A token with some claims changed, and those given as None left out."""
        now = int(NOW.timestamp())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "officer-01",
            "agency": AGENCY,
            "roles": ["officer"],
            "iat": now,
            "exp": now + 3600,
            "jti": "1",
        }
        kept = {name: value for name, value in (claims | changes).items() if value is not None}
        header = {"kid": str(self.issuer.public_key["kid"])}
        return jwt.encode(kept, self.key, algorithm="EdDSA", headers=header)
