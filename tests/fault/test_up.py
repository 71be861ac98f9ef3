"""`huiyin up` starts everything, stops everything, and finds everything again after any kill."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from huiyin_kernel.settings import SERVICE_NAMES
from huiyin_launcher.embedded.claim import free_port
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.fault.running_platform import HUIYIN, Platform, command_line, descendants, running, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for all runs of this file."""
    return tmp_path_factory.mktemp("up") / "home"


@pytest.fixture(scope="module")
def runs() -> Iterator[list[Platform]]:
    """All runs on the folder; the last one is ended when the file is done."""
    started: list[Platform] = []
    yield started
    if started and started[-1].process.poll() is None:
        started[-1].kill_everything()


@pytest.fixture
def platform(home: Path, runs: list[Platform]) -> Platform:
    """The platform, running and ready: the one of the test before if it still runs."""
    if not runs or runs[-1].process.poll() is not None:
        runs.append(Platform(home))
        runs[-1].wait_ready()
    return runs[-1]


def numbers(platform: Platform) -> set[str]:
    return {case["case_id"] for case in platform.huiyin("case", "list")}


def test_a_first_start_brings_up_every_service_and_the_samples(platform: Platform) -> None:
    lines = " ".join(descendants(platform.process.pid).values())
    assert all(f"huiyin_{name}" in lines for name in SERVICE_NAMES)
    assert numbers(platform)


def test_an_interrupt_stops_all_and_leaves_nothing_running(platform: Platform, home: Path) -> None:
    started = descendants(platform.process.pid)
    begun = time.monotonic()
    assert platform.stop() == 0
    assert time.monotonic() - begun < 15
    assert {pid: line for pid, line in started.items() if command_line(pid) == line} == {}
    assert not (home / "run" / "endpoints.json").exists()


def test_a_later_start_is_quick_and_finds_everything(platform: Platform) -> None:
    before = numbers(platform)
    platform.stop()
    begun = time.monotonic()
    with running(platform.home) as again:
        # Ten seconds on two idle cores; here other tests run beside it.
        assert time.monotonic() - begun < 30
        assert numbers(again) == before


def test_a_start_after_a_kill_of_everything_recovers_by_itself(platform: Platform) -> None:
    before = numbers(platform)
    platform.kill_everything()
    with running(platform.home) as again:
        assert numbers(again) == before


def test_a_kill_while_the_samples_are_loaded_is_recovered_from(tmp_path: Path) -> None:
    first = Platform(tmp_path / "home")
    wait_until((first.home / "samples-begun").exists, 90)
    first.kill_everything()
    assert "sample cases loaded" not in first.text(), "the fault was not planted: the samples were loaded"
    with running(first.home) as again:
        loaded = int((first.home / "samples-loaded").read_text())
        assert len(numbers(again)) >= loaded


def test_a_database_killed_while_the_platform_starts_is_started_again(tmp_path: Path) -> None:
    platform = Platform(tmp_path / "home", {"HUIYIN_SAMPLES": "false"})
    try:
        kill_database(platform)
        wait_until(lambda: "waiting for the services" in platform.text(), 90)
        kill_database(platform)
        wait_until(lambda: "Huiyin is up" in platform.text(), 90)
        assert answers(platform)
    finally:
        platform.kill_everything()


def kill_database(platform: Platform) -> None:
    """Kills PostgreSQL as soon as it is there, and waits for its successor."""
    wait_until(lambda: platform.pid_of("postgres -D") is not None, 90)
    killed = platform.pid_of("postgres -D")
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: platform.pid_of("postgres -D") not in (None, killed), 60)


def test_a_second_start_on_the_same_folder_is_refused_with_a_word(platform: Platform) -> None:
    done = subprocess.run(
        [HUIYIN, "up"], env=platform.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Huiyin runs on this data folder already" in done.stderr
    assert platform.process.poll() is None


@pytest.mark.parametrize("name", SERVICE_NAMES)
def test_a_killed_service_is_started_again(platform: Platform, name: str) -> None:
    pid = platform.pid_of(f"-m huiyin_{name} ")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: platform.pid_of(f"-m huiyin_{name} ") not in (None, pid))
    assert f"{name} ended (killed by SIGKILL)" in platform.text()
    wait_until(lambda: answers(platform))


def test_a_killed_database_is_started_again_and_the_services_go_on(platform: Platform) -> None:
    before = numbers(platform)
    kill_database(platform)
    wait_until(lambda: answers(platform))
    assert numbers(platform) == before


def answers(platform: Platform) -> bool:
    program = [HUIYIN, "case", "list", "--json"]
    return subprocess.run(program, env=platform.environment, capture_output=True, check=False).returncode == 0


def test_no_password_is_in_a_log_or_readable_by_others(home: Path) -> None:
    secrets = [path for path in (home / "secrets").iterdir() if path.is_file()]
    assert secrets
    assert all(path.stat().st_mode & 0o077 == 0 for path in secrets)
    password = (home / "postgres" / "admin.password").read_text()
    assert all(password not in path.read_text(errors="replace") for path in (home / "logs").iterdir())


def test_a_server_of_ones_own_is_used_and_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedPostgres(tmp_path / "own") as own:
        monkeypatch.setenv("HUIYIN_DATABASE_URL", own.admin_dsn)
        with running(tmp_path / "home") as platform:
            assert numbers(platform)
            assert not (tmp_path / "home" / "postgres").exists()
            assert own.admin_dsn not in (tmp_path / "home" / "run" / "endpoints.json").read_text()
        assert own.pid is not None


def test_a_server_that_does_not_answer_is_said_in_one_sentence(tmp_path: Path) -> None:
    url = f"postgresql://nobody:secret@127.0.0.1:{free_port()}/postgres"
    environment = {**os.environ, "HUIYIN_HOME": str(tmp_path), "HUIYIN_DATABASE_URL": url}
    done = subprocess.run([HUIYIN, "up"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the database could not be made ready" in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_a_wrong_setting_is_named_with_exit_status_2(tmp_path: Path) -> None:
    environment = {**os.environ, "HUIYIN_HOME": str(tmp_path), "HUIYIN_LIMITS__DEADLINE_SECONDS": "soon"}
    done = subprocess.run([HUIYIN, "up"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("HUIYIN_LIMITS__DEADLINE_SECONDS: ")
