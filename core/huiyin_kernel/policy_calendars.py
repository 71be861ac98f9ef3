"""Reads the yearly calendars; a file whose content differs from the index is refused."""

from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.calendar.year import YearCalendar
from huiyin_domain.verification import Verification
from huiyin_kernel.policy_files import Entry, PolicyError, parse, read_text

_INDEX = "index.toml"


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
    return _calendar(path, parse(path, text, _Year))


def _not_sealed(path: Path, text: str, fault: str) -> str:
    digest = sha256(text.encode()).hexdigest()
    return (
        f"{path}: {fault} in {_INDEX}, so it is not used; restore the file, or, if a second person has"
        f' compared it with the notice, write {path.stem} = "{digest}" there'
    )


def _calendar(path: Path, entry: _Year) -> YearCalendar:
    holidays = frozenset(day for holiday in entry.holiday for day in holiday.days())
    workdays = frozenset(entry.worked.days)
    _check(path, entry, holidays, workdays)
    mark = Verification(entry.verification)
    return YearCalendar(entry.year, entry.version, mark, entry.source, holidays, workdays)


def _check(path: Path, entry: _Year, holidays: frozenset[date], workdays: frozenset[date]) -> None:
    other = sorted(day.isoformat() for day in holidays | workdays if day.year != entry.year)
    both = sorted(day.isoformat() for day in holidays & workdays)
    plain = sorted(day.isoformat() for day in workdays if day.weekday() < 5)
    if str(entry.year) != path.stem:
        raise PolicyError(f"{path}: year is {entry.year}; the file has to be named {entry.year}.toml")
    if entry.verification not in set(Verification):
        raise PolicyError(
            f"{path}: verification {entry.verification!r}; write one of {', '.join(Verification)}"
        )
    for days, fault in (
        (other, "not of this year"),
        (both, "both off and worked"),
        (plain, "no weekend day"),
    ):
        if days:
            raise PolicyError(f"{path}: {', '.join(days)}: {fault}; correct the entry")
