"""An officer's token is accepted only from a trusted issuer, whole, in time and for this platform."""

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import ECAlgorithm

from huiyin_domain.context import Role
from huiyin_kernel.identity import tokens
from huiyin_kernel.identity.files import CHECK_INTERVAL, KeyFileError
from huiyin_kernel.identity.tokens import (
    CLOCK_TOLERANCE,
    TokenIssuer,
    TokenVerifier,
    UnauthenticatedError,
    read_issuers,
    trust_issuer,
)
from tests.unit.identity.identity_support import AGENCY, HOUR, ISSUER, NOW, Trusted


@pytest.fixture
def trusted(tmp_path: Path) -> Trusted:
    return Trusted(tmp_path)


def reason(verifier: TokenVerifier, token: str) -> str:
    with pytest.raises(UnauthenticatedError) as caught:
        verifier.verify(token)
    assert token not in str(caught.value), "a refusal never repeats the token"
    return caught.value.reason


def test_a_token_says_who_and_for_which_agency(trusted: Trusted) -> None:
    token = trusted.issuer.issue("officer-01", AGENCY, [Role.HEAD, Role.OFFICER], HOUR, "张三")
    claims = trusted.verifier.verify(token)
    assert (claims.officer, claims.agency, claims.name) == ("officer-01", AGENCY, "张三")
    assert claims.roles == {Role.HEAD, Role.OFFICER}


def test_a_token_ends_with_its_time_even_when_it_was_verified_before(trusted: Trusted) -> None:
    token = trusted.token()
    trusted.clock.set(NOW + HOUR + CLOCK_TOLERANCE - timedelta(seconds=1))
    trusted.verifier.verify(token)
    trusted.clock.set(NOW + HOUR + CLOCK_TOLERANCE)
    assert reason(trusted.verifier, token) == "TOKEN_EXPIRED"


@pytest.mark.parametrize("seconds", [86_401, 10 * 365 * 86_400, float("inf"), float("nan"), 0, -60])
def test_a_token_that_is_valid_for_too_long_is_refused(trusted: Trusted, seconds: float) -> None:
    token = trusted.signed(exp=NOW.timestamp() + seconds)
    assert reason(trusted.verifier, token) == "TOKEN_LIFETIME_TOO_LONG"


def test_a_token_cannot_hide_its_lifetime_behind_an_old_date_of_issue(trusted: Trusted) -> None:
    now = int(NOW.timestamp())
    token = trusted.signed(iat=now - 365 * 86_400, nbf=now, exp=now + 3600)
    assert reason(trusted.verifier, token) == "TOKEN_LIFETIME_TOO_LONG"


def test_a_token_that_is_valid_for_a_day_is_accepted(trusted: Trusted) -> None:
    assert trusted.verifier.verify(trusted.signed(exp=NOW.timestamp() + 86_400)).agency == AGENCY


def test_an_installation_may_accept_only_shorter_tokens(trusted: Trusted) -> None:
    verifier = TokenVerifier(trusted.file, trusted.clock, timedelta(minutes=30))
    assert reason(verifier, trusted.token()) == "TOKEN_LIFETIME_TOO_LONG"


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_token_of_the_future_is_refused(trusted: Trusted, claim: str) -> None:
    later = int(NOW.timestamp()) + 3600
    assert reason(trusted.verifier, trusted.signed(**{claim: later, "exp": later + 60})) == "TOKEN_INVALID"


@pytest.mark.parametrize("claim", ["aud", "sub", "agency", "roles", "exp", "iat", "jti"])
def test_a_token_without_a_claim_is_refused(trusted: Trusted, claim: str) -> None:
    assert reason(trusted.verifier, trusted.signed(**{claim: None})) == "TOKEN_INVALID"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another platform"},
        {"sub": ""},
        {"sub": 7},
        {"sub": "她住在某街三号" * 100},
        {"sub": "a\nb"},
        {"agency": ""},
        {"agency": ["a", "b"]},
        {"roles": "officer"},
        {"exp": "never"},
        {"exp": True},
        {"nbf": "now"},
        {"name": 7},
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(trusted: Trusted, changes: dict[str, Any]) -> None:
    assert reason(trusted.verifier, trusted.signed(**changes)) == "TOKEN_INVALID"


@pytest.mark.parametrize("roles", [[], ["service"], ["system"], ["emperor"], [None, {"a": 1}]])
def test_a_token_cannot_make_its_bearer_a_service_or_system(trusted: Trusted, roles: list[Any]) -> None:
    assert reason(trusted.verifier, trusted.signed(roles=roles)) == "TOKEN_ROLES_MISSING"


