"""Reads the code tables: channels, purposes, content classes, divisions."""

from pathlib import Path

from pydantic import Field

from huiyin_domain.codes import Code, CodeTable
from huiyin_kernel.policy_files import Entry, PolicyError, parse, read_text


class _Names(Entry):
    zh: str
    en: str = ""


class _Table(Entry):
    """`ended` holds codes no longer in force, kept for records of their time; `synthetic` invented ones."""

    name: str
    version: str
    source: str
    codes: dict[str, str | _Names]
    ended: dict[str, str | _Names] = Field(default_factory=dict)
    synthetic: dict[str, str | _Names] = Field(default_factory=dict)


def read_codes(folder: Path, name: str) -> CodeTable:
    """The table of this name. Raises PolicyError."""
    path = folder / f"{name}.toml"
    table = parse(path, read_text(path), _Table)
    if table.name != name:
        raise PolicyError(f"{path}: name is {table.name!r}; it has to be {name!r}")
    entries = [*table.codes.items(), *table.ended.items(), *table.synthetic.items()]
    codes = {code: _code(code, names) for code, names in entries}
    if len(codes) < len(entries):
        raise PolicyError(f"{path}: a code stands in two sections; keep it in one")
    return CodeTable(table.name, table.version, table.source, codes)


def _code(code: str, names: str | _Names) -> Code:
    return Code(code, names) if isinstance(names, str) else Code(code, names.zh, names.en)
