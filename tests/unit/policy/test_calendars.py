"""The shipped calendars: sealed by their digests, marked by their source, equal to a maintained library."""

import shutil
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import chinese_calendar  # type: ignore[import-untyped]  # ships no types
import pytest

from huiyin_domain.calendar.calendar import Calendar
from huiyin_kernel.policy import DATA_DIR, PolicyError, load_policy
from huiyin_kernel.policy_tables import read_calendar


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped calendars that a test may spoil."""
    return Path(shutil.copytree(DATA_DIR / "calendars", tmp_path / "calendars"))


def seal(folder: Path, year: int, text: str) -> None:
    """Writes a year and puts it alone into the index."""
    for path in folder.glob("*.toml"):
        path.unlink()
    (folder / f"{year}.toml").write_text(text, encoding="utf-8")
    digest = sha256(text.encode()).hexdigest()
    (folder / "index.toml").write_text(f'[sha256]\n{year} = "{digest}"\n', encoding="utf-8")


def differing_days(calendar: Calendar, year: int) -> list[date]:
    """Days on which our calendar and the library disagree whether people work."""
    first, after = date(year, 1, 1), date(year + 1, 1, 1)
    days = [first + timedelta(days=number) for number in range((after - first).days)]
    return [day for day in days if calendar.is_day_off(day) == chinese_calendar.is_workday(day)]


@pytest.mark.parametrize("year", range(2017, 2027))
def test_every_day_of_a_shipped_year_is_off_or_worked_as_the_library_has_it(year: int) -> None:
    assert differing_days(load_policy().timetable.calendar, year) == []


def test_the_comparison_notices_a_single_wrong_day(folder: Path) -> None:
    text = (
        (folder / "2026.toml").read_text(encoding="utf-8").replace("last = 2026-02-23", "last = 2026-02-22")
    )
    seal(folder, 2026, text)
    assert differing_days(read_calendar(folder), 2026) == [date(2026, 2, 23)]


def test_2026_alone_was_read_at_the_source() -> None:
    calendar = load_policy().timetable.calendar
    assert not calendar.add_calendar_days(date(2026, 3, 1), 5).unverified
    assert all(calendar.add_calendar_days(date(year, 3, 1), 5).unverified for year in range(2017, 2026))


def test_a_changed_calendar_is_refused_with_the_digest_to_write(folder: Path) -> None:
    path = folder / "2026.toml"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(PolicyError, match=sha256(path.read_bytes()).hexdigest()):
        read_calendar(folder)


def test_a_calendar_that_the_index_does_not_list_is_refused(folder: Path) -> None:
    shutil.copy(folder / "2026.toml", folder / "2027.toml")
    with pytest.raises(PolicyError, match=r"2027\.toml: has no entry"):
        read_calendar(folder)


def test_a_calendar_that_the_index_lists_and_nobody_has_is_refused(folder: Path) -> None:
    (folder / "2019.toml").unlink()
    with pytest.raises(PolicyError, match=r"2019\.toml: the file is missing"):
        read_calendar(folder)


YEAR = """year = 2030
version = "2030.1"
verification = "GK"
source = "made up"
[[holiday]]
name = "元旦"
first = 2030-01-01
last = 2030-01-02
[worked]
days = [2030-01-05]
"""


@pytest.mark.parametrize(
    "old, new, fault",
    [
        ("year = 2030", "year = 2031", "has to be named 2031"),
        ('"GK"', '"sure"', "write one of V, V-code, GK, D"),
        ("first = 2030-01-01", "first = 2029-12-31", "not of this year"),
        ("[2030-01-05]", "[2030-01-04]", "no weekend day"),
        ("2030-01-02", "2030-01-05", "both off and worked"),
        ('name = "元旦"', "", "holiday.0.name"),
        ("year = 2030", 'year = "2030"', "year: "),
        ("year = 2030", "year = ", "line 1"),
    ],
)
def test_a_malformed_calendar_is_refused_with_file_and_entry(
    folder: Path, old: str, new: str, fault: str
) -> None:
    seal(folder, 2030, YEAR.replace(old, new))
    with pytest.raises(PolicyError, match=r"2030\.toml") as caught:
        read_calendar(folder)
    assert fault in str(caught.value)


def test_a_well_formed_calendar_is_read(folder: Path) -> None:
    seal(folder, 2030, YEAR)
    calendar = read_calendar(folder)
    assert calendar.is_day_off(date(2030, 1, 2)) is True
    assert calendar.is_day_off(date(2030, 1, 5)) is False
    assert calendar.is_day_off(date(2031, 1, 1)) is None
