"""Numbers that name someone or something: what a spreadsheet did to them, and which are a person's own."""

import re
import unicodedata
from datetime import date

from huiyin_cli.importing.faults import CellError, Reason
from huiyin_domain.identifiers import resident_id_doubt

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
