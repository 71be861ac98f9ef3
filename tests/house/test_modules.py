"""Every module says what it is for, stays short, and gives a reason for each exemption it takes."""

from pathlib import Path

import pytest

from tests.house import tree


def planted(tmp_path: Path, text: str) -> list[Path]:
    path = tmp_path / "planted.py"
    path.write_text(text, encoding="utf-8")
    return [path]


def test_every_module_opens_with_its_purpose() -> None:
    assert tree.without_docstring(tree.python_files((*tree.CODE, "tests"))) == []


def test_a_module_without_purpose_is_found(tmp_path: Path) -> None:
    paths = planted(tmp_path, "number = 1\n")
    assert tree.without_docstring(paths) == paths


def test_no_module_is_long() -> None:
    assert tree.too_long(tree.python_files(tree.CODE)) == []


def test_a_long_module_is_found(tmp_path: Path) -> None:
    paths = planted(tmp_path, "number = 1\n" * (tree.MODULE_LINES_MAX + 1))
    assert tree.too_long(paths) == paths


def test_every_exemption_says_why() -> None:
    own = {Path(__file__), Path(tree.__file__)}
    assert tree.without_reason(set(tree.python_files((*tree.CODE, "tests"))) - own) == []


@pytest.mark.parametrize(
    "line",
    ["x = 1  # noqa", "x = 1  # noqa: S603", "x = 1  # type: ignore", "x = 1  # type: ignore[misc]"],
)
def test_an_exemption_without_reason_is_found(tmp_path: Path, line: str) -> None:
    assert len(tree.without_reason(planted(tmp_path, line))) == 1


@pytest.mark.parametrize(
    "line", ["x = 1  # noqa: S603 - our own program", "x = 1  # type: ignore[misc] # the stub lacks it"]
)
def test_an_exemption_with_its_reason_is_accepted(tmp_path: Path, line: str) -> None:
    assert tree.without_reason(planted(tmp_path, line)) == []


def test_no_secret_is_read_without_asking_who_else_may_read_it() -> None:
    assert tree.unguarded_secrets(tree.python_files(tree.CODE)) == []


@pytest.mark.parametrize(
    "line", ["key = profile.key.read_bytes()", "home.databases.read_text()", "home.ring(name).read_bytes()"]
)
def test_a_secret_that_is_read_without_asking_is_found(tmp_path: Path, line: str) -> None:
    assert len(tree.unguarded_secrets(planted(tmp_path, line))) == 1
