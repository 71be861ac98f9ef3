"""Years with their days off, lengths of time as law writes them, and due dates that explain themselves."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from huiyin_domain.codes import Verification
from huiyin_domain.dates import end_of_day
from huiyin_domain.refusal import Refusal, invalid

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class YearCalendar:
    """One year's departures from the plain week.

    `holidays` are the days off that the notice names, weekend days within them included; `workdays` are
    the weekend days that it turns into working days (调休).
    """

    year: int
    version: str
    verification: Verification
    source: str
    holidays: frozenset[date]
    workdays: frozenset[date]

    def is_day_off(self, day: date) -> bool:
        """True for holidays and for weekend days that are not worked."""
        return day in self.holidays or (day.weekday() >= _SATURDAY and day not in self.workdays)


def faults_of(year: YearCalendar) -> Iterator[tuple[str, list[date]]]:
    """What no notice can say, each with the days that are so."""
    named = year.holidays | year.workdays
    for fault, days in (
        ("not of this year", {day for day in named if day.year != year.year}),
        ("both off and worked", year.holidays & year.workdays),
        ("no weekend day", {day for day in year.workdays if day.weekday() < _SATURDAY}),
    ):
        if days:
            yield fault, sorted(days)
    if not year.holidays:
        yield "the year has no day off", []


COUNT_MAX = 3650
"""The longest span in any unit; statutory ones stay far below."""


class SpanUnit(StrEnum):
    """What a span counts."""

    CALENDAR_DAY = "calendar_day"
    WORKING_DAY = "working_day"
    CALENDAR_MONTH = "calendar_month"


_NAMES_ZH = {
    SpanUnit.CALENDAR_DAY: "日",
    SpanUnit.WORKING_DAY: "个工作日",
    SpanUnit.CALENDAR_MONTH: "个月",
}
_NAMES_EN = {
    SpanUnit.CALENDAR_DAY: "day",
    SpanUnit.WORKING_DAY: "working day",
    SpanUnit.CALENDAR_MONTH: "month",
}
_SUFFIXES = {"d": SpanUnit.CALENDAR_DAY, "wd": SpanUnit.WORKING_DAY, "m": SpanUnit.CALENDAR_MONTH}
_FORM = re.compile(r"\+?([0-9]{1,5})(d|wd|m)")


@dataclass(frozen=True, slots=True)
class DaySpan:
    """A number of days, working days or months."""

    count: int
    unit: SpanUnit = SpanUnit.CALENDAR_DAY

    @property
    def zh(self) -> str:
        """As Chinese law writes it: 15日, 5个工作日, 3个月."""
        return f"{self.count}{_NAMES_ZH[self.unit]}"

    @property
    def en(self) -> str:
        """In English: 15 days, 5 working days, 1 month."""
        return f"{self.count} {_NAMES_EN[self.unit]}{'' if self.count == 1 else 's'}"


def parse_span(text: str) -> DaySpan | Refusal:
    """Reads +15d (days), +5wd (working days) or +3m (months)."""
    found = _FORM.fullmatch(text.strip().lower())
    if found is None:
        message = f"{text[:20]!r} is not a span: write +15d for days, +5wd for working days, +3m for months"
        return invalid("MALFORMED_SPAN", message, value=text[:20])
    count = int(found.group(1))
    if not 1 <= count <= COUNT_MAX:
        message = f"{text[:20]!r} counts {count}: give a number from 1 to {COUNT_MAX}"
        return invalid("SPAN_OUT_OF_RANGE", message, value=text[:20], maximum=str(COUNT_MAX))
    return DaySpan(count, _SUFFIXES[found.group(2)])


@dataclass(frozen=True, slots=True)
class DueDate:
    """The last day of a period.

    `raw` is not moved past days off; `rolled` is, and is None when a calendar it needs is missing. `span`
    is None for a day that was named, not counted. `unverified`: it rests on a calendar that is general
    knowledge, not read at the source. `calendar_version` names the years that were looked at,
    `missing_year` the one that ought to have been.
    """

    start: date
    span: DaySpan | None
    raw: date
    rolled: date | None
    unverified: bool
    calendar_version: str
    missing_year: int | None = None

    @property
    def provisional(self) -> bool:
        """True while the calendar of a year is missing: the last day is not fixed yet."""
        return self.rolled is None

    @property
    def due_time(self) -> datetime | None:
        """The first instant that is too late: 24:00 of the rolled day in Asia/Shanghai, in UTC."""
        return None if self.rolled is None else end_of_day(self.rolled)

    @property
    def warning_time(self) -> datetime:
        """The end of the raw day: an organ is warned from here on."""
        return end_of_day(self.raw)

    @property
    def why_zh(self) -> str:
        """The counting in a Chinese sentence."""
        return (
            f"{self._counted_zh()}{self._rolled_zh()}{'（所用放假安排未经核实）' if self.unverified else ''}"
        )

    @property
    def why_en(self) -> str:
        """The counting in an English sentence."""
        doubt = " (by a calendar that is not verified)" if self.unverified else ""
        return f"{self._counted_en()}{self._rolled_en()}{doubt}"

    def _counted_zh(self) -> str:
        if self.span is None:
            return f"指定期限为{self.raw}"
        return f"自{self.start}起{self.span.zh}，当日不计入，期间最后一日为{self.raw}"

    def _counted_en(self) -> str:
        if self.span is None:
            return f"the day named is {self.raw}"
        return f"{self.span.en} from {self.start}, the first day not counted, end on {self.raw}"

    def _rolled_zh(self) -> str:
        if self.rolled is None:
            return f"；{self.missing_year}年放假安排未载入，届满日暂定"
        return "" if self.rolled == self.raw else f"，逢休息日，顺延至{self.rolled}"

    def _rolled_en(self) -> str:
        if self.rolled is None:
            return f"; the calendar of {self.missing_year} is missing, so the last day is provisional"
        return "" if self.rolled == self.raw else f", a day off, and move to {self.rolled}"
