"""A year's calendar as the contract has it, and what holds with everything that the log lays down over it."""

import json
from collections.abc import Iterable
from datetime import date
from functools import reduce
from hashlib import sha256

from huiyin.supervision.v1.events_pb2 import PolicyApplied
from huiyin.supervision.v1.service_pb2 import Policy
from huiyin.supervision.v1.types_pb2 import YearCalendar as YearMessage
from huiyin_domain.calendar.due import YearCalendar
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.codes import Verification
from huiyin_domain.dates import parse_date
from huiyin_domain.directory import line_of
from huiyin_domain.refusal import Refusal, invalid


def digest_of(year: YearCalendar) -> str:
    """SHA-256 of everything that the year says, in one form: names of holidays do not matter."""
    content = {
        "year": year.year,
        "version": year.version,
        "verification": year.verification.value,
        "source": year.source,
        "holidays": _texts(year.holidays),
        "workdays": _texts(year.workdays),
    }
    return sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def message_of(year: YearCalendar) -> YearMessage:
    """The days of a year as a message."""
    return YearMessage(year=year.year, holidays=_texts(year.holidays), workdays=_texts(year.workdays))


def policy_of(year: YearCalendar, divisions: Iterable[str] = ()) -> Policy:
    """A year as it is to hold in divisions; in all where none is named."""
    return Policy(
        divisions=divisions,
        version=year.version,
        source_document=year.source,
        verification=year.verification,
        calendar=message_of(year),
    )


def year_of(said: Policy | PolicyApplied) -> YearCalendar | Refusal:
    """The year that a policy says, as it can be counted by; or what is wrong with its form."""
    if not said.HasField("calendar"):
        return invalid("FIELD_REQUIRED", "policy.calendar is missing: give the year's days", field="calendar")
    if said.verification not in set(Verification):
        message = f"verification {said.verification!r} is none: write one of {', '.join(Verification)}"
        return invalid("MALFORMED_FIELD", message, field="verification")
    named = (*said.calendar.holidays, *said.calendar.workdays)
    if wrong := [text for text in named if parse_date(text) is None]:
        message = f"{wrong[0]!r} is no day: write YYYY-MM-DD"
        return invalid("MALFORMED_FIELD", message, field="calendar")
    return YearCalendar(
        said.calendar.year,
        said.version,
        Verification(said.verification),
        said.source_document,
        _days(said.calendar.holidays),
        _days(said.calendar.workdays),
    )


def _days(texts: Iterable[str]) -> frozenset[date]:
    return frozenset(day for text in texts if (day := parse_date(text)) is not None)


def _texts(days: Iterable[date]) -> list[str]:
    return [day.isoformat() for day in sorted(days)]


def applied(timetable: Timetable, event: PolicyApplied) -> Timetable:
    """The timetable from an application on. One of a kind that is not known here leaves it as it is."""
    year = year_of(event)
    return timetable if isinstance(year, Refusal) else timetable.amended(year, lines_of(event.divisions))


def in_force(shipped: Timetable, events: Iterable[PolicyApplied]) -> Timetable:
    """The timetable after all of these."""
    return reduce(applied, events, shipped)


def lines_of(divisions: Iterable[str]) -> tuple[str, ...]:
    """The digits that each division and those below it share."""
    return tuple(line_of(division) for division in divisions)
