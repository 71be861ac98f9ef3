"""Dates and times as they stand in files, to instants: texts in several forms, and spreadsheet dates."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from huiyin_cli.importing.cells import text_of
from huiyin_cli.importing.faults import CellError, Reason
from huiyin_cli.importing.time_texts import candidates, reading_of

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
