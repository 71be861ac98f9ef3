"""What `huiyin clock due DATE SPAN` answers: texts in, a due date with its reasons out."""

from datetime import date

from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.calendar.due import DueDate, parse_span
from huiyin_domain.dates import parse_date
from huiyin_domain.refusal import Refusal, invalid

YEAR_MIN, YEAR_MAX = 1992, 2199
"""Days are those of Asia/Shanghai, eight hours ahead of UTC all year since 1992."""


def explain_due(calendar: Calendar, day: str, span: str) -> DueDate | Refusal:
    """The last day of a span that starts on a day, or why there is none."""
    start, length = _start(day), parse_span(span)
    if isinstance(start, Refusal):
        return start
    if isinstance(length, Refusal):
        return length
    return calendar.due(start, length)


def _start(text: str) -> date | Refusal:
    day = parse_date(text)
    if day is None:
        message = f"{text[:20]!r} is not a day: write YYYY-MM-DD, such as 2026-02-01"
        return invalid("MALFORMED_DATE", message, value=text[:20])
    if not YEAR_MIN <= day.year <= YEAR_MAX:
        message = f"{text} lies outside {YEAR_MIN} to {YEAR_MAX}: check the year"
        return invalid("DATE_OUT_OF_RANGE", message, value=text)
    return day
