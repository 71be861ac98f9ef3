"""Counting over days off and working days, year by year (民法典 201 to 204), and how a date came about.

The first day is not counted. A period that ends on a day off ends on the next day that is none. Article
203 says 法定休假日; the reading here is every day off: holidays, the rest days that the yearly notice moves
beside them, and ordinary weekends, but no weekend day that is worked instead. The worked examples ask
for it: 2026-05-04, a Monday that is only a moved rest day, rolls to 2026-05-06, and a rest day that has
been moved cannot weigh more than one that has not. That these rules hold for petitions is an analogy.

A year without a calendar gives no date in silence: working days are refused with MISSING_CALENDAR, with the
day before which the period surely does not end; other periods keep their raw last day and are provisional.
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date

from huiyin_domain.calendar.due import DaySpan, DueDate, SpanUnit, YearCalendar, parse_span
from huiyin_domain.codes import Verification
from huiyin_domain.dates import LAST_DAY, parse_date, shifted
from huiyin_domain.refusal import Refusal, invalid, missing

COUNTED_MAX = 20_000
"""Periods whose last day a calendar remembers: cases share their days."""


class Calendar:
    """The loaded years, with the counting that rules ask of them."""

    def __init__(self, years: Iterable[YearCalendar] = ()) -> None:
        self._years = {year.year: year for year in years}
        self._counted: dict[tuple[date, DaySpan], DueDate | Refusal] = {}

    @property
    def version(self) -> str:
        """The versions of all loaded years, oldest first."""
        return self._version(set(self._years))

    @property
    def years(self) -> tuple[YearCalendar, ...]:
        """The loaded years, oldest first."""
        return tuple(self._years[year] for year in sorted(self._years))

    def amended(self, years: Iterable[YearCalendar]) -> "Calendar":
        """The same with other years, each in place of the one that was loaded, if any; the last counts."""
        return Calendar([*self._years.values(), *years])

    def is_day_off(self, day: date) -> bool | None:
        """Whether nobody has to work on this day; None when the year's calendar is missing."""
        year = self._years.get(day.year)
        return None if year is None else year.is_day_off(day)

    def due(self, start: date, span: DaySpan) -> DueDate | Refusal:
        """The last day of a period that starts on a day. Only working days can be refused."""
        if (known := self._counted.get((start, span))) is not None:
            return known
        if len(self._counted) >= COUNTED_MAX:
            self._counted.clear()
        found = self._counted[start, span] = self._count(start, span)
        return found

    def _count(self, start: date, span: DaySpan) -> DueDate | Refusal:
        match span.unit:
            case SpanUnit.CALENDAR_DAY:
                return self.add_calendar_days(start, span.count)
            case SpanUnit.WORKING_DAY:
                return self.add_working_days(start, span.count)
            case SpanUnit.CALENDAR_MONTH:
                return self.add_months(start, span.count)

    def add_calendar_days(self, start: date, count: int) -> DueDate:
        """Counts every day; the end moves past days off (民法典 201, 203)."""
        return self._roll(start, DaySpan(count), shifted(start, count))

    def add_months(self, start: date, count: int) -> DueDate:
        """To the same day of a later month, or to that month's last day (民法典 202, 203)."""
        years, month = divmod(start.month - 1 + count, 12)
        year, month = start.year + years, month + 1
        if year > LAST_DAY.year:
            return self._roll(start, DaySpan(count, SpanUnit.CALENDAR_MONTH), LAST_DAY)
        raw = date(year, month, min(start.day, monthrange(year, month)[1]))
        return self._roll(start, DaySpan(count, SpanUnit.CALENDAR_MONTH), raw)

    def named_day(self, start: date, day: date) -> DueDate:
        """A last day that somebody fixed, such as 指定办理期限; it moves past days off like any other."""
        return self._roll(start, None, shifted(day, 0))

    def add_working_days(self, start: date, count: int) -> DueDate | Refusal:
        """Counts days that are not off; refuses when it comes to a year without a calendar.

        However that year will be, no more than all of its days are worked: so the refusal can say how early
        the period ends at the earliest (`not_before`), which is a bound and no date to rely on.
        """
        day, left, seen, absent = start, count, set[int](), 0
        while left and day < LAST_DAY:
            day = shifted(day, 1)
            off = self.is_day_off(day)
            absent = absent or (day.year if off is None else 0)
            seen.add(day.year)
            left -= not off
        if absent or left or day == LAST_DAY:
            return _missing_calendar(absent or day.year, day)
        return self._due(start, DaySpan(count, SpanUnit.WORKING_DAY), day, day, seen)

    def _roll(self, start: date, span: DaySpan | None, raw: date) -> DueDate:
        day, seen = raw, {raw.year}
        while day < LAST_DAY and self.is_day_off(day):
            day = shifted(day, 1)
            seen.add(day.year)
        rolled = None if self.is_day_off(day) is None else day
        return self._due(start, span, raw, rolled, seen)

    def _due(
        self, start: date, span: DaySpan | None, raw: date, rolled: date | None, seen: set[int]
    ) -> DueDate:
        marks = {self._years[year].verification for year in seen if year in self._years}
        unverified, absent = bool(marks - {Verification.VERIFIED}), max(seen) if rolled is None else None
        return DueDate(start, span, raw, rolled, unverified, self._version(seen), absent)

    def _version(self, years: set[int]) -> str:
        return "+".join(self._years[year].version for year in sorted(years) if year in self._years)


def _missing_calendar(year: int, not_before: date) -> Refusal:
    message = f"no calendar is loaded for {year}: working days of that year cannot be counted; add its file"
    return missing("MISSING_CALENDAR", message, year=str(year), not_before=not_before.isoformat())


YEAR_MIN, YEAR_MAX = 1992, 2199
"""Days are those of Asia/Shanghai, eight hours ahead of UTC all year since 1992."""


def explain_due(calendar: Calendar, day: str, span: str) -> DueDate | Refusal:
    """The last day of a span that starts on a day, or why there is none."""
    start, length = _start(day), parse_span(span)
    if isinstance(start, Refusal):
        return start
    if isinstance(length, Refusal):
        return length
    return calendar.due(start, length)


def _start(text: str) -> date | Refusal:
    day = parse_date(text)
    if day is None:
        message = f"{text[:20]!r} is not a day: write YYYY-MM-DD, such as 2026-02-01"
        return invalid("MALFORMED_DATE", message, value=text[:20])
    if not YEAR_MIN <= day.year <= YEAR_MAX:
        message = f"{text} lies outside {YEAR_MIN} to {YEAR_MAX}: check the year"
        return invalid("DATE_OUT_OF_RANGE", message, value=text)
    return day