def test_roles_that_mean_nothing_here_are_passed_over(trusted: Trusted) -> None:
    claims = trusted.verifier.verify(trusted.signed(roles=["auditor", "printer", "service"]))
    assert claims.roles == {Role.AUDITOR}


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "….….…", "x" * 9000])
def test_what_is_no_token_is_refused(trusted: Trusted, token: str) -> None:
    with pytest.raises(UnauthenticatedError) as caught:
        trusted.verifier.verify(token)
    assert caught.value.reason == "TOKEN_INVALID"


def test_each_altered_character_is_noticed(trusted: Trusted) -> None:
    token = trusted.token()
    payload_end = token.rindex(".")
    # The last character of the signature carries spare bits that mean nothing.
    for place in [*range(0, payload_end, 7), *range(payload_end + 1, len(token) - 1, 5)]:
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(UnauthenticatedError):
            trusted.verifier.verify(token[:place] + other + token[place + 1 :])


def test_a_token_of_an_issuer_that_is_not_trusted_is_refused(trusted: Trusted) -> None:
    stranger = TokenIssuer("https://elsewhere.example", Ed25519PrivateKey.generate(), trusted.clock)
    token = stranger.issue("officer-01", AGENCY, [Role.OFFICER], HOUR)
    assert reason(trusted.verifier, token) == "TOKEN_ISSUER_UNKNOWN"


def test_a_token_signed_by_another_key_is_refused(trusted: Trusted) -> None:
    claims = {"iss": ISSUER, "aud": "huiyin", "sub": "a", "agency": AGENCY, "roles": ["officer"]}
    header = {"kid": str(trusted.issuer.public_key["kid"])}
    forged = jwt.encode(claims, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers=header)
    assert reason(trusted.verifier, forged) == "TOKEN_INVALID"


def test_an_unsigned_token_is_refused(trusted: Trusted) -> None:
    _, payload, _ = trusted.token().split(".")
    header = json.dumps({"alg": "none", "kid": trusted.issuer.public_key["kid"]}).encode()
    unsigned = base64.urlsafe_b64encode(header).decode().rstrip("=") + f".{payload}."
    assert reason(trusted.verifier, unsigned) == "TOKEN_INVALID"


def test_a_key_set_of_a_real_issuer_is_trusted_beside_the_first(trusted: Trusted) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "2026", "alg": "ES256"}
    before = trusted.token()
    trusted.verifier.verify(before)
    trust_issuer(trusted.file, "https://oidc.example", [public])
    trusted.clock.set(NOW + CHECK_INTERVAL)
    payload = jwt.decode(before, options={"verify_signature": False}) | {"iss": "https://oidc.example"}
    token = jwt.encode(payload, key, algorithm="ES256", headers={"kid": "2026"})
    assert trusted.verifier.verify(token).agency == AGENCY
    assert trusted.verifier.verify(before).agency == AGENCY


def test_tokens_of_a_key_that_was_withdrawn_are_refused(trusted: Trusted) -> None:
    token = trusted.token()
    trusted.verifier.verify(token)
    trust_issuer(trusted.file, ISSUER, [])
    trusted.clock.set(NOW + CHECK_INTERVAL)
    assert reason(trusted.verifier, token) == "TOKEN_ISSUER_UNKNOWN"


def test_only_so_many_verified_tokens_are_remembered(
    trusted: Trusted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "VERIFIED_TOKENS_MAX", 3)
    for _ in range(10):
        trusted.verifier.verify(trusted.token())
        assert len(trusted.verifier._verified) <= 3


def test_a_shared_secret_is_no_key_of_an_issuer(tmp_path: Path) -> None:
    shared = {"kty": "oct", "k": base64.urlsafe_b64encode(bytes(32)).decode(), "kid": "1", "alg": "HS256"}
    trust_issuer(tmp_path / "issuers.json", ISSUER, [shared])
    with pytest.raises(KeyFileError, match="HS256"):
        read_issuers(tmp_path / "issuers.json")


@pytest.mark.parametrize(
    "content", ["", "{}", '{"issuers": [{"issuer": "a"}]}', '{"issuers": [], "more": 1}']
)
def test_a_wrong_issuers_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "issuers.json").write_text(content)
    with pytest.raises(KeyFileError, match=r"issuers\.json is no list"):
        read_issuers(tmp_path / "issuers.json")
