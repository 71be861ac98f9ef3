"""Who may see what is turned into SQL in one place: no other text has conditions on parts, walls, places."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.house import tree

ONE_PLACE = tree.ROOT / "core" / "huiyin_kernel" / "access_sql.py"
_WHO = r"(\w+\.)?(parties|accused|walled|former|asked|reached|recipients)"
CONDITION = re.compile(
    rf"\b{_WHO}\s*(&&|@>|<@|=\s)|ANY\s*\(\s*{_WHO}\b"
    r"|\bdivision\s*(NOT\s+LIKE|LIKE|~|=\s)|starts_with\(\s*(\w+\.)?division",
    re.IGNORECASE,
)
"""A condition of SQL on who has a part in a case, is kept from it, or where it belongs."""
_ASSIGNED = re.compile(r"\bSET\s", re.IGNORECASE)
"""What an UPDATE or upsert assigns is no condition."""


def texts(source: str) -> Iterator[str]:
    """The texts of a module, with those of f-strings, docstrings left out."""
    module = ast.parse(source)
    said = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def conditions(files: Sequence[Path]) -> list[str]:
    """The conditions on access in the texts of these files."""
    return [
        f"{file}: {found.group()}"
        for file in files
        for text in texts(file.read_text())
        if (found := CONDITION.search(text)) and not _ASSIGNED.search(text)
    ]


def test_only_one_module_turns_access_into_sql() -> None:
    assert conditions([file for file in tree.python_files(tree.CODE) if file != ONE_PLACE]) == []


def test_the_one_place_has_such_conditions_so_that_the_search_finds_them() -> None:
    assert len(conditions([ONE_PLACE])) >= 6


def test_a_planted_condition_is_found(tmp_path: Path) -> None:
    for number, planted in enumerate(
        (
            'WHERE = "NOT (%(agency)s = ANY(accused))"',
            'def f(agency): return f"SELECT 1 WHERE parties @> ARRAY[{agency}]"',
            'OF_REGION = "c.division LIKE %(line)s"',
            'WALL = "c.walled && %(agencies)s"',
        )
    ):
        file = tmp_path / f"planted_{number}.py"
        file.write_text(planted)
        assert conditions([file]), planted
