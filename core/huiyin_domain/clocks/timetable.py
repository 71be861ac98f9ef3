"""The table of all periods, the lengths that an installation gives, and the calendars they are counted by."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.calendar.due import DaySpan, YearCalendar
from huiyin_domain.clocks.answer_rules import ANSWER_RULES, REVIEW_RULES
from huiyin_domain.clocks.ending_rules import ENDING_RULES, LATENESS_RULES, NAMED_DAY_RULES, RECUSAL_RULES
from huiyin_domain.clocks.judicial_rules import JUDICIAL_RULES, OFFER_RULES
from huiyin_domain.clocks.meeting_rules import MEETING_RULES
from huiyin_domain.clocks.procedure_rules import PROCEDURE_RULES, REMEDY_RULES
from huiyin_domain.clocks.routing_rules import COMPLETION_RULES, HANDLING_RULES, ROUTING_RULES
from huiyin_domain.clocks.rule import Rule, by_start
from huiyin_domain.codes import Verification
from huiyin_domain.refusal import Refusal, invalid

RULE_VERSION = "2022.1"
"""Goes with every due date; raise it when a row changes that gave one before."""

RULES: tuple[Rule, ...] = (
    *ROUTING_RULES,
    *COMPLETION_RULES,
    *HANDLING_RULES,
    *PROCEDURE_RULES,
    *ANSWER_RULES,
    *REVIEW_RULES,
    *REMEDY_RULES,
    *RECUSAL_RULES,
    *ENDING_RULES,
    *NAMED_DAY_RULES,
    *MEETING_RULES,
    *JUDICIAL_RULES,
    *OFFER_RULES,
    *LATENESS_RULES,
)


@dataclass(frozen=True, slots=True)
class Periods:
    """Spans by the id of their row. `version` names the file and its content: it stands in each due date."""

    version: str = ""
    spans: Mapping[str, DaySpan] = field(default_factory=dict)


def is_settable(rule: Rule) -> bool:
    """Only a row that the platform derived itself, and that counts a length."""
    return rule.verification is Verification.DERIVED and rule.span is not None


def rules_with(periods: Periods, rules: Iterable[Rule] = RULES) -> tuple[Rule, ...] | Refusal:
    """The table with these lengths; a refusal where a row is unknown or no matter of policy."""
    rows = tuple(rules)
    faults = (_fault(rule_id, rows) for rule_id in periods.spans)
    return next((fault for fault in faults if fault), None) or tuple(_with(rule, periods) for rule in rows)


def _fault(rule_id: str, rows: tuple[Rule, ...]) -> Refusal | None:
    found = [rule for rule in rows if rule.id == rule_id]
    if not found:
        return invalid(
            "NO_SUCH_PERIOD", f"{rule_id} is no period: take an id of docs/clocks.md", rule=rule_id
        )
    if all(is_settable(rule) for rule in found):
        return None
    message = f"{rule_id} is not the platform's own ({found[0].basis.en}): only rows marked [D] can be set"
    return invalid("PERIOD_NOT_SETTABLE", message, rule=rule_id)


def _with(rule: Rule, periods: Periods) -> Rule:
    """A row that keeps its length keeps its version too: what was said by it stays said."""
    span = periods.spans.get(rule.id, rule.span)
    return (
        rule if span == rule.span else replace(rule, span=span, version=f"{RULE_VERSION}+{periods.version}")
    )


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
