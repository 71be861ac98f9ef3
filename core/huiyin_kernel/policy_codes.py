"""Reads the code tables: channels, purposes, content classes, divisions."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from huiyin_domain.codes import Code, CodeTable
from huiyin_kernel.policy_files import Entry, PolicyError, parse, read_text

_Day = Annotated[str, Field(pattern=r"^(\d{4}(-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))?)?$")]
"""A day or a year; empty: not known."""


class _Names(Entry):
    zh: str
    en: str = ""
    valid_from: _Day = ""
    valid_to: _Day = ""
    successors: list[str] = Field(default_factory=list)


_Meaning = str | _Names | list[_Names]
"""A name; or one with its validity; or several, by time, of a code that was given again."""


class _Table(Entry):
    """`ended` holds codes no longer in force, kept for records of their time; `synthetic` invented ones."""

    name: str
    version: str
    source: str
    codes: dict[str, _Meaning]
    ended: dict[str, _Meaning] = Field(default_factory=dict)
    synthetic: dict[str, _Meaning] = Field(default_factory=dict)


def read_codes(folder: Path, name: str) -> CodeTable:
    """The table of this name. Raises PolicyError."""
    path = folder / f"{name}.toml"
    table = parse(path, read_text(path), _Table)
    if table.name != name:
        raise PolicyError(f"{path}: name is {table.name!r}; it has to be {name!r}")
    entries = [*_periods(table.codes), *_periods(table.ended, ended=True), *_periods(table.synthetic)]
    known = dict(entries)
    if len(known) < len(entries):
        raise PolicyError(f"{path}: a code stands in two sections; keep it in one")
    for code, period in ((code, one) for code, periods in entries for one in periods):
        if unknown := [other for other in period.successors if other not in known]:
            raise PolicyError(f"{path}: {code} is followed by {unknown[0]}, which is not in the table")
    return CodeTable(
        table.name,
        table.version,
        table.source,
        {code: periods[-1] for code, periods in known.items()},
        {code: periods[:-1] for code, periods in known.items() if periods[1:]},
    )


def _periods(
    section: Mapping[str, _Meaning], *, ended: bool = False
) -> Iterator[tuple[str, tuple[Code, ...]]]:
    """The codes of a section with what each has meant, by time; all but its last meaning have ended."""
    for code, meaning in section.items():
        meanings = meaning if isinstance(meaning, list) else [meaning]
        last = len(meanings) - 1
        yield code, tuple(_code(code, one, ended=ended or at < last) for at, one in enumerate(meanings))


def _code(code: str, names: str | _Names, *, ended: bool) -> Code:
    if isinstance(names, str):
        return Code(code, names, ended=ended)
    validity = (names.valid_from, names.valid_to, ended, tuple(names.successors))
    return Code(code, names.zh, names.en, *validity)
