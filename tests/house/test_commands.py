"""The make targets that the pages name exist, and `make help` lists every one."""

import re
import subprocess

import pytest

from tests.house.tree import ROOT

PAGES = ("README.md", "README.zh-CN.md")
NAMED = re.compile(r"(?:^|`|\$ )make ([a-z-]+)(?= |`|$)", re.MULTILINE)


def targets() -> set[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))


def named(text: str) -> set[str]:
    return set(NAMED.findall(text))


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_exists(page: str) -> None:
    path = ROOT / page
    if not path.exists():
        pytest.skip(f"{page} is not written yet")
    assert named(path.read_text(encoding="utf-8")) <= targets()


def test_a_command_that_does_not_exist_is_found() -> None:
    assert named("Run `make magic` or:\n\nmake run\n") - targets() == {"magic"}


def test_make_help_lists_every_target() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = set(re.findall(r"^make ([a-z-]+) +\S", done.stdout, re.MULTILINE))
    assert listed == targets()
