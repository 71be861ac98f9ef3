"""What a person may type for `huiyin clock due DATE SPAN`, and what comes back for the rest."""

import pytest

from huiyin_domain.calendar.calendar import Calendar, explain_due
from huiyin_domain.calendar.due import DaySpan, SpanUnit, parse_span
from huiyin_domain.refusal import Refusal


@pytest.mark.parametrize(
    "text, span",
    [
        ("+15d", DaySpan(15)),
        ("15d", DaySpan(15)),
        (" +5WD ", DaySpan(5, SpanUnit.WORKING_DAY)),
        ("+3m", DaySpan(3, SpanUnit.CALENDAR_MONTH)),
    ],
)
def test_a_span_is_read(text: str, span: DaySpan) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["", "15", "-5d", "+5w", "+1.5d", "五日", "+٣d", "+999999d", "+5d+5d"])
def test_what_is_no_span_is_refused_with_what_to_write(text: str) -> None:
    refusal = parse_span(text)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "MALFORMED_SPAN"
    assert "+15d" in refusal.message


@pytest.mark.parametrize("text", ["+0d", "+3651d", "+99999wd"])
def test_a_span_out_of_range_is_refused_with_the_range(text: str) -> None:
    refusal = parse_span(text)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "SPAN_OUT_OF_RANGE"


@pytest.mark.parametrize(
    "day, reason",
    [
        ("2026-02-30", "MALFORMED_DATE"),
        ("20260201", "MALFORMED_DATE"),
        ("today", "MALFORMED_DATE"),
        ("9999-12-31", "DATE_OUT_OF_RANGE"),
        ("1990-06-01", "DATE_OUT_OF_RANGE"),
    ],
)
def test_what_is_no_day_is_refused(day: str, reason: str) -> None:
    refusal = explain_due(Calendar(), day, "+15d")
    assert isinstance(refusal, Refusal)
    assert refusal.reason == reason


def test_spans_are_written_as_people_write_them() -> None:
    assert DaySpan(5, SpanUnit.WORKING_DAY).zh == "5个工作日"
    assert DaySpan(5, SpanUnit.WORKING_DAY).en == "5 working days"
    assert DaySpan(1, SpanUnit.CALENDAR_MONTH).en == "1 month"
