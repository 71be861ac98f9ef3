"""The periods that a decision itself must count, from when the platform learnt of what starts them.

To object to a hand-over and to ask for review; whether who came was told in writing there and then (当场告知,
Art. 23(2): T2, an act without a period); and the petitioner's times in a withdrawal and after a death.
"""

from datetime import date, datetime

from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.events_pb2 import PetitionHandedOver
from huiyin.intake.v1.types_pb2 import ToldOnTheSpot
from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.context import Context
from huiyin_domain.dates import instant, local_date, received, shifted
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal

IN_PERSON = "visit"
"""The channel by which the petitioner is there to be told on the spot."""


def is_on_the_spot(state: Petition, event: events.ReceiptNotified) -> bool:
    """Whether a notice is that of the unit which received the visit, on the very day, handed over there."""
    same_day = local_date(instant(event.served_time)) == local_date(state.registration.received_time)
    in_person = event.method == types.SERVICE_METHOD_IN_PERSON
    return event.unit == state.registration.unit and in_person and same_day


def told_on_the_spot(state: Petition) -> ToldOnTheSpot.ValueType:
    """Given, not given, or not expected: of a petition office, by another channel, or of who left no name.

    The law asks for it where it is possible: that it was not given is a fact to see, and no lateness.
    """
    registration = state.registration
    direct = not registration.petition_office and not registration.origin_case_id
    if not direct or registration.channel != IN_PERSON or registration.anonymous:
        return types.TOLD_ON_THE_SPOT_UNSPECIFIED
    return types.TOLD_ON_THE_SPOT_GIVEN if state.told_on_the_spot else types.TOLD_ON_THE_SPOT_NOT_GIVEN


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


COOLING_OFF, CONFIRMING, SUCCEEDING = "W1", "W2", "D1"
"""Rows of the table: to think a withdrawal over, to confirm it, and for successors to take a petition up."""


def confirmable(state: Petition, context: Context) -> tuple[date, date] | None:
    """The first and the last day on which an open withdrawal can be confirmed; None when none was asked."""
    asked = _learnt(events.WithdrawalRequested, context)
    if state.withdrawal is None or asked is None:
        return None
    first = shifted(_last_day(COOLING_OFF, asked, state, context), 1)
    return first, max(first, _last_day(CONFIRMING, asked, state, context))


def succession_ends(state: Petition, context: Context) -> date | None:
    """The last day for successors; None while no death is recorded."""
    learnt = _learnt(events.PetitionerDied, context)
    return _last_day(SUCCEEDING, learnt, state, context) if state.died and learnt else None


def _learnt(kind: type[Message], context: Context) -> datetime | None:
    act = context.acts.get(kind)
    return max(act.time, act.recorded) if act else None


def _last_day(row: str, start: datetime, state: Petition, context: Context) -> date:
    """Without a calendar of the year the day that is sure."""
    timetable = context.policy.timetable
    span = next(rule.span for rule in timetable.rules if rule.id == row)
    assert span is not None
    found = timetable.calendar_of(state.registration.division).due(local_date(start), span)
    assert not isinstance(found, Refusal)
    return found.rolled or found.raw
