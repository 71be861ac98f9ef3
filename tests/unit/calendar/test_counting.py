"""How days are counted (民法典 201 to 204), on a calendar small enough to follow by hand."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.calendar.due import DueDate, YearCalendar
from huiyin_domain.codes import Verification


def a_year(year: int, mark: Verification = Verification.VERIFIED) -> YearCalendar:
    """National Day alone: 1 to 3 October are off, the first Saturday after the 6th is worked."""
    october = [date(year, 10, day) for day in range(1, 15)]
    saturday = next(day for day in october if day.day > 6 and day.weekday() == 5)
    return YearCalendar(year, f"{year}.test", mark, "made up", frozenset(october[:3]), frozenset({saturday}))


CALENDAR = Calendar([a_year(2023, Verification.GENERAL_KNOWLEDGE), a_year(2024)])


def test_the_first_day_is_not_counted() -> None:
    assert CALENDAR.add_calendar_days(date(2024, 3, 1), 5).raw == date(2024, 3, 6)


def test_an_end_on_an_ordinary_weekend_moves_to_monday() -> None:
    due = CALENDAR.add_calendar_days(date(2024, 3, 1), 15)
    assert (due.raw, due.rolled) == (date(2024, 3, 16), date(2024, 3, 18))


def test_an_end_on_a_weekend_day_that_is_worked_stays() -> None:
    due = CALENDAR.add_calendar_days(date(2024, 10, 8), 4)
    assert due.raw == due.rolled == date(2024, 10, 12)


def test_months_end_on_the_same_day_or_on_the_last_of_a_shorter_month() -> None:
    assert CALENDAR.add_months(date(2024, 1, 31), 1).raw == date(2024, 2, 29)
    assert CALENDAR.add_months(date(2023, 11, 15), 3).raw == date(2024, 2, 15)


def test_a_day_ends_at_midnight_in_shanghai() -> None:
    due = CALENDAR.add_calendar_days(date(2024, 3, 1), 5)
    assert due.due_time == datetime(2024, 3, 6, 16, tzinfo=UTC)


def test_the_warning_comes_with_the_raw_day_and_the_lateness_with_the_rolled_one() -> None:
    due = CALENDAR.add_calendar_days(date(2024, 3, 1), 15)
    assert due.due_time is not None
    assert due.due_time - due.warning_time == timedelta(days=2)


def test_a_date_by_a_year_of_general_knowledge_is_unverified_but_not_provisional() -> None:
    due = CALENDAR.add_calendar_days(date(2023, 3, 1), 5)
    assert due.unverified
    assert not due.provisional
    assert "未经核实" in due.why_zh


def test_a_period_that_rolls_over_new_year_names_both_calendars() -> None:
    holiday = YearCalendar(
        2024, "2024.x", Verification.VERIFIED, "", frozenset({date(2024, 1, 1)}), frozenset()
    )
    due = Calendar([a_year(2023), holiday]).add_calendar_days(date(2023, 12, 1), 30)
    assert due.rolled == date(2024, 1, 2)
    assert due.calendar_version == "2023.test+2024.x"


def test_a_roll_that_runs_into_a_missing_year_is_provisional() -> None:
    assert Calendar([a_year(2023)]).add_calendar_days(date(2023, 12, 1), 30).rolled is None


@given(st.dates(date(2023, 1, 1), date(2024, 6, 30)), st.integers(1, 120))
def test_a_rolled_end_is_the_first_day_from_the_raw_end_that_is_not_off(start: date, count: int) -> None:
    due = CALENDAR.add_calendar_days(start, count)
    assert due.raw == start + timedelta(days=count)
    assert due.rolled is not None
    assert CALENDAR.is_day_off(due.rolled) is False
    passed_over = [due.raw + timedelta(days=number) for number in range((due.rolled - due.raw).days)]
    assert all(CALENDAR.is_day_off(day) for day in passed_over)


@given(st.dates(date(2023, 1, 1), date(2024, 6, 30)), st.integers(1, 60))
def test_working_days_count_exactly_the_days_that_are_not_off(start: date, count: int) -> None:
    due = CALENDAR.add_working_days(start, count)
    assert isinstance(due, DueDate)
    days = [start + timedelta(days=number + 1) for number in range((due.raw - start).days)]
    assert sum(CALENDAR.is_day_off(day) is False for day in days) == count
    assert CALENDAR.is_day_off(due.raw) is False
