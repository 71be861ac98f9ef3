"""Development tokens are renewed in good time while the platform runs, and always accepted by it."""

from datetime import timedelta
from pathlib import Path

from huiyin_cli.installation import make_folders, make_identities
from huiyin_cli.watch import Renewal
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.identity.development import issuers_file
from huiyin_kernel.identity.profiles import find_profile
from huiyin_kernel.identity.tokens import TokenVerifier
from huiyin_kernel.settings import RuntimeLimits, Settings


class Installation:
    """A data folder whose tokens last for some hours, and a clock for its renewal."""

    def __init__(self, home: Path, hours: float) -> None:
        self.settings = Settings(home=home, limits=RuntimeLimits(token_hours_max=hours))
        make_folders(self.settings.paths)
        make_identities(self.settings)
        self.said: list[str] = []
        self.now = 0.0
        self.renewal = Renewal(self.settings, self.said.append, lambda: self.now)

    def token(self) -> str:
        return find_profile(self.settings.paths.identity, "auditor").read_token()

    def look_at(self, hours: float) -> None:
        self.now = hours * 3600
        self.renewal.look()


def test_tokens_fit_the_lifetime_that_the_installation_accepts(tmp_path: Path) -> None:
    one = Installation(tmp_path, hours=2)
    verifier = TokenVerifier(issuers_file(tmp_path), SystemClock(), timedelta(hours=2))
    claims = verifier.verify(one.token())
    assert claims.expires - claims.issued <= 2 * 3600


def test_tokens_are_renewed_before_they_end_and_not_at_each_look(tmp_path: Path) -> None:
    one = Installation(tmp_path, hours=24)
    first = one.token()
    one.look_at(5)
    assert one.token() == first
    one.look_at(7)
    second = one.token()
    assert second != first
    one.look_at(8)
    assert one.token() == second


def test_a_renewal_that_fails_is_said_and_tried_again(tmp_path: Path) -> None:
    one = Installation(tmp_path, hours=24)
    first, issuer = one.token(), tmp_path / "identity" / "issuer.key"
    issuer.chmod(0o644)
    one.look_at(7)
    assert "chmod 600" in one.said[0]
    issuer.chmod(0o600)
    one.look_at(14)
    assert one.token() != first
