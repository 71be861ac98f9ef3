"""First start makes an identity for everyone; later starts keep them and renew the tokens."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huiyin_domain.context import Role
from huiyin_domain.directory import Organisation, OrganisationKind
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.identity.development import (
    ISSUER,
    SERVICES,
    TOKEN_VALIDITY,
    ensure_development_identities,
    identity_directory,
    issuers_file,
)
from huiyin_kernel.identity.files import KeyFileError
from huiyin_kernel.identity.profiles import UnknownProfileError, find_profile, read_profiles
from huiyin_kernel.identity.tokens import TokenIssuer, TokenVerifier, read_issuers, trust_issuer
from tests.unit.identity.identity_support import NOW

COUNTY, PROVINCE, COURT = "119901010000000001", "119900000000000002", "119901010000000003"
AUDIT_BODY = "119900000000000004"
UNITS = (
    Organisation(COUNTY, "县信访局", "County office", OrganisationKind.PETITION_OFFICE, "990101", PROVINCE),
    Organisation(PROVINCE, "省信访局", "Provincial office", OrganisationKind.PETITION_OFFICE, "990000"),
    Organisation(COURT, "县法院", "County court", OrganisationKind.COURT, "990101"),
    Organisation(AUDIT_BODY, "审计厅", "Audit office", OrganisationKind.AUDIT, "990000"),
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


def test_everyone_has_a_profile_that_is_found_by_name(tmp_path: Path, clock: ManualClock) -> None:
    made = ensure_development_identities(tmp_path, UNITS, clock)
    expected = {f"{kind}@{unit.code}" for kind in ("officer", "head", "system") for unit in UNITS}
    expected |= {"supervisor", "auditor", "administrator"} | {f"service@{name}" for name in SERVICES}
    assert set(made.profiles) == expected
    assert read_profiles(identity_directory(tmp_path)) == dict(made.profiles)
    for profile in made.profiles.values():
        assert profile.authority.exists()
        assert profile.certificate.exists()
        assert profile.key.exists()
    assert made.service("intake") == find_profile(identity_directory(tmp_path), "service@intake")


@pytest.mark.parametrize(
    "profile, agency, roles",
    [
        (f"officer@{COUNTY}", COUNTY, {Role.OFFICER}),
        (f"head@{COURT}", COURT, {Role.HEAD, Role.OFFICER}),
        ("supervisor", PROVINCE, {Role.SUPERVISOR}),
        ("auditor", AUDIT_BODY, {Role.AUDITOR}),
        ("administrator", PROVINCE, {Role.ADMINISTRATOR}),
    ],
)
def test_tokens_give_roles_and_go_with_the_agencys_certificate(
    tmp_path: Path, clock: ManualClock, profile: str, agency: str, roles: set[Role]
) -> None:
    ensure_development_identities(tmp_path, UNITS, clock)
    found = find_profile(identity_directory(tmp_path), profile)
    claims = TokenVerifier(issuers_file(tmp_path), clock).verify(found.read_token())
    assert claims.agency == agency
    assert claims.roles == roles
    assert found.certificate.stem == agency
    assert found.call_metadata() == (("authorization", f"Bearer {found.read_token()}"),)


def test_a_directory_without_a_body_that_handles_no_cases_gets_no_auditor(
    tmp_path: Path, clock: ManualClock
) -> None:
    """Whoever reads whole logs would read the accusations against its own agency (Art. 30(3))."""
    made = ensure_development_identities(tmp_path, UNITS[:3], clock)
    assert "auditor" not in made.profiles
    assert "supervisor" in made.profiles


def test_a_system_and_a_service_call_without_a_token(tmp_path: Path, clock: ManualClock) -> None:
    made = ensure_development_identities(tmp_path, UNITS, clock)
    assert made.profiles[f"system@{COURT}"].call_metadata() == ()
    assert made.service("cli").call_metadata() == ()


def test_a_later_start_renews_tokens_and_keeps_the_rest(tmp_path: Path, clock: ManualClock) -> None:
    made = ensure_development_identities(tmp_path, UNITS, clock)
    old = made.profiles["auditor"].read_token()
    certificate = made.profiles["auditor"].certificate.read_bytes()
    verifier = TokenVerifier(issuers_file(tmp_path), clock)
    clock.set(NOW + TOKEN_VALIDITY - timedelta(hours=1))
    again = ensure_development_identities(tmp_path, UNITS, clock)
    new = again.profiles["auditor"].read_token()
    assert new != old
    assert again.profiles["auditor"].certificate.read_bytes() == certificate
    clock.set(NOW + TOKEN_VALIDITY + timedelta(hours=1))
    assert verifier.verify(new).agency == AUDIT_BODY


def test_an_issuer_configured_beside_ours_stays_trusted(tmp_path: Path, clock: ManualClock) -> None:
    ensure_development_identities(tmp_path, UNITS, clock)
    ours = next(iter(read_issuers(issuers_file(tmp_path)).values()))
    theirs = TokenIssuer("https://oidc.example", Ed25519PrivateKey.generate(), clock)
    trust_issuer(issuers_file(tmp_path), theirs.issuer, [theirs.public_key])
    ensure_development_identities(tmp_path, UNITS, clock)
    keys = read_issuers(issuers_file(tmp_path))
    assert set(keys) == {(ISSUER, ours.key_id), (theirs.issuer, theirs.public_key["kid"])}


def test_the_folder_can_be_moved(tmp_path: Path, clock: ManualClock) -> None:
    ensure_development_identities(tmp_path / "here", UNITS, clock)
    (tmp_path / "here").rename(tmp_path / "there")
    assert find_profile(identity_directory(tmp_path / "there"), "auditor").read_token()


def test_secrets_are_private(tmp_path: Path, clock: ManualClock) -> None:
    made = ensure_development_identities(tmp_path, UNITS, clock)
    for path in [*made.directory.rglob("*.key"), *made.directory.rglob("*.jwt")]:
        assert path.stat().st_mode & 0o077 == 0


def test_an_unknown_profile_is_answered_with_those_there_are(tmp_path: Path, clock: ManualClock) -> None:
    ensure_development_identities(tmp_path, UNITS, clock)
    with pytest.raises(UnknownProfileError, match=f"officer@{COUNTY}"):
        find_profile(identity_directory(tmp_path), "boss")


def test_profiles_before_the_first_start_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="start the platform once"):
        find_profile(tmp_path, "auditor")


def test_thirty_agencies_are_ready_within_three_seconds(tmp_path: Path) -> None:
    units = [
        Organisation(f"1199000000000000{number:02d}", "甲", "A", OrganisationKind.DEPARTMENT, "990000")
        for number in range(30)
    ]
    start = time.perf_counter()
    made = ensure_development_identities(tmp_path, units)
    assert time.perf_counter() - start < 3
    assert len(made.profiles) == 30 * 3 + 2 + len(SERVICES)
