"""The project's own files, as the house tests see them."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("core", "services", "streams", "sdk", "examples")
MODULE_LINES_MAX = 400
_SKIPPED = {"__pycache__", ".git", ".venv", "build", "dist", "var"}
_EXEMPTION = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma:)")
_NOQA = r"noqa:\s*[A-Z0-9, ]+?"
_REASONED = re.compile(
    rf"#\s*(?:{_NOQA}|type:\s*ignore\[[a-z\-, ]+\](?:\s*#\s*{_NOQA})?)\s*(?:#|-|–)\s*\w.{{2,}}"
)
_READ_SECRET = re.compile(
    r"(?:key|keys|key_file|token|databases|passwords?|secrets?|ring)(?:\([^()]*\))?\.read_(?:bytes|text)\("
)
_NAMED_PERSON_DATA = re.compile(
    r"ethnic|nationality|politic|occupation|household|religio|(^|_)(risk|score|scoring|watch_?list|black_?list|"
    r"intercept|stability|stabilise|stabilize|key_person|troublemaker|nuisance|blood|movement|whereabouts)"
)


def python_files(folders: Iterable[str], root: Path = ROOT) -> Iterator[Path]:
    """Hand-written Python files under the folders."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            if not _SKIPPED & set(path.relative_to(root).parts):
                yield path


def text_files(root: Path = ROOT) -> Iterator[Path]:
    """Every file of the project that is text, but for generated code."""
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        hidden = any(part.startswith(".") and part != ".ci" for part in parts[:-1])
        ours = not hidden and not _SKIPPED & set(parts) and parts[:2] != ("proto", "gen")
        if ours and path.is_file() and b"\0" not in path.read_bytes()[:4096]:
            yield path


def without_docstring(paths: Iterable[Path]) -> list[Path]:
    """Modules that do not open with a sentence of purpose."""
    return [path for path in paths if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]


def too_long(paths: Iterable[Path]) -> list[Path]:
    """Modules with more lines than a reader holds in mind."""
    return [path for path in paths if len(path.read_text(encoding="utf-8").splitlines()) > MODULE_LINES_MAX]


def without_reason(paths: Iterable[Path]) -> list[str]:
    """Exemptions from a checker that do not say why."""
    return [
        f"{path}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _EXEMPTION.search(line) and not _REASONED.search(line)
    ]


def unguarded_secrets(paths: Iterable[Path]) -> list[str]:
    """Secret files that are read without asking who else may read them (read_private asks)."""
    return [
        f"{path}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _READ_SECRET.search(line)
    ]


def forbidden_names(names: Iterable[str]) -> list[str]:
    """Contract names that would collect what must never be collected (domain rules, section 11)."""
    return [name for name in names if _NAMED_PERSON_DATA.search(name.lower())]
