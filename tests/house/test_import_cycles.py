"""No two modules import each other, however long the way round: what is read first stands alone."""

import ast
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.house import tree


def imports(roots: Iterable[Path]) -> dict[str, set[str]]:
    """By module the modules that it imports as it is read; a package stands for what its own file imports."""
    paths = {_name(path, root): path for root in roots for path in tree.python_files(["."], root)}
    return {name: _imported(path, paths) - {name} for name, path in paths.items()}


def _name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path, paths: Mapping[str, Path]) -> set[str]:
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = {f"{node.module}.{alias.name}" for alias in node.names} & paths.keys()
            found |= modules or {node.module}
    return found & paths.keys()


def in_order(graph: Mapping[str, Iterable[str]]) -> None:
    """Raises CycleError with the modules of a circle, if there is one."""
    TopologicalSorter(graph).prepare()


def test_modules_import_each_other_in_one_direction() -> None:
    in_order(imports(tree.ROOT / folder for folder in ("core", "services", "streams", "sdk")))


def test_a_circle_is_found(tmp_path: Path) -> None:
    circle = {"one": "two", "two": "three", "three": "one"}
    for name, other in circle.items():
        (tmp_path / f"{name}.py").write_text(f"import {other}\n", encoding="utf-8")
    with pytest.raises(CycleError):
        in_order(imports([tmp_path]))
