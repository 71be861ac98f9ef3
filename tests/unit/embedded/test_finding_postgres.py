"""The server's programs are found in a fixed order, and an unusable one is passed over with a word."""

from pathlib import Path

import pytest

from huiyin_launcher.embedded import cluster
from huiyin_launcher.embedded.claim import PostgresNotFoundError
from huiyin_launcher.embedded.cluster import find_binaries


def plant(folder: Path, version: str) -> Path:
    """A server's folder whose program states the version."""
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        program.chmod(0o755)
    return folder


def test_a_new_enough_server_on_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = plant(tmp_path / "bin", "17.4 (Debian 17.4-1)")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    found = find_binaries()
    assert (found.binaries.folder, found.binaries.version) == (folder, "17.4")


def test_an_older_server_is_passed_over_with_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = plant(tmp_path / "bin", "16.9")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    found = find_binaries()
    assert found.binaries.major >= cluster.OLDEST_MAJOR
    assert found.passed_over[0] == f"PostgreSQL 16.9 in {folder} is passed over: older than 17"


def test_a_server_that_cannot_be_run_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = plant(tmp_path / "bin", "18.1")
    (folder / "initdb").unlink()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    assert "missing there" in find_binaries().passed_over[0]


def test_a_data_folder_is_only_opened_by_the_version_that_made_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = plant(tmp_path / "bin", "17.4")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    assert find_binaries(17).binaries.folder == folder
    assert "made by version 18" in find_binaries(18).passed_over[0]


def test_when_nothing_fits_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(PostgresNotFoundError, match=r"no PostgreSQL 99 was found .* set HUIYIN_DATABASE_URL"):
        find_binaries(99)
