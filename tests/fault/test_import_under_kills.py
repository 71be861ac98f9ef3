"""Services and the import itself are killed while it runs: afterwards every row is in, each exactly once."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fault.running_platform import HUIYIN, Platform, running, wait_until
from tests.unit.importing.import_support import HEADERS, OFFICER, row, write_csv

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROWS = 1500
SETS = ("--set", "channel=web", "--set", "division=990101")


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HUIYIN_SAMPLES", "false")
        environment.setenv("HUIYIN_IMPORT_BATCH_ROWS", "20")
        with running(tmp_path / "home") as platform:
            yield platform


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = [row(number, f"第{number}件：路灯不亮", f"U{number % 300}") for number in range(ROWS)]
    return write_csv(tmp_path / "a.csv", rows, headers=HEADERS)


def begin(platform: Platform, path: Path, receipts: Path) -> "subprocess.Popen[str]":
    """An import under way: some rows are in, most are not."""
    program = [HUIYIN, "import", str(path), "--as", OFFICER, *SETS, "--json", "--receipts", str(receipts)]
    process = subprocess.Popen(program, env=platform.environment, stdout=subprocess.PIPE, text=True)
    wait_until(lambda: receipts.exists() and receipts.stat().st_size > 0)
    assert process.poll() is None
    return process


def cases(receipts: Path) -> list[str]:
    return [json.loads(line)["case_id"] for line in receipts.read_text().splitlines()]


def all_cases(platform: Platform) -> list[str]:
    """The cases that the platform lists, once it lists all that were registered."""
    listed: list[str] = []

    def complete() -> bool:
        found = platform.huiyin("case", "list", "--limit", "10000")
        listed[:] = [case["case_id"] for case in found]
        return len(listed) >= ROWS

    wait_until(complete, 60)
    return listed


def test_an_import_goes_on_while_its_service_is_killed_again_and_again(
    platform: Platform, path: Path, tmp_path: Path
) -> None:
    receipts = tmp_path / "receipts.jsonl"
    process = begin(platform, path, receipts)
    kills = 0
    while process.poll() is None and kills < 3:
        pid = platform.pid_of("huiyin_intake")
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            kills += 1
        time.sleep(1.5)
    said, _ = process.communicate(timeout=200)
    summary = json.loads(said)
    assert kills > 0
    assert (process.returncode, summary["complete"], summary["refused"]) == (0, True, 0)
    assert summary["registered"] + summary["repeated"] == ROWS
    assert len(set(cases(receipts))) == ROWS
    assert sorted(all_cases(platform)) == sorted(cases(receipts))


def test_an_import_that_was_killed_is_finished_by_running_it_again(
    platform: Platform, path: Path, tmp_path: Path
) -> None:
    receipts = tmp_path / "receipts.jsonl"
    killed = begin(platform, path, receipts)
    killed.kill()
    killed.communicate()
    again = begin(platform, path, receipts)
    said, _ = again.communicate(timeout=200)
    summary = json.loads(said)
    assert (again.returncode, summary["refused"]) == (0, 0)
    assert summary["repeated"] > 0
    assert summary["registered"] + summary["repeated"] == ROWS
    assert sorted(all_cases(platform)) == sorted(cases(receipts))
