"""A secret that others may read is none: each reader of one refuses it and says what to do."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from huiyin_client.calls import Calls
from huiyin_client.config import Config, ConfigError
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.home import Home
from huiyin_kernel.identity.development import DevelopmentIdentities, ensure_development_identities
from huiyin_kernel.identity.files import KeyFileError, read_private
from huiyin_kernel.identity.profiles import ClientProfile
from huiyin_kernel.policy import load_policy
from huiyin_kernel.rpc.client import ClientIdentity
from huiyin_kernel.settings import RING_NAMES
from huiyin_kernel.vault.rings import ensure_rings, open_ring

OPEN_MODES = (0o640, 0o604, 0o644, 0o660, 0o666)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = Home(tmp_path_factory.mktemp("home"))
    made.make()
    ensure_rings(made, SystemClock())
    return made


@pytest.fixture(scope="module")
def identities(home: Home) -> DevelopmentIdentities:
    return ensure_development_identities(home.root, list(load_policy().directory)[:2])


def _officer(identities: DevelopmentIdentities) -> ClientProfile:
    return next(profile for name, profile in identities.profiles.items() if name.startswith("officer@"))


def refused(path: Path, read: Callable[[], object], error: type[Exception] = KeyFileError) -> None:
    """It is read when it is private, and refused with a word that helps when it is not."""
    read()
    for mode in OPEN_MODES:
        path.chmod(mode)
        with pytest.raises(error, match=rf"{path} has mode 0{mode:o}, so others may read it: chmod 600"):
            read()
    path.chmod(0o600)


@pytest.mark.parametrize("name", RING_NAMES)
def test_an_open_ring_is_refused(home: Home, name: str) -> None:
    service = next(one for one in RING_NAMES if one == name)
    refused(home.ring(name), lambda: open_ring(home, service, {}, SystemClock()))


def test_an_open_key_of_a_service_is_refused(identities: DevelopmentIdentities) -> None:
    profile = identities.service("intake")
    refused(profile.key, lambda: ClientIdentity.of(profile))


def test_an_open_key_is_refused_before_a_kafka_client_takes_it(identities: DevelopmentIdentities) -> None:
    pytest.importorskip("kafka")
    from huiyin_kafka.connection import options_of

    profile = identities.service("relay")
    refused(profile.key, lambda: options_of("127.0.0.1:1", profile))


def test_an_open_token_is_refused(identities: DevelopmentIdentities) -> None:
    profile = _officer(identities)
    assert profile.token is not None
    refused(profile.token, profile.call_metadata)


@pytest.mark.parametrize("name", ["ca.key", "issuer.key"])
def test_an_open_key_of_an_issuer_is_refused(
    home: Home, identities: DevelopmentIdentities, name: str
) -> None:
    some = list(load_policy().directory)[:2]
    refused(identities.directory / name, lambda: ensure_development_identities(home.root, some))


def test_open_accesses_to_the_database_are_refused(home: Home) -> None:
    home.databases.write_text(json.dumps({"auditor": "postgresql://…"}))
    home.databases.chmod(0o600)
    refused(home.databases, lambda: read_private(home.databases))


def test_an_open_key_of_an_agencys_system_is_refused_by_the_client(identities: DevelopmentIdentities) -> None:
    profile = _officer(identities)
    config = Config("1", profile.authority, profile.certificate, profile.key, {"intake": "127.0.0.1:1"})
    refused(profile.key, lambda: Calls(config), ConfigError)
