"""Lengths of time as law writes them: days, working days, months; and how a person types them."""

import re
from dataclasses import dataclass
from enum import StrEnum

from huiyin_domain.refusal import Refusal, invalid

COUNT_MAX = 3650
"""The longest span in any unit; statutory ones stay far below."""


class SpanUnit(StrEnum):
    """What a span counts."""

    CALENDAR_DAY = "calendar_day"
    WORKING_DAY = "working_day"
    CALENDAR_MONTH = "calendar_month"


_NAMES_ZH = {
    SpanUnit.CALENDAR_DAY: "日",
    SpanUnit.WORKING_DAY: "个工作日",
    SpanUnit.CALENDAR_MONTH: "个月",
}
_NAMES_EN = {
    SpanUnit.CALENDAR_DAY: "day",
    SpanUnit.WORKING_DAY: "working day",
    SpanUnit.CALENDAR_MONTH: "month",
}
_SUFFIXES = {"d": SpanUnit.CALENDAR_DAY, "wd": SpanUnit.WORKING_DAY, "m": SpanUnit.CALENDAR_MONTH}
_FORM = re.compile(r"\+?([0-9]{1,5})(d|wd|m)")


@dataclass(frozen=True, slots=True)
class Span:
    """A number of days, working days or months."""

    count: int
    unit: SpanUnit = SpanUnit.CALENDAR_DAY

    @property
    def zh(self) -> str:
        """As Chinese law writes it: 15日, 5个工作日, 3个月."""
        return f"{self.count}{_NAMES_ZH[self.unit]}"

    @property
    def en(self) -> str:
        """In English: 15 days, 5 working days, 1 month."""
        return f"{self.count} {_NAMES_EN[self.unit]}{'' if self.count == 1 else 's'}"


def parse_span(text: str) -> Span | Refusal:
    """Reads +15d (days), +5wd (working days) or +3m (months)."""
    found = _FORM.fullmatch(text.strip().lower())
    if found is None:
        message = f"{text[:20]!r} is not a span: write +15d for days, +5wd for working days, +3m for months"
        return invalid("MALFORMED_SPAN", message, value=text[:20])
    count = int(found.group(1))
    if not 1 <= count <= COUNT_MAX:
        message = f"{text[:20]!r} counts {count}: give a number from 1 to {COUNT_MAX}"
        return invalid("SPAN_OUT_OF_RANGE", message, value=text[:20], maximum=str(COUNT_MAX))
    return Span(count, _SUFFIXES[found.group(2)])
