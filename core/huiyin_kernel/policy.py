"""Policy as shipped or installed: the directory of agencies, its tables, and all of it together."""

import logging
from collections import Counter
from datetime import date
from functools import partial
from pathlib import Path

from pydantic import Field

from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.codes import CodeTable, CodeTables
from huiyin_domain.context import Limits, Policy
from huiyin_domain.directory import Directory, Organisation, OrganisationKind
from huiyin_domain.identifiers import credit_code_doubt
from huiyin_kernel.policy_tables import (
    PolicyError,
    PolicyPart,
    parse,
    read_calendar,
    read_codes,
    read_rules,
    read_text,
)

log = logging.getLogger(__name__)


class _Organisation(PolicyPart):
    code: str
    name_zh: str
    name_en: str
    kind: str
    division: str
    superior: str = ""
    operators: list[str] = Field(default_factory=list)
    territorial: str = ""
    office: str = ""
    joined: date | None = None


class _Directory(PolicyPart):
    version: str
    organisation: list[_Organisation]


def read_directory(path: Path, divisions: CodeTable) -> Directory:
    """The agencies of a file. Raises PolicyError."""
    entries = parse(path, read_text(path), _Directory)
    codes = Counter(entry.code for entry in entries.organisation)
    for entry in entries.organisation:
        if fault := _fault(entry, codes, divisions):
            raise PolicyError(f"{path}: organisation {entry.code} ({entry.name_zh}): {fault}")
    directory = Directory(map(_organisation, entries.organisation), entries.version)
    _check_lines(path, directory)
    return directory


def _fault(entry: _Organisation, codes: Counter[str], divisions: CodeTable) -> str:
    if doubt := credit_code_doubt(entry.code):
        log.warning("organisation %s: %s", entry.code, doubt.en)
    if codes[entry.code] > 1:
        return "the code stands there twice; an agency has one entry"
    if entry.kind not in set(OrganisationKind):
        return f"kind {entry.kind!r} is unknown; write one of {', '.join(OrganisationKind)}"
    if entry.division not in divisions:
        return f"division {entry.division!r} is not in the table of divisions; correct it or add it there"
    for field in ("superior", "territorial", "office"):
        named = getattr(entry, field)
        if named and named not in codes:
            return f"{field} {named!r} has no entry; add that agency or leave {field} empty"
    return _office_fault(entry) or _operator_fault(entry, codes)


def _office_fault(entry: _Organisation) -> str:
    """A joint conference works through its office (Art. 12); nobody else has one."""
    is_conference = entry.kind == OrganisationKind.CONFERENCE
    if is_conference and not entry.office:
        return "a conference has an office that does its daily work; name that petition office"
    if entry.office and not is_conference:
        return "an office is named, but only a conference has one; leave it out"
    return ""


def _operator_fault(entry: _Organisation, codes: Counter[str]) -> str:
    if entry.operators and entry.kind != OrganisationKind.CENTRE:
        return "operators are named, but only a centre has operators; leave them out"
    for operator in entry.operators:
        if operator not in codes or operator == entry.code:
            return f"operator {operator!r} is no other agency of the directory; correct it"
    if len(set(entry.operators)) < len(entry.operators):
        return "an operator stands there twice; name each once"
    return ""


def _organisation(entry: _Organisation) -> Organisation:
    return Organisation(
        code=entry.code,
        name_zh=entry.name_zh,
        name_en=entry.name_en,
        kind=OrganisationKind(entry.kind),
        division=entry.division,
        superior=entry.superior,
        operators=tuple(entry.operators),
        territorial=entry.territorial,
        office=entry.office,
        joined=entry.joined,
    )


def _check_lines(path: Path, directory: Directory) -> None:
    for organisation in directory:
        if organisation.code in directory.superiors(organisation.code):
            raise PolicyError(f"{path}: organisation {organisation.code} stands above itself; mend superior")


__all__ = ["DATA_DIR", "PolicyError", "load_policy"]

DATA_DIR = Path(__file__).with_name("data")
"""What is shipped; an installation gives a folder of the same form with its own directory and tables."""


def load_policy(data_dir: Path | None = None, limits: Limits | None = None) -> Policy:
    """The policy from a folder. Raises PolicyError, which names the file, the entry and what to do."""
    folder = data_dir or DATA_DIR
    codes = _code_tables(folder / "codes")
    directory = read_directory(folder / "organisations.toml", codes.divisions)
    rules = read_rules(folder / "periods.toml")
    timetable = Timetable(read_calendar(folder / "calendars"), rules=rules)
    return Policy(directory, codes, timetable, limits or Limits())


def _code_tables(folder: Path) -> CodeTables:
    table = partial(read_codes, folder)
    names = ("channel", "purpose", "content_class", "division", "source")
    return CodeTables(*map(table, names))
