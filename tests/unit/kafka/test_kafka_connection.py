"""A process connects to Kafka with the certificate of its profile, or says why it cannot."""

import sys
from pathlib import Path

import pytest

from huiyin_kafka.connection import KafkaSetupError, client_options
from huiyin_kernel.identity.files import write_whole
from huiyin_kernel.identity.profiles import ClientProfile, UnknownProfileError, write_profiles
from huiyin_kernel.settings import KafkaSettings, Settings

PROFILE = "service@relay"


def a_cluster(home: Path) -> Settings:
    identity = home / "identity"
    identity.mkdir()
    files = {name: identity / f"{name}.pem" for name in ("authority", "certificate", "key")}
    write_whole(files["key"], b"a key")
    write_profiles(identity, {PROFILE: ClientProfile(PROFILE, **files)})
    return Settings(home=home, kafka=KafkaSettings(bootstrap="127.0.0.1:7192,127.0.0.1:7193"))


def test_the_options_name_the_brokers_and_the_certificate_of_the_profile(tmp_path: Path) -> None:
    options = client_options(a_cluster(tmp_path), PROFILE)
    assert options["bootstrap_servers"] == ["127.0.0.1:7192", "127.0.0.1:7193"]
    assert options["security_protocol"] == "SSL"
    assert Path(options["ssl_certfile"]).name == "certificate.pem"
    assert Path(options["ssl_keyfile"]).name == "key.pem"
    assert Path(options["ssl_cafile"]).name == "authority.pem"


def test_without_brokers_the_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(KafkaSetupError, match="HUIYIN_KAFKA__BOOTSTRAP"):
        client_options(Settings(home=tmp_path, kafka=KafkaSettings()), PROFILE)


def test_an_unknown_profile_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownProfileError, match="service@nobody"):
        client_options(a_cluster(tmp_path), "service@nobody")


@pytest.mark.parametrize("module", ["kafka", "crc32c"])
def test_a_missing_module_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(KafkaSetupError, match=rf"{module} cannot be imported"):
        client_options(a_cluster(tmp_path), PROFILE)
