"""Dates and times as they stand in files, to instants: the usual forms, and spreadsheet dates."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from huiyin_cli.importing.cells import text_of
from huiyin_cli.importing.faults import CellError, Reason

_DASHES = str.maketrans("‐‑‒–—−", "------")
_DIGITS = dict(zip("〇○零一二三四五六七八九", (0, 0, *range(10)), strict=True))
_NUMERALS = re.compile(r"[〇○零一二三四五六七八九十]+(?=[年月日号时点分秒])")
_WEEKDAY = re.compile(
    r"\(?(?:星期|周|礼拜)[一二三四五六日天]\)?"
    r"|\b(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)"
    r"(?:day)?\b,?",
    re.IGNORECASE,
)
_HALF = re.compile(r"(?<=[时点])(半|整|钟)")

# 2019/2/28 11:25:05, 2019-02-28T11:25, 2019.2.28, 2019年2月28日 下午3时5分, with Z, +08, +08:00 or neither.
_MARK = r"(?P<{0}>上午|下午|凌晨|清晨|早上|早晨|中午|傍晚|晚上|[ap]\.?m\.?)"
_CLOCK = (
    r"(?P<hour>\d{1,2})\s*[:时点]\s*(?:(?P<minute>\d{1,2})\s*分?\s*"
    r"(?::?\s*(?P<second>\d{1,2})(?:[.,]\d+)?\s*秒?)?)?"
)
_ZONE = r"(?P<zone>Z|(?:UTC|GMT)?\s*[+-]\s*\d{1,2}(?::?\d{2})?(?::?00)?|UTC|GMT|北京时间)?(?:\[[\w/+-]+\])?"
_TEXT = re.compile(
    r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*[日号]?"
    rf"(?:[T,\s]*(?:{_MARK.format('before')})?\s*{_CLOCK}\s*(?:{_MARK.format('after')})?)?\s*{_ZONE}",
    re.IGNORECASE,
)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    rf"(?:[T\s]*(?P<hour>\d{{2}}):?(?P<minute>\d{{2}})(?::?(?P<second>\d{{2}})(?:\.\d+)?)?)?\s*{_ZONE}",
    re.IGNORECASE,
)
_LONGEST = 40
_OFFSET = re.compile(r"([+-])\s*(\d{1,2}):?(\d{2})?")

_MORNING = frozenset({"上午", "凌晨", "清晨", "早上", "早晨", "am"})
_EVENING = frozenset({"下午", "傍晚", "晚上", "pm"})

# Forms that a person has to name, for they can mean two things or a program's own count.
_DATES = ("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%d %b %Y", "%b %d, %Y", "%d-%b-%y")
_SHORT = ("%m/%d/%y", "%d/%m/%y")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_CANDIDATES = (
    *("serial-1900", "serial-1904", "unix", "unix-ms"),
    *("%y-%m-%d", "%y/%m/%d", "%y.%m.%d", "%y年%m月%d日", "%y%m%d"),
    *(f"{date}{clock}" for date in (*_DATES, *_SHORT) for clock in _CLOCKS),
    *("%Y.%m", "%Y-%m", "%Y/%m", "%Y年%m月"),
)
"""Forms that a person has to name: they can mean two things, say less than a day, or are a count."""


@dataclass(frozen=True, slots=True)
class ReadTime:
    """What a text says. The hour 24 ends the day; `offset`: minutes east of Greenwich, None when unsaid."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    offset: int | None


def reading_of(text: str) -> ReadTime | None:
    """What a text in one of the usual forms says, impossible dates included; None for any other text."""
    plain = _WEEKDAY.sub(" ", _in_digits(text.translate(_DASHES))).strip()
    plain = _HALF.sub(lambda found: "30分" if found.group() == "半" else "", plain)
    found = _TEXT.fullmatch(plain) or _COMPACT.fullmatch(plain)
    if found is None:
        return None
    parts = {name: value for name, value in found.groupdict().items() if value}
    hour = _hour(int(parts.get("hour", 0)), parts.get("before") or parts.get("after") or "")
    minute, second = int(parts.get("minute", 0)), int(parts.get("second", 0))
    if hour is None or (hour == 24 and (minute or second)):
        hour = 99
    # A leap second belongs to its minute, and so to its day.
    second = 59 if second == 60 else second
    year, month, day = (int(parts[name]) for name in ("year", "month", "day"))
    return ReadTime(year, month, day, hour, minute, second, _offset(parts.get("zone", "")))


def candidates(text: str) -> Sequence[str]:
    """Forms that might read a text which is in none of the usual ones."""
    return _CANDIDATES if len(text) <= _LONGEST else ()


def _in_digits(text: str) -> str:
    """二〇二六年三月二日 as 2026年3月2日."""
    return _NUMERALS.sub(lambda found: _number(found.group()), text)


def _number(numerals: str) -> str:
    if "十" not in numerals:
        return "".join(str(_DIGITS[one]) for one in numerals)
    tens, _, ones = numerals.partition("十")
    if len(tens) > 1 or len(ones) > 1:
        return numerals
    return str(10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[ones] if ones else 0))


