"""Decisions can be found: each page stands once in the index, in order."""

import re
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "decisions"


def listed(index: str) -> Sequence[str]:
    """The pages that an index leads to, as it lists them."""
    return re.findall(r"^\| \[\d{4}\]\((\d{4}-[a-z0-9-]+\.md)\)", index, re.MULTILINE)


def test_the_index_lists_every_decision_once_and_in_order() -> None:
    assert listed((FOLDER / "README.md").read_text()) == sorted(page.name for page in FOLDER.glob("0*.md"))


def test_a_decision_out_of_order_is_found() -> None:
    index = "| [0002](0002-two.md) | Two |\n| [0001](0001-one.md) | One |\n"

    assert listed(index) != ["0001-one.md", "0002-two.md"]
