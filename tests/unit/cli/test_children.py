"""A process is given what it needs of our environment, and nothing that somebody put there for others."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from huiyin_cli.children import DATABASE_VARIABLE, Makings, handed_on, parts
from huiyin_kernel.settings import RING_NAMES, SERVICE_NAMES, Addresses, KafkaSettings, Settings

RING, OWN_RING, URL = "HUIYIN_MASTER_KEY", "HUIYIN_MASTER_KEY_INTAKE", DATABASE_VARIABLE
SECRETS = {
    URL: "postgresql://admin:admins-own@db/postgres",
    RING: "root:shared-ring",
    OWN_RING: "root:intakes-ring",
    "PGPASSWORD": "a-password",
    "AWS_SECRET_ACCESS_KEY": "a-key",
    "GITHUB_TOKEN": "a-token",
    "OTEL_EXPORTER_OTLP_HEADERS": "authorization=a-header",
    "HUIYIN_SOMETHING_NEW": "who-knows",
}
HARMLESS = {
    "PATH": "/usr/bin",
    "HOME": "/var/lib/somebody",
    "LC_ALL": "C.UTF-8",
    "PYTHONPATH": "/opt",
    "HUIYIN_REGION": "990101",
    "HUIYIN_LIMITS__DEADLINE_SECONDS": "5",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4317",
}


def environments(monkeypatch: pytest.MonkeyPatch, home: Path) -> Mapping[str, Mapping[str, str]]:
    """What each process of cluster mode is given where our own environment has all of these."""
    for name, value in (SECRETS | HARMLESS).items():
        monkeypatch.setenv(name, value)
    settings = Settings(home=home, kafka=KafkaSettings(bootstrap="127.0.0.1:7191"))
    wanted = parts(settings)
    accesses = {name: f"postgresql://{name}:access-of-{name}@db/huiyin" for name in (*SERVICE_NAMES, "relay")}
    makings = Makings(settings, Addresses(), accesses, {part.name: 1 for part in wanted}, 0)
    return {part.name: makings.child(part).spec.environment for part in wanted}


def test_what_is_no_secret_is_handed_on() -> None:
    assert handed_on(SECRETS | HARMLESS) == HARMLESS


def test_each_process_sees_its_own_access_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, given in environments(monkeypatch, tmp_path).items():
        seen = " ".join(given.values())
        own = f"access-of-{name.partition('-')[0]}"
        assert (own in seen) == (not name.startswith("worker"))
        assert seen.count("access-of-") == (0 if name.startswith("worker") else 1)


def test_each_ring_is_seen_by_its_service_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, given in environments(monkeypatch, tmp_path).items():
        rings = {variable: value for variable, value in given.items() if variable.startswith(RING)}
        expected = "root:intakes-ring" if name == "intake" else "root:shared-ring"
        assert rings == ({RING: expected} if name in RING_NAMES else {})


def test_nobody_sees_what_is_for_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    strangers = [value for name, value in SECRETS.items() if name not in (RING, OWN_RING)]
    for given in environments(monkeypatch, tmp_path).values():
        assert not [value for value in strangers if value in given.values()]
