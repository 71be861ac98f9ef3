"""Every file that the page on the architecture names exists, and one that does not is found."""

import re
from collections.abc import Iterator

from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "architecture.md"
NAMED = re.compile(r"(?:core|services|streams|sdk|proto|deploy|tests|docs)/[\w./-]*\w/?")
PACKAGES = ("core", "services", "streams", "sdk")


def missing(text: str) -> Iterator[str]:
    """Files and folders that a text names and that do not exist."""
    yield from (path for path in NAMED.findall(text) if not (ROOT / path).exists())


def unnamed(text: str) -> Iterator[str]:
    """Packages that a text does not name, by their full or shortened name."""
    for folder in PACKAGES:
        for package in sorted((ROOT / folder).glob("huiyin_*")):
            if package.is_dir() and package.name.removeprefix("huiyin") not in text:
                yield package.name


def test_every_file_that_the_page_names_exists() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(NAMED.findall(text)) > 50
    assert not [*missing(text)]


def test_the_page_names_every_package() -> None:
    assert not [*unnamed(PAGE.read_text(encoding="utf-8"))]


def test_a_file_that_does_not_exist_and_a_package_left_out_are_found() -> None:
    assert [*missing("see `core/huiyin_domain/gone.py` and `core/huiyin_domain/access.py`")] == [
        "core/huiyin_domain/gone.py"
    ]
    assert "huiyin_audit" in [*unnamed("nothing but huiyin_intake")]
