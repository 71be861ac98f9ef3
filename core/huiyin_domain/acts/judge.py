"""Judges the times of what was decided: no act before what it follows, none entered late in silence."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import ENTRY_KIND_TIMELY
from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin.intake.v1.types_pb2 import REGISTRATION_DOUBT_ENTERED_LATE
from huiyin_domain.acts.act import PETITIONERS, Act, Acts, told_time
from huiyin_domain.acts.order import followed
from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.context import Context
from huiyin_domain.dates import instant, local_date, shifted
from huiyin_domain.decider import Decision
from huiyin_domain.refusal import Refusal, invalid, wrong_state

_SATURDAY = 5


def judged(decision: Decision, context: Context) -> Decision:
    """What was decided; or a refusal, when an act would precede what it follows or comes late unapproved."""
    if isinstance(decision, Refusal):
        return decision
    faults = (fault for event in decision for fault in _faults(event, context))
    return next(faults, decision)


def _faults(event: Message, context: Context) -> Iterator[Refusal]:
    tolerance = context.policy.limits.future_tolerance
    for act, time in too_early(event, context.occurred, context.acts, tolerance):
        yield _before(act, time)
    for received in _receipts(context):
        if context.occurred + tolerance < received:
            yield _before(Act(PetitionRegistered(), received, received), context.occurred)
    if context.entry.kind == ENTRY_KIND_TIMELY:
        days, calendar = (
            context.policy.limits.entry_working_days,
            context.policy.calendar_at(context.principal.acting_agency),
        )
        for time in bounded_times(event, context.occurred):
            last = last_day_to_enter(time, days, calendar)
            if local_date(context.now) > last:
                yield _late(time, last)


def _receipts(context: Context) -> Iterator[datetime]:
    """When the petitions were received that a command of another service is about."""
    for standing in context.standings.values():
        if standing.HasField("received_time"):
            yield instant(standing.received_time)


def too_early(
    event: Message, occurred: datetime, acts: Acts, tolerance: timedelta
) -> Iterator[tuple[Act, datetime]]:
    """The acts that an event would precede, each with the time that says so.

    `tolerance` is how far the clocks of an agency's machines and of the platform's may differ.
    """
    told = told_time(event)
    for time in (occurred, *([told] if told else [])):
        for act in followed(event, acts):
            if _precedes(event, time, act, tolerance):
                yield act, time
    received = told if isinstance(event, PetitionRegistered) and not event.origin_case_id else None
    if received and occurred + tolerance < received:
        yield Act(event, received, received), occurred


def _precedes(event: Message, time: datetime, act: Act, tolerance: timedelta) -> bool:
    """Of what the petitioner did the day is known, from a postmark, and no hour."""
    if type(event) in PETITIONERS:
        return local_date(time) < local_date(act.time)
    return time + tolerance < act.time


def bounded_times(event: Message, occurred: datetime) -> list[datetime]:
    """The times of the office's own acts: what the petitioner did lies back as far as it may.

    So does a filing that was registered with the doubt that it comes late: none is turned away (promise P1).
    """
    told = told_time(event)
    free = isinstance(event, PetitionRegistered) and (
        event.origin_case_id or REGISTRATION_DOUBT_ENTERED_LATE in event.doubts
    )
    own = told is not None and type(event) not in PETITIONERS and not free
    return [occurred, told] if own and told is not None else [occurred]


def last_day_to_enter(time: datetime, working_days: int, calendar: Calendar) -> date:
    """The last day on which an act is entered in time, its own not counted.

    A year without a calendar counts plain weeks: nobody is shut out by that, for the head can enter it.
    """
    day, left = local_date(time), working_days
    while left:
        day = shifted(day, 1)
        off = calendar.is_day_off(day)
        left -= not (day.weekday() >= _SATURDAY if off is None else off)
    return day


def _before(act: Act, time: datetime) -> Refusal:
    name = type(act.event).__name__
    if isinstance(act.event, PetitionRegistered):
        message = f"{time.isoformat()} lies before the petition was received: mend the time"
        return invalid("BEFORE_RECEIPT", message, time=time.isoformat(), received=act.time.isoformat())
    message = f"{time.isoformat()} lies before {name}, which it follows: mend the time"
    return invalid(
        "BEFORE_WHAT_IT_FOLLOWS", message, time=time.isoformat(), follows=name, followed=act.time.isoformat()
    )


def _late(time: datetime, last: date) -> Refusal:
    message = (
        f"an act of {local_date(time).isoformat()} was to be entered by {last.isoformat()}: "
        "have the head of the agency enter it as a late entry, with the reason"
    )
    return wrong_state("LATE_ENTRY_REQUIRED", message, time=time.isoformat(), last_day=last.isoformat())
