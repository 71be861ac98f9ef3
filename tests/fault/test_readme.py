"""The conversation on the README's pages, held with a real platform as a newcomer would."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from huiyin_kernel.settings import Settings
from tests.house.tree import ROOT
from tests.mainjob.process import environment, running_platform

SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
LINES_MAX = 10


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The platform with its sample cases."""
    with running_platform(tmp_path_factory.mktemp("readme") / "home", samples=True) as settings:
        yield settings


def blocks(page: str) -> list[str]:
    """The shell blocks of a page, in order."""
    return SHELL.findall((ROOT / page).read_text(encoding="utf-8"))


def run(script: str, settings: Settings) -> "subprocess.CompletedProcess[str]":
    """Runs a script as typed at the project's root, stopping at the first line that fails."""
    env = {**environment(settings.paths.root), "PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_first_conversation_works_line_by_line(page: str, platform: Settings) -> None:
    script = blocks(page)[0]
    assert len(script.splitlines()) <= LINES_MAX
    done = run(script, platform)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "HY990101-" in done.stdout
    assert "2026-02-24" in done.stdout


def test_the_call_with_an_outside_client_works(platform: Settings) -> None:
    listed = run(".venv/bin/huiyin case list --json", platform)
    case_id = re.search(r'"case_id": "([0-9a-f-]{36})"', listed.stdout)
    assert case_id is not None, listed.stdout + listed.stderr
    script = blocks("README.md")[1].replace("…", case_id[1])
    script = script.replace("var/identity", str(platform.paths.identity))
    script = script.replace("localhost:7101", _intake(platform.paths.root))
    done = run(script, platform)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"responsibleUnit"' in done.stdout


def _intake(home: Path) -> str:
    port: str = json.loads((home / "run" / "endpoints.json").read_text())["intake"].rpartition(":")[2]
    return f"localhost:{port}"
