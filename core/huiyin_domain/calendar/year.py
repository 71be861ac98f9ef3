"""The days off of one year, as its State Council notice arranges them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from huiyin_domain.verification import Verification

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
