"""The petitioner's times in a withdrawal and after a death: both stand in the table of periods.

They count from when the platform learnt of it, whatever earlier time an office tells.
"""

from datetime import date, datetime

from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as events
from huiyin_domain.context import Context
from huiyin_domain.dates import local_date, shifted
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal

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
