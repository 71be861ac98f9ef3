"""The agencies that take part: code, kind, place and superior. Versioned data, given to the domain."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class OrganisationKind(StrEnum):
    """What an agency is, as far as rules depend on it."""

    GOVERNMENT = "government"
    PETITION_OFFICE = "petition_office"
    DEPARTMENT = "department"
    CENTRE = "centre"
    COURT = "court"
    PROCURATORATE = "procuratorate"
    POLICE = "police"
    JUSTICE = "justice"
    DISCIPLINE = "discipline"


@dataclass(frozen=True, slots=True)
class Organisation:
    """An agency. `superior` is the code of the organ one level above in its own line; empty at the top.

    `operators` are the agencies whose people run a joint reception centre; others have none.
    """

    code: str
    name_zh: str
    name_en: str
    kind: OrganisationKind
    division: str
    superior: str = ""
    operators: tuple[str, ...] = ()


class Directory:
    """Agencies by code, with the questions that rules ask of them."""

    def __init__(self, organisations: Iterable[Organisation], version: str = "") -> None:
        self.version = version
        self._by_code = {organisation.code: organisation for organisation in organisations}

    def get(self, code: str) -> Organisation | None:
        """The agency with this code, if there is one."""
        return self._by_code.get(code)

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def __iter__(self) -> Iterator[Organisation]:
        return iter(self._by_code.values())

    def superiors(self, code: str) -> list[str]:
        """Codes of the organs above, nearest first."""
        chain: list[str] = []
        current = self.get(code)
        while current and current.superior and current.superior not in chain:
            chain.append(current.superior)
            current = self.get(current.superior)
        return chain

    def is_superior(self, upper: str, lower: str) -> bool:
        """True when `upper` stands above `lower` in its line."""
        return upper in self.superiors(lower)

    def common_superior(self, first: str, second: str) -> str | None:
        """The nearest organ above both (Art. 24), if there is one."""
        above = set(self.superiors(second))
        return next((code for code in self.superiors(first) if code in above), None)

    def operators(self, code: str) -> tuple[str, ...]:
        """Codes of the agencies that run a joint reception centre; none for other agencies."""
        organisation = self.get(code)
        return organisation.operators if organisation else ()

    def operated_by(self, code: str) -> list[str]:
        """Codes of the joint reception centres that an agency runs, in the order of the directory."""
        return [unit.code for unit in self if code in unit.operators]

    def is_kind(self, code: str, *kinds: OrganisationKind) -> bool:
        """True when the agency is known and of one of the kinds."""
        organisation = self.get(code)
        return organisation is not None and organisation.kind in kinds

    def of_kind(self, kind: OrganisationKind, division: str = "") -> list[Organisation]:
        """The agencies of a kind, in the order of the directory; of one division, or of all when empty."""
        return [unit for unit in self if unit.kind is kind and division in ("", unit.division)]

    def name(self, code: str, language: str = "zh") -> str:
        """The agency's name, or its code when it is not in the directory."""
        organisation = self.get(code)
        if organisation is None:
            return code
        return organisation.name_zh if language == "zh" else organisation.name_en
