"""The two periods that a decision itself must count: to object to a hand-over, and to ask for review."""

from datetime import date, datetime

from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.dates import local_date
from huiyin_domain.refusal import Refusal

OBJECTION_WORKING_DAYS = 5
REVIEW_DAYS = 30


def objection_due(handed_over: datetime, calendar: Calendar) -> date | None:
    """Last day to object (Art. 23(3)); None when a year's calendar is missing: then nobody is too late."""
    due = calendar.add_working_days(local_date(handed_over), OBJECTION_WORKING_DAYS)
    return None if isinstance(due, Refusal) else due.rolled


def review_due(served: datetime, calendar: Calendar) -> date | None:
    """Last day to ask for review or re-review (Arts. 35, 36), from service; None as above."""
    return calendar.add_calendar_days(local_date(served), REVIEW_DAYS).rolled
