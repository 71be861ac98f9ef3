"""The arrows of the architecture point inward, and a planted arrow that does not is found."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

PACKAGES = ("core", "services", "streams", "sdk", "proto/gen")


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Checks the contracts of pyproject.toml against the packages under a root."""
    path = os.pathsep.join(str(root / folder) for folder in PACKAGES)
    program = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config"]
    return subprocess.run(
        [*program, str(ROOT / "pyproject.toml")],
        cwd=root,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("house")
    for folder in PACKAGES:
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def test_the_contracts_are_kept() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("place", "line", "contract"),
    [
        ("core/huiyin_domain/planted.py", "import huiyin_kernel.clock", "Arrows point inward"),
        ("core/huiyin_kernel/planted.py", "import huiyin_audit", "Arrows point inward"),
        ("services/huiyin_intake/planted.py", "import huiyin_judicial", "Arrows point inward"),
        ("streams/huiyin_audit/planted.py", "import huiyin_streams", "Arrows point inward"),
        ("services/huiyin_cli/planted.py", "import huiyin_intake", "The command line speaks"),
        ("sdk/huiyin_client/planted.py", "import huiyin_kernel.ids", "What agencies install"),
        ("core/huiyin_domain/planted.py", "import time", "The domain is pure"),
        ("core/huiyin_domain/planted.py", "import huiyin.intake.v1.service_pb2_grpc", "The domain is pure"),
        ("core/huiyin_domain/intake/planted.py", "import huiyin_domain.judicial", "do not know each other"),
        ("core/huiyin_kernel/planted.py", "import faust", "Faust is imported in one file"),
    ],
)
def test_an_arrow_that_points_outward_is_found(copied: Path, place: str, line: str, contract: str) -> None:
    planted = copied / place
    planted.write_text(f'"""Planted."""\n\n{line}\n', encoding="utf-8")
    try:
        done = lint_imports(copied)
    finally:
        planted.unlink()
    broken = [shown for shown in done.stdout.splitlines() if " BROKEN" in shown]
    assert done.returncode == 1
    assert any(contract in shown for shown in broken), done.stdout
