"""The development authority makes what is missing, renews what ends soon, and leaves alone what is good."""

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from huiyin_kernel.clock import ManualClock
from huiyin_kernel.identity.certificates import (
    AUTHORITY_VALIDITY,
    CERTIFICATE_VALIDITY,
    RENEWAL_MARGIN,
    ensure_development_pki,
)
from huiyin_kernel.identity.files import KeyFileError
from tests.unit.identity.identity_support import AGENCY, NOW


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def folder(tmp_path: Path, clock: ManualClock) -> Path:
    make(tmp_path / "pki", clock)
    return tmp_path / "pki"


def make(folder: Path, clock: ManualClock) -> None:
    ensure_development_pki(folder, ["intake", "console"], [AGENCY], clock)


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_a_service_certificate_serves_and_calls_on_loopback_and_on_a_host_of_its_name(folder: Path) -> None:
    found = certificate(folder / "services" / "intake.crt")
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "intake"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["spiffe://huiyin/service/intake"]
    usages = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(usages) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}


def test_an_agency_certificate_calls_and_cannot_serve(folder: Path) -> None:
    found = certificate(folder / "agencies" / f"{AGENCY}.crt")
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [f"spiffe://huiyin/agency/{AGENCY}"]
    assert names.get_values_for_type(x509.DNSName) == []
    assert found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == AGENCY
    usages = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usages) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_certificates_are_short_lived_and_on_the_p256_curve(folder: Path) -> None:
    authority = certificate(folder / "ca.crt")
    for path in [*folder.glob("services/*.crt"), *folder.glob("agencies/*.crt")]:
        found = certificate(path)
        found.verify_directly_issued_by(authority)
        assert found.not_valid_after_utc == NOW + CERTIFICATE_VALIDITY
        key = found.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert isinstance(key.curve, ec.SECP256R1)


def test_keys_are_private(folder: Path) -> None:
    for path in folder.rglob("*.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for path in (folder, folder / "services", folder / "agencies"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_second_run_changes_nothing(folder: Path, clock: ManualClock) -> None:
    before = content(folder)
    make(folder, clock)
    assert content(folder) == before


def test_certificates_are_renewed_when_they_end_within_the_margin(folder: Path, clock: ManualClock) -> None:
    before = content(folder)
    clock.set(NOW + CERTIFICATE_VALIDITY - RENEWAL_MARGIN - timedelta(seconds=1))
    make(folder, clock)
    assert content(folder) == before
    clock.set(NOW + CERTIFICATE_VALIDITY - RENEWAL_MARGIN)
    make(folder, clock)
    after = content(folder)
    kept = {name for name in before if before[name] == after[name]}
    assert kept == {"ca.crt", "ca.key", ".lock"}


def test_an_authority_that_ends_too_soon_is_replaced_with_all_it_signed(
    folder: Path, clock: ManualClock
) -> None:
    before = content(folder)
    clock.set(NOW + AUTHORITY_VALIDITY - CERTIFICATE_VALIDITY)
    make(folder, clock)
    after = content(folder)
    assert all(before[name] != after[name] for name in before if name != ".lock")
    authority = certificate(folder / "ca.crt")
    certificate(folder / "services" / "intake.crt").verify_directly_issued_by(authority)


@pytest.mark.parametrize("spoiled", ["services/intake.key", "services/intake.crt"])
@pytest.mark.parametrize("how", ["missing", "empty", "another's", "nonsense"])
def test_what_is_broken_is_made_anew_and_the_rest_is_kept(
    folder: Path, clock: ManualClock, spoiled: str, how: str
) -> None:
    before = content(folder)
    path = folder / spoiled
    match how:
        case "missing":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "another's":
            path.write_bytes(path.with_stem("console").read_bytes())
        case _:
            path.write_bytes(b"-----BEGIN nonsense-----")
    make(folder, clock)
    after = content(folder)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"services/intake.crt", "services/intake.key"}
    certificate(folder / "services" / "intake.crt").verify_directly_issued_by(certificate(folder / "ca.crt"))


def test_a_key_that_others_may_read_is_refused(folder: Path, clock: ManualClock) -> None:
    (folder / "ca.key").chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        make(folder, clock)


@pytest.mark.parametrize("survived", range(8))
def test_a_crash_at_any_write_is_mended_by_the_next_run(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    folder, rename = tmp_path / "pki", Path.replace
    renamed: list[Path] = []

    def dying(path: Path, target: Path) -> Path:
        if len(renamed) == survived:
            raise OSError("killed")
        renamed.append(target)
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dying)
        with pytest.raises(OSError, match="killed"):
            make(folder, clock)
    make(folder, clock)
    authority = certificate(folder / "ca.crt")
    for name in ("services/intake", "services/console", f"agencies/{AGENCY}"):
        found = certificate(folder / f"{name}.crt")
        found.verify_directly_issued_by(authority)
        key = load_pem_private_key((folder / f"{name}.key").read_bytes(), password=None)
        assert found.public_key() == key.public_key()


def test_the_folder_is_owned_by_whoever_starts(folder: Path) -> None:
    assert folder.stat().st_uid == os.getuid()
