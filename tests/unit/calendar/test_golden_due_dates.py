"""The worked examples of the domain rules, section 9.1, against the shipped calendars."""

from datetime import date, timedelta

import pytest

from huiyin_domain.calendar.calendar import Calendar, explain_due
from huiyin_domain.calendar.due import DueDate
from huiyin_domain.refusal import Refusal
from huiyin_kernel.policy import load_policy


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    return load_policy().timetable.calendar


@pytest.mark.parametrize(
    "start, span, raw, rolled",
    [
        ("2026-02-13", "+5wd", "2026-02-27", "2026-02-27"),
        ("2026-09-29", "+5wd", "2026-10-12", "2026-10-12"),
        ("2026-04-30", "+5wd", "2026-05-11", "2026-05-11"),
        ("2026-04-30", "+10wd", "2026-05-18", "2026-05-18"),
        ("2026-01-30", "+3wd", "2026-02-04", "2026-02-04"),
        ("2026-02-01", "+15d", "2026-02-16", "2026-02-24"),
        ("2026-09-17", "+15d", "2026-10-02", "2026-10-08"),
        ("2026-08-02", "+60d", "2026-10-01", "2026-10-08"),
        ("2026-03-05", "+60d", "2026-05-04", "2026-05-06"),
        ("2026-03-05", "+90d", "2026-06-03", "2026-06-03"),
        ("2026-01-16", "+30d", "2026-02-15", "2026-02-24"),
    ],
)
def test_a_golden_due_date_of_2026_comes_out(
    calendar: Calendar, start: str, span: str, raw: str, rolled: str
) -> None:
    due = explain_due(calendar, start, span)
    assert isinstance(due, DueDate)
    assert (str(due.raw), str(due.rolled)) == (raw, rolled)
    assert not due.provisional
    assert not due.unverified
    assert due.calendar_version == "2026.1"


def test_working_days_that_reach_2027_are_refused_for_want_of_its_calendar(calendar: Calendar) -> None:
    refusal = explain_due(calendar, "2026-12-28", "+5wd")
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "MISSING_CALENDAR"
    assert refusal.facts["year"] == "2027"


def test_calendar_days_that_end_in_2027_are_provisional_and_say_so(calendar: Calendar) -> None:
    due = explain_due(calendar, "2026-12-28", "+5d")
    assert isinstance(due, DueDate)
    assert due.provisional
    assert due.rolled is None
    assert due.due_time is None
    assert str(due.raw) == "2027-01-02"
    assert "未载入" in due.why_zh
    assert "provisional" in due.why_en


def test_2026_has_248_working_days(calendar: Calendar) -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    assert sum(calendar.is_day_off(day) is False for day in days) == 248
