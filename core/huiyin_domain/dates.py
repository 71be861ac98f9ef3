"""Calendar dates as law and people mean them: days in Asia/Shanghai, written YYYY-MM-DD; and instants.

Total over whatever a log may hold: what lies beyond the first and the last day here counts as that day.
Commands are kept far within (checks.py); events that were stored before may not be, and no fold ends at one.
"""

from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache

from google.protobuf.timestamp_pb2 import Timestamp

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China's one time zone; without daylight saving since 1991, so no zone database is needed."""

FIRST_DAY, LAST_DAY = date(1, 1, 3), date(9999, 12, 29)
"""A day or two within what Python and PostgreSQL hold: in any time zone, and a day later, still a date."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
_MICROSECOND, _ONE_SECOND = timedelta(microseconds=1), timedelta(seconds=1)


def _microseconds(day: date) -> int:
    return (day - _EPOCH.date()).days * 86_400 * _SECOND


_FIRST, _LAST = _microseconds(FIRST_DAY), _microseconds(LAST_DAY)


def instant(stamp: Timestamp) -> datetime:
    """The aware instant in UTC of a timestamp, to the microsecond."""
    return _EPOCH + timedelta(microseconds=microseconds(stamp))


def instant_at(count: int) -> datetime:
    """The instant so many microseconds after 1970 began."""
    return _EPOCH + timedelta(microseconds=_held(count))


def microseconds(stamp: Timestamp) -> int:
    """Microseconds from the beginning of 1970 to a timestamp."""
    return _held(_counted(stamp))


def microseconds_of(moment: datetime) -> int:
    """Microseconds from the beginning of 1970 to an aware instant."""
    return _held((moment - _EPOCH) // _MICROSECOND)


def is_within(stamp: Timestamp) -> bool:
    """Whether this is an instant, and one that is held as it is."""
    return _FIRST <= _counted(stamp) <= _LAST and 0 <= stamp.nanos < 1_000_000_000


def _counted(stamp: Timestamp) -> int:
    return stamp.seconds * _SECOND + stamp.nanos // 1000


def _held(count: int) -> int:
    return min(max(count, _FIRST), _LAST)


def stamp(moment: datetime) -> Timestamp:
    """The timestamp of an aware instant."""
    seconds, rest = divmod(moment - _EPOCH, _ONE_SECOND)
    return Timestamp(seconds=seconds, nanos=rest.microseconds * 1000)


def local_date(moment: datetime) -> date:
    """The day in Asia/Shanghai on which an aware instant falls."""
    try:
        return moment.astimezone(SHANGHAI).date()
    except OverflowError:
        return LAST_DAY


def shifted(day: date, days: int) -> date:
    """So many days later, or earlier."""
    ordinal = min(max(day.toordinal() + days, FIRST_DAY.toordinal()), LAST_DAY.toordinal())
    return date.fromordinal(ordinal)


@lru_cache(maxsize=20_000)
def end_of_day(day: date) -> datetime:
    """24:00 of a day in Asia/Shanghai, in UTC (民法典 203)."""
    midnight = datetime.combine(shifted(day, 1), datetime.min.time(), SHANGHAI)
    return midnight.astimezone(UTC)


def start_of_day(day: date) -> datetime:
    """The first instant of a day in Asia/Shanghai."""
    return datetime.combine(shifted(day, 0), time(), SHANGHAI)


def parse_date(text: str) -> date | None:
    """The day written YYYY-MM-DD, or None when it is not one, such as 2026-02-30 or 20260201."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


def received(told: datetime, recorded: datetime, earlier_version: bool, proved: datetime | None) -> datetime:
    """When the unit received what was handed over to it (Art. 23(3)).

    Its inbox is served from the log, so what is recorded stands in it: not from when the sender says that
    it sent it, and not from when the unit looked. Evidence stated by somebody else (HandoverReceiptProved)
    moves it later, never earlier. Version 0.1 counted from what the sender told; its events stand as told.
    """
    since = told if earlier_version else recorded
    return max(since, proved) if proved else since
