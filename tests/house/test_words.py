"""No file names a machine's own paths or a package registry, and locks name no address at all."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.house.tree import ROOT, text_files

# Built from parts, so that this file does not contain what it looks for.
HOMES = "|".join(("root", "home", "Users", "workspace"))
REGISTRIES = "|".join(("pypi", "files.pythonhosted", "registry.npmjs", "repo1.maven", "repo.maven.apache"))
MACHINE_PATH = re.compile(rf"(?<![\w.$}}/])/(?:{HOMES})/[\w.]+")
REGISTRY_HOST = re.compile(rf"https?://[\w.\-]*(?:{REGISTRIES})", re.IGNORECASE)


def findings(paths: Iterable[Path]) -> list[str]:
    """Lines with a machine path, this checkout's own path, or a registry."""
    own = str(ROOT) if len(ROOT.parts) > 2 else None
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if MACHINE_PATH.search(line) or REGISTRY_HOST.search(line) or (own and own in line)
    ]


def test_no_file_names_a_machine_path_or_a_registry() -> None:
    assert findings(text_files()) == []


@pytest.mark.parametrize(
    "line",
    [
        "/".join(("cd ", "root", "project")),
        "/".join(("open('", "home", "somebody", "x')")),
        "https://" + "pypi.org/simple",
        str(ROOT / "x"),
    ],
)
def test_a_planted_path_or_registry_is_found(tmp_path: Path, line: str) -> None:
    planted = tmp_path / "planted.md"
    planted.write_text(line, encoding="utf-8")
    assert len(findings([planted])) == 1


def test_locks_name_no_address_and_carry_hashes() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.lock")):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        packages = re.findall(r"^[a-z0-9].*?==.*?(?=^[a-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)
        assert packages, f"{lock} locks nothing"
        assert all("--hash=sha256:" in package for package in packages)


def test_what_runs_is_also_what_is_tested() -> None:
    pins = [
        set(re.findall(r"^([a-z0-9\-]+==\S+)", (ROOT / "requirements" / name).read_text(), re.MULTILINE))
        for name in ("run.lock", "dev.lock")
    ]
    assert pins[0] <= pins[1]
