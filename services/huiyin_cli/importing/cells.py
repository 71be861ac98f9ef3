"""Cells as people fill them in: padding trimmed, numbers as written, damage recognised instead of kept.

Numbers that name a person or thing are told from those that count: 5, ５, 5人, 三人, 1,200.
"""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from huiyin_cli.importing.faults import CellError, Reason
from huiyin_domain.identifiers import resident_id_doubt

# Everything Unicode calls a space (tabs, NBSP, U+3000 among them), and what is invisible beside it.
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\x00"
_PADDING = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + _INVISIBLE
_SURROGATE = re.compile("[\ud800-\udfff]")

# A spreadsheet keeps 15 digits of a number: a longer one has lost its last digits for good.
_EXACT_NUMBER_MAX = 10**15


@dataclass(frozen=True, slots=True)
class UnreadableCell:
    """A cell whose value the file does not hold: an error, a formula never calculated, no number."""

    reason: Reason
    facts: Mapping[str, str] = field(default_factory=dict)


def text_of(cell: object) -> str:
    """The cell as text, without padding. Raises CellError."""
    match cell:
        case None:
            return ""
        case str():
            return _clean(cell)
        case bool():
            return "true" if cell else "false"
        case int():
            return str(cell)
        case float():
            return _number(cell)
        case datetime():
            return cell.isoformat(" ")
        case date() | time() | timedelta():
            return str(cell)
        case UnreadableCell():
            raise CellError(cell.reason, **cell.facts)
        case _:
            raise CellError(Reason.VALUE_NOT_PLAIN)


def is_blank(cell: object) -> bool:
    """True when the cell says nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip(_PADDING))


def legible(cell: str) -> str:
    """A text with U+FFFD for each character that is damaged: the rest of it can still be read."""
    return _clean(_SURROGATE.sub("\ufffd", cell))


def _clean(text: str) -> str:
    if _SURROGATE.search(text):
        raise CellError(Reason.TEXT_BROKEN)
    return text.strip(_PADDING).replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise CellError(Reason.NUMBER_UNREADABLE)
    if abs(value) >= _EXACT_NUMBER_MAX:
        raise CellError(Reason.NUMBER_DAMAGED)
    return str(int(value)) if value.is_integer() else repr(value)


# 1.10101E+17, and the .0 that a program adds to what it took for a quantity.
_EXPONENT = re.compile(r"[+-]?\d+(?:\.\d*)?[eE][+-]?\d+")
_POINT_ZERO = re.compile(r"(\d+)\.0+")

# A spreadsheet keeps 15 digits: what comes after them reads as zeros.
_EXACT_DIGITS = 15
_ROUNDED = re.compile(r"\d{15}0+")

# GB 11643: region, day of birth, sequence, check character.
_IDENTITY = re.compile(r"[1-9]\d{5}(?P<day>\d{8})\d{3}[\dXx]")
_IDENTITY_OLD = re.compile(r"[1-9]\d{5}(?P<day>\d{6})\d{3}")
_PHONE = re.compile(r"(?:\+?86)?1[3-9]\d{9}|0\d{2,3}-\d{7,8}")

# Numbers of files are made of place and day as well; who was born later than this files nothing yet.
_BORN_FROM, _BORN_TO = 1900, 2015
_BORN_OLD = 1930


def whole_number(text: str) -> tuple[str, Reason | None]:
    """The number as it was before a program wrote it as a quantity, and the damage mended.

    Raises CellError when digits are lost.
    """
    plain = unicodedata.normalize("NFKC", text).replace(" ", "").lstrip("'")
    if _EXPONENT.fullmatch(plain):
        raise CellError(Reason.NUMBER_DAMAGED)
    if found := _POINT_ZERO.fullmatch(plain):
        digits = found.group(1)
        if len(digits) > _EXACT_DIGITS:
            raise CellError(Reason.NUMBER_DAMAGED)
        return digits, Reason.NUMBER_POINT_ZERO
    if len(plain) > _EXACT_DIGITS and _ROUNDED.fullmatch(plain) and resident_id_doubt(plain):
        raise CellError(Reason.NUMBER_DAMAGED)
    return text, None


def is_personal(text: str) -> bool:
    """Whether it is written as a person's identity number or phone is: such a one names no row."""
    return looks_like_identity(text) or looks_like_phone(text)


def looks_like_phone(text: str) -> bool:
    """Whether it is written as a mobile phone's number is, or a landline's with its area."""
    return _PHONE.fullmatch(_plain(text)) is not None


def looks_like_identity(text: str) -> bool:
    """Whether it has the form of an identity number with a day of birth, whatever its check character."""
    plain = _plain(text)
    if found := _IDENTITY.fullmatch(plain):
        return _was_born(found.group("day"), _BORN_FROM)
    old = _IDENTITY_OLD.fullmatch(plain)
    return old is not None and _was_born("19" + old.group("day"), _BORN_OLD)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _was_born(digits: str, first_year: int) -> bool:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return first_year <= day.year <= _BORN_TO


_COUNT = re.compile(r"(?:共|约)?(?P<digits>\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.0+)?\s*(?:人次|人|名|位|个)?")
_NUMERALS = re.compile(r"(?:共)?(?P<numerals>[一二两三四五六七八九十百]{1,7})\s*(?:人次|人|名|位|个)?")
_DIGITS = {numeral: value for value, numeral in enumerate("一二三四五六七八九", start=1)} | {"两": 2}
_UNITS = {"十": 10, "百": 100}


def count_of(text: str) -> int | None:
    """The count; None when the text is none."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if len(plain) > 40:
        return None
    if found := _COUNT.fullmatch(plain):
        return int(found.group("digits").replace(",", ""))
    found = _NUMERALS.fullmatch(plain)
    return _of_numerals(found.group("numerals")) if found else None


def _of_numerals(numerals: str) -> int | None:
    """十二 is 12, 一百二十 is 120; None when the numerals do not stand in an order that says a number."""
    total, ones, last_unit = 0, 0, 1000
    for numeral in numerals:
        unit = _UNITS.get(numeral)
        if unit is None:
            if ones:
                return None
            ones = _DIGITS[numeral]
        elif unit >= last_unit:
            return None
        else:
            total, ones, last_unit = total + (ones or 1) * unit, 0, unit
    return total + ones
