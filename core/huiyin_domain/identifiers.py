"""Check characters and structure of official identifiers (GB 11643, GB 32100, GB 11714, GB/T 2260).

A failed check is a doubt to tell the officer, never a reason to refuse: real codes are known that do not
pass, and an identity number is never a condition for registration (2022 online rules, Art. 5).
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

_RESIDENT_FORM = re.compile(r"[0-9]{17}[0-9X]")
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS = "10X98765432"

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_FORM = re.compile(f"[{_CREDIT_ALPHABET}]{{18}}")
_CREDIT_BASE = 31

_ORGANISATION_FORM = re.compile(r"[0-9A-Z]{8}[0-9X]")
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

_DIVISION_FORM = re.compile(r"[0-9]{6}(?:[0-9]{3}(?:[0-9]{3})?)?")


@dataclass(frozen=True, slots=True)
class Doubt:
    """What looks wrong about an identifier; a warning that never repeats the identifier itself."""

    reason: str
    zh: str
    en: str


_MALFORMED = Doubt("MALFORMED", "位数或字符不符，请核对", "wrong length or characters: check it")
_BAD_CHECK = Doubt("CHECK_CHARACTER", "校验码不符，请核对", "the check character does not fit: check it")
_BAD_BIRTH = Doubt("BIRTH_DATE", "出生日期不存在，请核对", "the birth date does not exist: check it")


def resident_id_check(first_17: str) -> str:
    """The 18th character of a resident identity number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _RESIDENT_WEIGHTS, strict=True))
    return _RESIDENT_CHECKS[total % 11]


def resident_id_doubt(number: str) -> Doubt | None:
    """What looks wrong about a resident identity number, if anything. A lower-case x counts as X."""
    number = number.strip().upper()
    if not _RESIDENT_FORM.fullmatch(number):
        return _MALFORMED
    if not _is_date(number[6:14]):
        return _BAD_BIRTH
    return None if resident_id_check(number[:17]) == number[17] else _BAD_CHECK


def credit_code_check(first_17: str) -> str:
    """The 18th character of a unified social credit code (GB 32100-2015).

    (31 - r) mod 31, because remainder 0 gives 31, which the standard writes as 0.
    """
    values = (_CREDIT_ALPHABET.index(character) for character in first_17)
    total = sum(value * pow(3, place, _CREDIT_BASE) for place, value in enumerate(values))
    return _CREDIT_ALPHABET[(_CREDIT_BASE - total % _CREDIT_BASE) % _CREDIT_BASE]


def credit_code_doubt(code: str) -> Doubt | None:
    """What looks wrong about a unified social credit code, if anything."""
    code = code.strip().upper()
    if not _CREDIT_FORM.fullmatch(code):
        return _MALFORMED
    return None if credit_code_check(code[:17]) == code[17] else _BAD_CHECK


def organisation_code_check(first_8: str) -> str:
    """The 9th character of an organisation code (GB 11714), characters 9 to 17 of a credit code."""
    values = (int(character, 36) for character in first_8)
    remainder = sum(value * weight for value, weight in zip(values, _ORGANISATION_WEIGHTS, strict=True)) % 11
    return "0X987654321"[remainder]


def organisation_code_doubt(code: str) -> Doubt | None:
    """What looks wrong about an organisation code, with or without its hyphen, if anything."""
    code = code.strip().upper().replace("-", "")
    if not _ORGANISATION_FORM.fullmatch(code):
        return _MALFORMED
    return None if organisation_code_check(code[:8]) == code[8] else _BAD_CHECK


class DivisionLevel(IntEnum):
    """How many digits of the code name the place."""

    PROVINCE = 2
    PREFECTURE = 4
    COUNTY = 6
    TOWNSHIP = 9
    VILLAGE = 12


def division_level(code: str) -> DivisionLevel | None:
    """The level that a code of 6, 9 or 12 digits has by its structure (GB/T 2260); None when it has none."""
    if not _DIVISION_FORM.fullmatch(code) or code.startswith("00"):
        return None
    named = len(code.rstrip("0"))
    return next(level for level in DivisionLevel if named <= level)


def upper_divisions(code: str) -> list[str]:
    """Six-digit codes of the prefecture and the province above a place, nearest first.

    A county that a province governs directly (xx90xx) has no prefecture between.
    """
    level = division_level(code)
    if level is None:
        return []
    above = [
        upper
        for upper in (DivisionLevel.COUNTY, DivisionLevel.PREFECTURE, DivisionLevel.PROVINCE)
        if upper < level
    ]
    codes = [code[:upper].ljust(6, "0") for upper in above]
    return [upper for upper in codes if upper[2:] != "9000"]


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
