"""Every process of a running platform has in its environment what it needs, and nobody else's secret."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from huiyin_kernel.home import Home
from huiyin_kernel.settings import SERVICE_NAMES
from tests.fault.running_platform import Platform, command_line, descendants

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

STRAY = {"GITHUB_TOKEN": "a-stray-token", "PGPASSWORD": "a-stray-password", "HUIYIN_NEW": "a-stray-setting"}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One that is started where the environment holds secrets of other programs."""
    started = Platform(tmp_path_factory.mktemp("environments") / "home", {**STRAY, "HUIYIN_SAMPLES": "false"})
    try:
        started.wait_ready()
        yield started
    finally:
        started.stop()


def environment(pid: int) -> str:
    """The environment that a process was started with, as the system shows it."""
    return Path(f"/proc/{pid}/environ").read_bytes().decode()


def passwords(platform: Platform) -> dict[str, str]:
    """The passwords of the database, by whose they are; the server's administrator too."""
    home = Home(platform.home)
    accesses: dict[str, str] = json.loads(home.databases.read_text())
    found = {name: str(conninfo_to_dict(dsn)["password"]) for name, dsn in accesses.items()}
    kept: dict[str, str] = json.loads((home.secrets / "passwords.json").read_text())
    return {**kept, **found}


def test_every_child_sees_its_own_password_and_no_other(platform: Platform) -> None:
    known, pids = passwords(platform), platform.pids()
    assert set(SERVICE_NAMES) <= set(pids)
    for name in SERVICE_NAMES:
        seen = environment(pids[name])
        assert [owner for owner, password in known.items() if password in seen] == [name]


def test_no_process_below_sees_a_secret_that_is_for_others(platform: Platform) -> None:
    secrets = [*STRAY.values(), *passwords(platform).values()]
    below = descendants(platform.process.pid)
    assert len(below) > len(SERVICE_NAMES)
    for pid, line in below.items():
        if command_line(pid) == line and line:
            found = [secret for secret in secrets if secret in environment(pid)]
            assert len(found) <= (1 if "huiyin_" in line else 0), line
            assert not set(found) & set(STRAY.values()), line


def test_no_process_shows_a_secret_on_its_command_line(platform: Platform) -> None:
    lines = descendants(platform.process.pid).values()
    assert not [secret for secret in passwords(platform).values() for line in lines if secret in line]
