"""What each mode needs: the embedded default only Python; cluster mode Java and the packages of its lock."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.fault.running_platform import HUIYIN, Platform, wait_until
from tests.house.tree import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def imported_names(lock: str) -> set[str]:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    return {name.replace("-", "_") for name in re.findall(r"^([a-z0-9\-]+)==", text, re.MULTILINE)}


def only_in_the_cluster() -> set[str]:
    """The modules of packages that the embedded default is not installed with."""
    packages = imported_names("cluster.lock") - imported_names("run.lock")
    other_names = {"kafka_python": "kafka", "faust_streaming": "faust", "mode_streaming": "mode"}
    return {other_names.get(name, name) for name in packages} | {"yaml"}


@pytest.fixture
def without_them(tmp_path: Path) -> Mapping[str, str]:
    """An environment in which none of those modules can be imported."""
    for name in only_in_the_cluster():
        module = tmp_path / "absent" / f"{name}.py"
        module.parent.mkdir(exist_ok=True)
        module.write_text(f"raise ModuleNotFoundError('{name} is not installed', name='{name}')\n")
    return {"PYTHONPATH": str(tmp_path / "absent")}


def up(environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [HUIYIN, "up", "--cluster"], env={**environment}, capture_output=True, text=True, check=False
    )


def test_the_embedded_default_runs_without_the_packages_of_the_cluster(
    tmp_path: Path, without_them: Mapping[str, str]
) -> None:
    assert {"kafka", "faust", "aiokafka", "yaml"} <= only_in_the_cluster()
    platform = Platform(tmp_path / "home", without_them)
    try:
        platform.wait_ready()
        assert platform.huiyin("case", "list")
        wait_until(lambda: platform.answers("status"))
        assert platform.stop() == 0
    finally:
        if platform.process.poll() is None:
            platform.kill_everything()


def test_cluster_mode_without_its_packages_is_refused_with_a_word(
    tmp_path: Path, without_them: Mapping[str, str]
) -> None:
    done = up({**os.environ, "HUIYIN_HOME": str(tmp_path / "home"), **without_them})
    assert done.returncode == 1
    assert "the Python module kafka cannot be imported" in done.stderr
    assert "Traceback" not in done.stderr


def test_cluster_mode_without_java_is_refused_with_a_word(tmp_path: Path) -> None:
    done = up({"HUIYIN_HOME": str(tmp_path / "home"), "PATH": str(tmp_path)})
    assert done.returncode == 1
    assert "no Java is on PATH; Kafka needs Java 17 or newer" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home" / "postgres").exists()
