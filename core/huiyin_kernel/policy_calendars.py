"""Reads the yearly calendars; a file whose content differs from the index is refused."""

from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.calendar.due import YearCalendar, faults_of
from huiyin_domain.verification import Verification
from huiyin_kernel.policy_files import Entry, PolicyError, parse, read_text

_INDEX = "index.toml"
HOLIDAY_DAYS_MAX = 31
"""Of one holiday; a longer one is a slip of the pen."""


class _Index(Entry):
    sha256: dict[str, str]


class _Holiday(Entry):
    name: str
    first: date
    last: date

    def days(self) -> set[date]:
        return {self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)}


class _Worked(Entry):
    days: list[date]


class _Year(Entry):
    year: int
    version: str
    verification: str
    source: str
    holiday: list[_Holiday]
    worked: _Worked


def read_calendar(folder: Path) -> Calendar:
    """Every year of the index. Raises PolicyError."""
    index = parse(folder / _INDEX, read_text(folder / _INDEX), _Index).sha256
    unlisted = [path for path in sorted(folder.glob("*.toml")) if path.stem not in {"index", *index}]
    if unlisted:
        raise PolicyError(_not_sealed(unlisted[0], read_text(unlisted[0]), "has no entry"))
    return Calendar(_year(folder / f"{year}.toml", digest) for year, digest in index.items())


def _year(path: Path, digest: str) -> YearCalendar:
    text = read_text(path)
    if sha256(text.encode()).hexdigest() != digest:
        raise PolicyError(_not_sealed(path, text, "has another digest"))
    entry = parse(path, text, _Year)
    _check_name(path, entry.year)
    return _calendar(path, entry)


def _not_sealed(path: Path, text: str, fault: str) -> str:
    digest = sha256(text.encode()).hexdigest()
    return (
        f"{path}: {fault} in {_INDEX}, so it is not used; restore the file, or, if a second person has"
        f' compared it with the notice, write {path.stem} = "{digest}" there'
    )


def read_year(path: Path) -> YearCalendar:
    """A year's file, whatever it is called and whether or not it is sealed. Raises PolicyError."""
    return _calendar(path, parse(path, read_text(path), _Year))


def _calendar(path: Path, entry: _Year) -> YearCalendar:
    if entry.verification not in set(Verification):
        raise PolicyError(
            f"{path}: verification {entry.verification!r}; write one of {', '.join(Verification)}"
        )
    _check_spans(path, entry)
    holidays = frozenset(day for holiday in entry.holiday for day in holiday.days())
    workdays = frozenset(entry.worked.days)
    mark = Verification(entry.verification)
    year = YearCalendar(entry.year, entry.version, mark, entry.source, holidays, workdays)
    for fault, days in faults_of(year):
        shown = ", ".join(day.isoformat() for day in days) or str(entry.year)
        raise PolicyError(f"{path}: {shown}: {fault}; correct the entry")
    return year


def _check_spans(path: Path, entry: _Year) -> None:
    """A holiday that ends before it begins would be no day at all, in silence."""
    for number, holiday in enumerate(entry.holiday, start=1):
        if holiday.last < holiday.first or (holiday.last - holiday.first).days > HOLIDAY_DAYS_MAX:
            span = f"{holiday.first} to {holiday.last}"
            raise PolicyError(
                f"{path}: holiday {number} ({holiday.name}): {span} is no holiday of 1 to {HOLIDAY_DAYS_MAX}"
                " days; correct the entry"
            )


def _check_name(path: Path, year: int) -> None:
    if str(year) != path.stem:
        raise PolicyError(f"{path}: year is {year}; the file has to be named {year}.toml")
