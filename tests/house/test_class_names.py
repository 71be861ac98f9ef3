"""One name means one thing: no two modules of the product define a public class of the same name."""

import ast
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from tests.house import tree

ROLES = {
    "Queries": "the reading methods of each service, under its own name",
    "Reactions": "what each service does about events of others, under its own name",
}
"""Names that stand for the same part of several programs, and why."""


def repeated(paths: Iterable[Path]) -> dict[str, list[str]]:
    """Public classes of modules by the names that more than one has."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path.name)
    return {name: files for name, files in places.items() if len(files) > 1}


def test_no_two_modules_define_a_public_class_of_the_same_name() -> None:
    found = repeated(tree.python_files(tree.CODE))
    assert {name: files for name, files in found.items() if name not in ROLES} == {}


def test_every_exemption_is_still_needed() -> None:
    assert ROLES.keys() <= repeated(tree.python_files(tree.CODE)).keys()


def test_a_name_that_comes_again_is_found(tmp_path: Path) -> None:
    paths = [tmp_path / "one.py", tmp_path / "two.py"]
    for path in paths:
        path.write_text("class Row:\n    pass\n\nclass _Own:\n    pass\n", encoding="utf-8")
    assert repeated(paths) == {"Row": ["one.py", "two.py"]}
