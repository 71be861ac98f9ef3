"""The tables of policy: calendars, periods and codes, read from their files and checked."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.calendar.due import COUNT_MAX, DaySpan, SpanUnit, YearCalendar, faults_of
from huiyin_domain.clocks.rule import Rule
from huiyin_domain.clocks.timetable import RULES, Periods, rules_with
from huiyin_domain.codes import Code, CodeTable, Verification
from huiyin_domain.refusal import Refusal

ENTRIES_SHOWN_MAX = 5


class PolicyError(Exception):
    """A policy file is missing, malformed or altered: nothing starts on half a policy."""


class PolicyPart(BaseModel):
    """A part of a policy file: no field may be unknown or of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


EntryT = TypeVar("EntryT", bound=PolicyPart)


def read_text(path: Path) -> str:
    """The text of a policy file."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PolicyError(f"{path}: the file is missing; put it there or give another data folder") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(
            f"{path}: cannot be read ({error}); it has to be a readable file in UTF-8"
        ) from error


def parse(path: Path, text: str, form: type[EntryT]) -> EntryT:
    """The content of a policy file in its form."""
    try:
        return form.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{path}: not TOML: {error}; correct the file there") from error
    except ValidationError as error:
        raise PolicyError(f"{path}: {_faults(error)}; correct the file") from error


def _faults(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False)
    shown = [f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in faults]
    more = f" and {len(shown) - ENTRIES_SHOWN_MAX} more" if len(shown) > ENTRIES_SHOWN_MAX else ""
    return "; ".join(shown[:ENTRIES_SHOWN_MAX]) + more


_INDEX = "index.toml"
HOLIDAY_DAYS_MAX = 31
"""Of one holiday; a longer one is a slip of the pen."""


class _Index(PolicyPart):
    sha256: dict[str, str]


class _Holiday(PolicyPart):
    name: str
    first: date
    last: date

    def days(self) -> set[date]:
        return {self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)}


class _Worked(PolicyPart):
    days: list[date]


class _Year(PolicyPart):
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


DIGEST_LENGTH = 12


class _Period(PolicyPart):
    rule: str
    count: int
    unit: str


class _Periods(PolicyPart):
    version: str
    period: list[_Period] = Field(default_factory=list)


def read_rules(path: Path) -> tuple[Rule, ...]:
    """The table of periods; without the file, as it is shipped. Raises PolicyError."""
    if not path.exists():
        return RULES
    text = read_text(path)
    entry = parse(path, text, _Periods)
    version = f"{entry.version} {sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]}"
    rules = rules_with(Periods(version, _spans(path, entry)))
    if isinstance(rules, Refusal):
        raise PolicyError(f"{path}: {rules.message}")
    return rules


def _spans(path: Path, entry: _Periods) -> dict[str, DaySpan]:
    spans: dict[str, DaySpan] = {}
    for one in entry.period:
        if one.rule in spans:
            raise PolicyError(f"{path}: {one.rule} stands there twice; leave one entry")
        if one.unit not in set(SpanUnit):
            raise PolicyError(f"{path}: {one.rule}: unit {one.unit!r}; write one of {', '.join(SpanUnit)}")
        if not 1 <= one.count <= COUNT_MAX:
            raise PolicyError(f"{path}: {one.rule}: count {one.count}; give a number from 1 to {COUNT_MAX}")
        spans[one.rule] = DaySpan(one.count, SpanUnit(one.unit))
    return spans


_Day = Annotated[str, Field(pattern=r"^(\d{4}(-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))?)?$")]
"""A day or a year; empty: not known."""


class _Names(PolicyPart):
    zh: str
    en: str = ""
    valid_from: _Day = ""
    valid_to: _Day = ""
    successors: list[str] = Field(default_factory=list)


_Meaning = str | _Names | list[_Names]
"""A name; or one with its validity; or several, by time, of a code that was given again."""


class _Table(PolicyPart):
    """`ended` holds codes no longer in force, kept for records of their time; `synthetic` invented ones."""

    name: str
    version: str
    source: str
    codes: dict[str, _Meaning]
    ended: dict[str, _Meaning] = Field(default_factory=dict)
    synthetic: dict[str, _Meaning] = Field(default_factory=dict)


def read_codes(folder: Path, name: str) -> CodeTable:
    """The table of this name. Raises PolicyError."""
    path = folder / f"{name}.toml"
    table = parse(path, read_text(path), _Table)
    if table.name != name:
        raise PolicyError(f"{path}: name is {table.name!r}; it has to be {name!r}")
    entries = [*_periods(table.codes), *_periods(table.ended, ended=True), *_periods(table.synthetic)]
    known = dict(entries)
    if len(known) < len(entries):
        raise PolicyError(f"{path}: a code stands in two sections; keep it in one")
    for code, period in ((code, one) for code, periods in entries for one in periods):
        if unknown := [other for other in period.successors if other not in known]:
            raise PolicyError(f"{path}: {code} is followed by {unknown[0]}, which is not in the table")
    return CodeTable(
        table.name,
        table.version,
        table.source,
        {code: periods[-1] for code, periods in known.items()},
        {code: periods[:-1] for code, periods in known.items() if periods[1:]},
    )


def _periods(
    section: Mapping[str, _Meaning], *, ended: bool = False
) -> Iterator[tuple[str, tuple[Code, ...]]]:
    """The codes of a section with what each has meant, by time; all but its last meaning have ended."""
    for code, meaning in section.items():
        meanings = meaning if isinstance(meaning, list) else [meaning]
        last = len(meanings) - 1
        yield code, tuple(_code(code, one, ended=ended or at < last) for at, one in enumerate(meanings))


def _code(code: str, names: str | _Names, *, ended: bool) -> Code:
    if isinstance(names, str):
        return Code(code, names, ended=ended)
    validity = (names.valid_from, names.valid_to, ended, tuple(names.successors))
    return Code(code, names.zh, names.en, *validity)
