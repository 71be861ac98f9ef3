"""Dates and times as they stand in files, to instants: texts in several forms, and spreadsheet dates."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from huiyin_cli.importing.cells import text_of
from huiyin_cli.importing.faults import CellError, Reason

# 2019/2/28 11:25:05, 2019-02-28T11:25, 2019.2.28, 2019年2月28日 11时25分5秒, with Z or +08:00 or neither.
_TEXT = re.compile(
    r"(?P<year>\d{4})(?:-|/|\.|年)(?P<month>\d{1,2})(?:-|/|\.|月)(?P<day>\d{1,2})日?"
    r"(?:[T\s]*(?P<hour>\d{1,2})[:时](?P<minute>\d{1,2})分?(?::?(?P<second>\d{1,2})(?:\.\d+)?秒?)?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
_COMPACT = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")

# Day 0 of the serial numbers in a spreadsheet; the numbers between are the years 1954 to 2119.
_SERIAL_EPOCH = datetime.combine(date(1899, 12, 30), time())
_SERIAL_MIN, _SERIAL_MAX = 20_000, 80_000


def instant_of(cell: object, zone: tzinfo, formats: Sequence[str] = ()) -> datetime:
    """The instant, in UTC. A time without a zone is in `zone`; `formats` (strptime) replace the usual forms.

    Raises CellError.
    """
    match cell:
        case datetime():
            return _utc(cell, zone)
        case date():
            return _utc(datetime.combine(cell, time()), zone)
        case float() if _SERIAL_MIN <= cell < _SERIAL_MAX:
            return _utc(_SERIAL_EPOCH + timedelta(seconds=round(cell * 86_400)), zone)
        case str() | int() | float():
            return _of_text(unicodedata.normalize("NFKC", text_of(cell)), zone, formats)
        case _:
            raise CellError(Reason.TIME_UNREADABLE)


def _of_text(text: str, zone: tzinfo, formats: Sequence[str]) -> datetime:
    for form in formats:
        try:
            return _utc(datetime.strptime(text, form), zone)  # noqa: DTZ007 # _utc gives it the file's zone
        except ValueError:
            continue
    found = None if formats else _TEXT.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is None:
        raise CellError(Reason.TIME_UNREADABLE)
    return _of_parts(found.groupdict(), zone)


def _of_parts(parts: dict[str, str | None], zone: tzinfo) -> datetime:
    def number(name: str) -> int:
        return int(parts.get(name) or 0)

    try:
        day = date(number("year"), number("month"), number("day"))
        hours = time(number("hour"), number("minute"), number("second"))
        offset = _offset(parts.get("zone"))
    except ValueError:
        raise CellError(Reason.TIME_IMPOSSIBLE) from None
    return _utc(datetime.combine(day, hours), offset or zone)


def _offset(text: str | None) -> tzinfo | None:
    return datetime.strptime(text, "%z").tzinfo if text else None


def _utc(moment: datetime, zone: tzinfo) -> datetime:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    try:
        return aware.astimezone(UTC)
    except OverflowError:
        raise CellError(Reason.TIME_IMPOSSIBLE) from None
