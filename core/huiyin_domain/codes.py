"""Code tables: channels, purposes, content classes, divisions; versioned data, and how far it was checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Verification(StrEnum):
    """The marks of the domain rules, section 0."""

    VERIFIED = "V"  # read at the source
    PRACTICE = "V-code"  # read in public code of a real petition system: practice, not a norm
    GENERAL_KNOWLEDGE = "GK"  # believed, not read at the source: check before relying on it
    DERIVED = "D"  # the platform's own reading or rule, not a text of law


@dataclass(frozen=True, slots=True)
class Code:
    """An entry of a code table.

    `valid_from` and `valid_to` are days (YYYY-MM-DD) or years (YYYY), both within validity; empty: not known.
    `ended` says that it is no longer in force, `successors` what its places belong to since then.
    """

    code: str
    name_zh: str
    name_en: str = ""
    valid_from: str = ""
    valid_to: str = ""
    ended: bool = False
    successors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Codes by value. `source` says where they come from and how far verified ([V], [V-code], [GK]).

    A code that was given again after it had ended stands with its last meaning in `codes`, and with the ones
    before in `earlier`.
    """

    name: str
    version: str
    source: str
    codes: Mapping[str, Code] = field(default_factory=dict)
    earlier: Mapping[str, tuple[Code, ...]] = field(default_factory=dict)

    def __contains__(self, code: str) -> bool:
        return code in self.codes

    def periods(self, code: str) -> tuple[Code, ...]:
        """What a code has meant, by time; nothing for one that is not in the table."""
        return (*self.earlier.get(code, ()), self.codes[code]) if code in self.codes else ()

    def names(self) -> str:
        """The allowed codes, for a refusal's facts (at most 40 of them)."""
        return ",".join(list(self.codes)[:40])


@dataclass(frozen=True, slots=True)
class CodeTables:
    """The tables that intake checks against."""

    channels: CodeTable
    purposes: CodeTable
    content_classes: CodeTable
    divisions: CodeTable
    sources: CodeTable
