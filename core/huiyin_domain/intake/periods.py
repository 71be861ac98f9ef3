"""The two periods that a decision itself must count: to object to a hand-over, and to ask for review."""

from datetime import date, datetime

from huiyin.intake.v1.events_pb2 import PetitionHandedOver
from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.context import Context
from huiyin_domain.dates import local_date
from huiyin_domain.inbox import received
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal

OBJECTION_WORKING_DAYS = 5
REVIEW_DAYS = 30


def received_by_unit(state: Petition, context: Context) -> datetime:
    """When the open hand-over stood in its unit's inbox, as the clocks have it."""
    assert state.handover is not None
    told, proved = state.handover.handed_over_time, state.handover.received_time
    act = context.acts.get(PetitionHandedOver)
    earlier_version = act is None or not act.event.HasField("authority")
    return received(told, act.recorded if act else told, earlier_version, proved)


def objection_due(since: datetime, calendar: Calendar) -> date | None:
    """Last day to object (Art. 23(3)); None when a year's calendar is missing: then nobody is too late."""
    due = calendar.add_working_days(local_date(since), OBJECTION_WORKING_DAYS)
    return None if isinstance(due, Refusal) else due.rolled


def review_due(served: datetime, calendar: Calendar) -> date | None:
    """Last day to ask for review or re-review (Arts. 35, 36), from service; None as above."""
    return calendar.add_calendar_days(local_date(served), REVIEW_DAYS).rolled


def review_open_until(served: datetime, calendar: Calendar) -> date:
    """The same, to be told: without a calendar the day that is sure, not the one it may roll to."""
    due = calendar.add_calendar_days(local_date(served), REVIEW_DAYS)
    return due.rolled or due.raw
