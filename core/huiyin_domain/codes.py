"""Code tables: channels, purposes, content classes, divisions. Versioned data, never constants in code."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Code:
    """An entry of a code table."""

    code: str
    name_zh: str
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Codes by value. `source` says where they come from and how far verified ([V], [V-code], [GK])."""

    name: str
    version: str
    source: str
    codes: Mapping[str, Code] = field(default_factory=dict)

    def __contains__(self, code: str) -> bool:
        return code in self.codes

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
