"""A test that cannot run is left out aloud on a machine that lacks something, and fails in CI."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

CONFTEST = "from tests.support.left_out import pytest_terminal_summary as pytest_terminal_summary\n"
PLANTED = """
from tests.support.kafka import runtime

def test_one_that_needs_a_broker():
    runtime()

def test_another_that_needs_a_broker():
    runtime()

def test_one_that_needs_none():
    pass
"""


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_planted.py").write_text(PLANTED)
    return tmp_path


def outcome(planted: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the planted tests on a machine on which there is no Java."""
    program = [sys.executable, "-m", "pytest", "-q", "-rs", "-c", os.devnull, "-p", "no:cacheprovider", "."]
    return subprocess.run(
        program,
        cwd=planted,
        env={"PATH": str(planted), "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_where_java_is_missing_one_is_told_which_tests_are_left_out_and_why(planted: Path) -> None:
    done = outcome(planted)
    assert done.returncode == 0, done.stdout
    assert "1 passed, 2 skipped" in done.stdout
    assert "2 tests were left out: 未找到 Java · no Java is on PATH" in done.stdout
    assert "2 in test_planted.py" in done.stdout


def test_in_ci_a_test_that_would_be_left_out_fails(planted: Path) -> None:
    done = outcome(planted, CI="true")
    assert done.returncode == 1
    assert "1 passed" in done.stdout
    assert "2 failed" in done.stdout
    assert "in CI no test may be left out: 未找到 Java · no Java is on PATH" in done.stdout
