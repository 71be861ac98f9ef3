"""By what clocks are counted: the calendars of all and of single divisions, and the table of periods."""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from types import MappingProxyType

from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.calendar.due import YearCalendar
from huiyin_domain.clocks.rule import Rule, by_start
from huiyin_domain.clocks.rules import RULE_VERSION, RULES


class Timetable:
    """An immutable value. Whoever counts a day for a case asks for the calendar of the case's division.

    `local` holds the years that single divisions have of their own, by the digits that such a division and
    those below it share (`directory.line_of`). The nearest division's year counts, else that of all.
    """

    def __init__(
        self,
        calendar: Calendar | None = None,
        local: Mapping[str, Calendar] | None = None,
        rules: Iterable[Rule] = RULES,
        rule_version: str = RULE_VERSION,
    ) -> None:
        self.calendar = calendar or Calendar()
        self.local: Mapping[str, Calendar] = MappingProxyType(dict(local or {}))
        self.rules, self.rule_version = tuple(rules), rule_version
        self.by_start = by_start(self.rules)
        self._merged: dict[tuple[str, ...], Calendar] = {(): self.calendar}

    @cached_property
    def version(self) -> str:
        """Names every year and the rules: timetables of one version count alike."""
        places = [f"{line} {self.local[line].version}" for line in sorted(self.local)]
        calendars = "; ".join((self.calendar.version, *places))
        return f"rules {self._table}, calendars {calendars}"

    @property
    def _table(self) -> str:
        """The version with its number of rows, for rows are added; and what an installation set."""
        others = sorted({rule.version for rule in self.rules if rule.version})
        return "; ".join((f"{self.rule_version} ({len(self.rules)} rows)", *others))

    def calendar_of(self, division: str) -> Calendar:
        """The calendar of a place; that of all where none is named or it has no years of its own."""
        if not self.local:
            return self.calendar
        lines = tuple(sorted((line for line in self.local if division.startswith(line)), key=len))
        if lines not in self._merged:
            own = (year for line in lines for year in self.local[line].years)
            self._merged[lines] = self.calendar.amended(own)
        return self._merged[lines]

    def amended(self, year: YearCalendar, lines: Collection[str] = ()) -> "Timetable":
        """The same with another year: for all where no division is named, else for those alone."""
        if not lines:
            return Timetable(self.calendar.amended([year]), self.local, self.rules, self.rule_version)
        changed = {line: self.local.get(line, Calendar()).amended([year]) for line in lines}
        return Timetable(self.calendar, {**self.local, **changed}, self.rules, self.rule_version)