def _hour(hour: int, mark: str) -> int | None:
    """Of 24; None when the mark and the hour contradict each other."""
    mark = mark.replace(".", "").lower()
    if mark in _MORNING:
        return hour % 12 if hour <= 12 else None
    if mark == "中午":
        return hour + 12 if 1 <= hour <= 3 else hour if 11 <= hour <= 13 else None
    if mark in _EVENING:
        if hour == 12 and mark == "晚上":
            return None  # midnight of which day?
        return hour + 12 if 1 <= hour < 12 else hour if hour >= 12 else None
    return hour


def _offset(zone: str) -> int | None:
    if not zone:
        return None
    if zone == "北京时间":
        return 8 * 60
    found = _OFFSET.search(zone)
    if found is None:
        return 0
    minutes = int(found.group(2)) * 60 + int(found.group(3) or 0)
    return -minutes if found.group(1) == "-" else minutes


USUAL, SERIAL_1900, SERIAL_1904, UNIX, UNIX_MS = "usual", "serial-1900", "serial-1904", "unix", "unix-ms"
"""Names of forms that may stand among the formats of a mapping."""

EPOCH_1900 = date(1899, 12, 30)
"""Day 0 of a spreadsheet's serial numbers; as Excel counts from 1 March 1900 on."""
EPOCH_1904 = date(1904, 1, 1)
"""The same in a workbook of the 1904 date system."""

# The numbers between are the years 1954 to 2119.
_SERIAL_MIN, _SERIAL_MAX = 20_000, 80_000
_SERIAL = re.compile(r"[2-7]\d{4}(?:\.\d+)?")
_SECONDS = {UNIX: (re.compile(r"\d{9,10}(?:\.\d+)?"), 1), UNIX_MS: (re.compile(r"\d{12,13}"), 1000)}
_NUMBERED = {SERIAL_1900: EPOCH_1900, SERIAL_1904: EPOCH_1904}


def instant_of(cell: object, zone: tzinfo, formats: Sequence[str] = (), epoch: date = EPOCH_1900) -> datetime:
    """The instant, in UTC. A time without a zone is in `zone`.

    `epoch` is day 0 of this spreadsheet's numbers; `formats` (strptime, or the names above)
    replace the usual forms.

    Raises CellError.
    """
    match cell:
        case datetime():
            return _utc(cell, zone)
        case date():
            return _utc(datetime.combine(cell, time()), zone)
        case bool():
            raise CellError(Reason.TIME_UNREADABLE)
        case int() | float() if _SERIAL_MIN <= cell < _SERIAL_MAX:
            return _of_serial(float(cell), epoch, zone)
        case str() | int() | float():
            return _of_text(unicodedata.normalize("NFKC", text_of(cell)), zone, formats)
        case _:
            raise CellError(Reason.TIME_UNREADABLE)


def _of_text(text: str, zone: tzinfo, formats: Sequence[str]) -> datetime:
    for form in formats or (USUAL,):
        found = _in_form(text, zone, form)
        if found is not None:
            return found
    raise _unread(text)


def _unread(text: str) -> CellError:
    """Which mapping would read the text, where one would."""
    found = [form for form in candidates(text) if _could_be(text, form)]
    if len(found) > 1:
        return CellError(Reason.TIME_AMBIGUOUS, form=found[0], other=found[1])
    return CellError(Reason.TIME_FORM_UNKNOWN, form=found[0]) if found else CellError(Reason.TIME_UNREADABLE)


def _could_be(text: str, form: str) -> bool:
    try:
        return _in_form(text, UTC, form) is not None
    except CellError:
        return False


def _in_form(text: str, zone: tzinfo, form: str) -> datetime | None:
    if form == USUAL:
        return _usual(text, zone)
    if form in _NUMBERED:
        return _of_serial(float(text), _NUMBERED[form], zone) if _SERIAL.fullmatch(text) else None
    if form in _SECONDS:
        written, units = _SECONDS[form]
        return datetime.fromtimestamp(float(text) / units, UTC) if written.fullmatch(text) else None
    try:
        return _utc(datetime.strptime(text, form), zone)  # noqa: DTZ007 # _utc gives it the file's zone
    except ValueError:
        return None


def _usual(text: str, zone: tzinfo) -> datetime | None:
    reading = reading_of(text)
    if reading is None:
        return None
    try:
        day = date(reading.year, reading.month, reading.day)
        ends_day = (reading.hour, reading.minute, reading.second) == (24, 0, 0)
        hour = 0 if ends_day else reading.hour
        moment = datetime.combine(day, time(hour, reading.minute, reading.second)) + timedelta(days=ends_day)
        offset = timezone(timedelta(minutes=reading.offset)) if reading.offset is not None else zone
    except (ValueError, OverflowError):
        raise CellError(Reason.TIME_IMPOSSIBLE) from None
    return _utc(moment, offset)


def _of_serial(number: float, epoch: date, zone: tzinfo) -> datetime:
    return _utc(datetime.combine(epoch, time()) + timedelta(seconds=round(number * 86_400)), zone)


def _utc(moment: datetime, zone: tzinfo) -> datetime:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    try:
        return aware.astimezone(UTC)
    except OverflowError:
        raise CellError(Reason.TIME_IMPOSSIBLE) from None
