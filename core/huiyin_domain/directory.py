"""The agencies that take part, with kind, place and superiors; and the divisions they stand in (GB/T 2260).

A code is kept as recorded, whatever becomes of its place. The table reaches down to the county; the longer
statistical codes, 9 digits for a township and 12 for a village, are known by the county that they begin with.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from huiyin_domain.codes import Code, CodeTable

COUNTY_DIGITS = 6
"""Digits of a division down to the county; longer codes go on to townships and villages."""

NOWHERE = "000000"
"""Stands in numbers, figures and questions for a place that is not known yet; no division has it."""

LEVELS = (2, 4, 6, 9, 12)
"""How many digits name a province, prefecture, county, township and village."""

_FORM = re.compile(r"[0-9]{6}(?:[0-9]{3}(?:[0-9]{3})?)?")


def county_of(code: str) -> str:
    """The six digits of a code that the table knows places by; empty for a place that is not known."""
    return code[:COUNTY_DIGITS]


def named_digits(code: str) -> int:
    """How many digits of a code name the place: one of LEVELS; 0 for the nation, and for no place."""
    return next((level for level in (0, *LEVELS) if len(code.rstrip("0")) <= level), len(code))


def line_of(code: str) -> str:
    """The digits that a division and those below it share: 99 for a province, 9901 for a prefecture.

    Empty for the nation, and for a place that is not known.
    """
    return code[: named_digits(code)].ljust(named_digits(code), "0")


def has_form(code: str) -> bool:
    """Whether these are 6, 9 or 12 digits."""
    return bool(_FORM.fullmatch(code))


def is_known(code: str, table: CodeTable) -> bool:
    """Whether a code of 6, 9 or 12 digits names a place of the table, or one within it, of whatever time."""
    return has_form(code) and county_of(code) in table


def in_force(code: str, table: CodeTable, day: date) -> bool:
    """Whether a code of the table was in force on a day, as far as the table knows.

    One that ended is taken to have been in force only where the table says until when; one that is there now,
    from whenever. A year alone counts as a whole: in the year of a change the old and the new code both hold.
    """
    return any(_holds(period, day) for period in table.periods(code))


def _holds(period: Code, day: date) -> bool:
    if period.ended and not period.valid_to:
        return False
    begun = not period.valid_from or day >= date.fromisoformat(_first(period.valid_from))
    return begun and (not period.valid_to or day <= date.fromisoformat(_last(period.valid_to)))


def _first(text: str) -> str:
    return text if "-" in text else f"{text}-01-01"


def _last(text: str) -> str:
    return text if "-" in text else f"{text}-12-31"


def name_of(code: str, table: CodeTable) -> str:
    """The name of a place, with its digits where they say more than the table; the code itself if unknown."""
    if code in table:
        return table.codes[code].name_zh
    return f"{table.codes[county_of(code)].name_zh}（{code}）" if is_known(code, table) else code


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
    CONFERENCE = "conference"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Organisation:
    """An agency. `superior` is the code of the organ one level above in its own line; empty at the top.

    `territorial` is the government of its place, where its own line leads elsewhere (vertical management,
    Art. 5(3): both have a say). `operators` are the agencies whose people run a joint reception centre;
    `office` is the petition office that does the daily work of a joint conference (Art. 12). `joined` is the
    day from which it takes part, where it came after the platform began: what it received before is history.
    """

    code: str
    name_zh: str
    name_en: str
    kind: OrganisationKind
    division: str
    superior: str = ""
    operators: tuple[str, ...] = ()
    territorial: str = ""
    office: str = ""
    joined: date | None = None


class Directory:
    """Agencies by code, with the questions that rules ask of them."""

    def __init__(self, organisations: Iterable[Organisation], version: str = "") -> None:
        self.version = version
        self._by_code = {organisation.code: organisation for organisation in organisations}
        self._runs: dict[str, list[str]] = {}
        for unit in self:
            for runner in {*unit.operators, unit.office} - {""}:
                self._runs.setdefault(runner, []).append(unit.code)

    def get(self, code: str) -> Organisation | None:
        """The agency with this code, if there is one."""
        return self._by_code.get(code)

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def __iter__(self) -> Iterator[Organisation]:
        return iter(self._by_code.values())

    def above(self, code: str) -> tuple[str, ...]:
        """Codes of the organs one level above: that of its line first, then the government of its place."""
        unit = self.get(code)
        uppers = (unit.superior, unit.territorial) if unit else ()
        return tuple(dict.fromkeys(upper for upper in uppers if upper))

    def superiors(self, code: str) -> list[str]:
        """Codes of the organs above, by its line and by its place, nearest first."""
        found: dict[str, None] = {}
        level = self.above(code)
        while level := tuple(upper for upper in level if upper not in found):
            found |= dict.fromkeys(level)
            level = tuple(upper for lower in level for upper in self.above(lower))
        return list(found)

    def is_superior(self, upper: str, lower: str) -> bool:
        """True when `upper` stands above `lower`, in its line or as the government of its place."""
        return upper in self.superiors(lower)

    def common_superiors(self, units: Collection[str]) -> list[str]:
        """The organs above all of the units (Art. 24), nearest first; none when no unit is named."""
        chains = [self.superiors(unit) for unit in sorted(units)]
        return [code for code in chains[0] if all(code in chain for chain in chains)] if chains else []

    def conference_for(self, units: Collection[str]) -> str | None:
        """The joint conference of the smallest area that holds all of the units (Art. 24), if any."""
        places = [unit.division for unit in map(self.get, units) if unit]
        if not places or len(places) < len(units):
            return None
        conferences = [
            unit
            for unit in self
            if unit.kind is OrganisationKind.CONFERENCE
            and all(place.startswith(line_of(unit.division)) for place in places)
        ]
        nearest = max(conferences, key=lambda unit: len(line_of(unit.division)), default=None)
        return nearest.code if nearest else None

    def deciders_between(self, units: Collection[str]) -> list[str]:
        """Who decides between units that do not agree (Art. 24): their common superiors, nearest first.

        Where there is none, the joint conference of their area; empty when there is neither.
        """
        if superiors := self.common_superiors(units):
            return superiors
        conference = self.conference_for(units)
        return [conference] if conference else []

    def speaks_for(self, agency: str, organ: str) -> bool:
        """True when the agency is the organ, or the office of that joint conference (Art. 12)."""
        unit = self.get(organ)
        return unit is not None and agency in (unit.code, unit.office)

    def operators(self, code: str) -> tuple[str, ...]:
        """Codes of the agencies that run a joint reception centre; none for other agencies."""
        organisation = self.get(code)
        return organisation.operators if organisation else ()

    def operated_by(self, code: str) -> list[str]:
        """Codes of the joint reception centres that an agency runs, in the order of the directory."""
        return [unit.code for unit in self if code in unit.operators]

    def outside(self, unit: str, kept_out: Collection[str]) -> str | None:
        """The unit outside the wall that names who gets a case in place of an accused one (Art. 30).

        The nearest superior of the unit that handles cases and is not itself kept from this one; where there
        is none, the office of the nearest joint conference of its place, then a discipline organ of its area.
        """
        place = self.get(unit)
        if place is None:
            return None
        around = [one for one in self if place.division.startswith(line_of(one.division))]
        around.sort(key=lambda one: -len(line_of(one.division)))
        discipline = [one.code for one in around if one.kind is OrganisationKind.DISCIPLINE]
        candidates = (*self.superiors(unit), *(one.office for one in around if one.office), *discipline)
        open_to = (one for one in candidates if self.handles_cases(one) and one not in {unit, *kept_out})
        return next(open_to, None)

    def one_body(self, code: str) -> frozenset[str]:
        """The agency, the centres and conferences that its people run, and those whose people run it."""
        unit = self.get(code)
        run_by = {*unit.operators, unit.office} if unit else set()
        return frozenset({code, *run_by, *self._runs.get(code, ())} - {""})

    def is_kind(self, code: str, *kinds: OrganisationKind) -> bool:
        """True when the agency is known and of one of the kinds."""
        organisation = self.get(code)
        return organisation is not None and organisation.kind in kinds

    def handles_cases(self, code: str) -> bool:
        """True for an agency that cases can be given to: not a conference, which decides, nor who audits."""
        organisation = self.get(code)
        deciding_only = (OrganisationKind.CONFERENCE, OrganisationKind.AUDIT)
        return organisation is not None and organisation.kind not in deciding_only

    def of_kind(self, kind: OrganisationKind, division: str = "") -> list[Organisation]:
        """The agencies of a kind, in the order of the directory; of one division, or of all when empty."""
        return [unit for unit in self if unit.kind is kind and division in ("", unit.division)]

    def name(self, code: str, language: str = "zh") -> str:
        """The agency's name, or its code when it is not in the directory."""
        organisation = self.get(code)
        if organisation is None:
            return code
        return organisation.name_zh if language == "zh" else organisation.name_en
