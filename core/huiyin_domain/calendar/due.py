"""A due date that explains itself: raw, moved past days off, and how far both can be relied on."""

from dataclasses import dataclass
from datetime import date, datetime

from huiyin_domain.calendar.span import Span
from huiyin_domain.dates import end_of_day


@dataclass(frozen=True, slots=True)
class DueDate:
    """The last day of a period.

    `raw` is not moved past days off; `rolled` is, and is None when a calendar it needs is missing. `span`
    is None for a day that was named, not counted. `unverified`: it rests on a calendar that is general
    knowledge, not read at the source. `calendar_version` names the years that were looked at,
    `missing_year` the one that ought to have been.
    """

    start: date
    span: Span | None
    raw: date
    rolled: date | None
    unverified: bool
    calendar_version: str
    missing_year: int | None = None

    @property
    def provisional(self) -> bool:
        """True while the calendar of a year is missing: the last day is not fixed yet."""
        return self.rolled is None

    @property
    def due_time(self) -> datetime | None:
        """The first instant that is too late: 24:00 of the rolled day in Asia/Shanghai, in UTC."""
        return None if self.rolled is None else end_of_day(self.rolled)

    @property
    def warning_time(self) -> datetime:
        """The end of the raw day: an organ is warned from here on."""
        return end_of_day(self.raw)

    @property
    def why_zh(self) -> str:
        """The counting in a Chinese sentence."""
        return (
            f"{self._counted_zh()}{self._rolled_zh()}{'（所用放假安排未经核实）' if self.unverified else ''}"
        )

    @property
    def why_en(self) -> str:
        """The counting in an English sentence."""
        doubt = " (by a calendar that is not verified)" if self.unverified else ""
        return f"{self._counted_en()}{self._rolled_en()}{doubt}"

    def _counted_zh(self) -> str:
        if self.span is None:
            return f"指定期限为{self.raw}"
        return f"自{self.start}起{self.span.zh}，当日不计入，期间最后一日为{self.raw}"

    def _counted_en(self) -> str:
        if self.span is None:
            return f"the day named is {self.raw}"
        return f"{self.span.en} from {self.start}, the first day not counted, end on {self.raw}"

    def _rolled_zh(self) -> str:
        if self.rolled is None:
            return f"；{self.missing_year}年放假安排未载入，届满日暂定"
        return "" if self.rolled == self.raw else f"，逢休息日，顺延至{self.rolled}"

    def _rolled_en(self) -> str:
        if self.rolled is None:
            return f"; the calendar of {self.missing_year} is missing, so the last day is provisional"
        return "" if self.rolled == self.raw else f", a day off, and move to {self.rolled}"
