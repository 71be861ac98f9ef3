"""Calendar dates as law and people mean them: days in Asia/Shanghai, written YYYY-MM-DD."""

from datetime import date, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China's one time zone; without daylight saving since 1991, so no zone database is needed."""


def local_date(instant: datetime) -> date:
    """The day in Asia/Shanghai on which an aware instant falls."""
    return instant.astimezone(SHANGHAI).date()


def parse_date(text: str) -> date | None:
    """The day written YYYY-MM-DD, or None when it is not one, such as 2026-02-30 or 20260201."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None
