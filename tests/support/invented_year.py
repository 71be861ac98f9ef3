"""An invented 2027, for tests of calendars that arrive or change; its real notice is not out."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from huiyin_domain.calendar.due import YearCalendar
from huiyin_domain.codes import Verification

YEAR = 2027
NEW_YEAR = (date(2027, 1, 1), date(2027, 1, 3))
REST = (
    (date(2027, 2, 5), date(2027, 2, 11)),
    (date(2027, 4, 3), date(2027, 4, 5)),
    (date(2027, 5, 1), date(2027, 5, 5)),
    (date(2027, 10, 1), date(2027, 10, 7)),
)
WORKED = (date(2027, 1, 30), date(2027, 2, 20), date(2027, 4, 25), date(2027, 5, 8), date(2027, 10, 9))
SOURCE = "试验用虚构安排，并非通知"


def days(first: date, last: date) -> set[date]:
    """From the first to the last."""
    return {first + timedelta(days=number) for number in range((last - first).days + 1)}


def invented(
    version: str = "2027.t1", new_year: tuple[date, date] = NEW_YEAR, more: Iterable[date] = ()
) -> YearCalendar:
    """The year with its first holiday as given, and more days off."""
    off = set[date]().union(*(days(*span) for span in (new_year, *REST)), more)
    return YearCalendar(
        YEAR, version, Verification.DERIVED, SOURCE, frozenset(off), frozenset(set(WORKED) - off)
    )


def year_file(folder: Path, year: YearCalendar) -> Path:
    """The year in the form of the shipped files."""
    lines = [
        f"year = {year.year}",
        f'version = "{year.version}"',
        f'verification = "{year.verification}"',
        f'source = "{year.source}"',
    ]
    for day in sorted(year.holidays):
        lines += ["[[holiday]]", 'name = "假日"', f"first = {day}", f"last = {day}"]
    lines += ["[worked]", f"days = [{', '.join(str(day) for day in sorted(year.workdays))}]"]
    path = folder / f"{year.version}.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
