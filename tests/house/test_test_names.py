"""Test files have names of their own: pytest imports them by name, and two of one name are one too many."""

from collections import Counter

from tests.house.tree import ROOT


def repeated(names: list[str]) -> list[str]:
    """Names that stand more than once."""
    return sorted(name for name, count in Counter(names).items() if count > 1)


def test_no_two_test_files_have_the_same_name() -> None:
    assert repeated([path.name for path in (ROOT / "tests").rglob("test_*.py")]) == []


def test_a_repeated_name_is_found() -> None:
    assert repeated(["test_a.py", "test_b.py", "test_a.py"]) == ["test_a.py"]
