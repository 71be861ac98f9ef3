"""Administrative divisions by code and time (GB/T 2260; domain rules, 9.4): key is code with its validity.

A code is kept as recorded, whatever becomes of its place. The table reaches down to the county; the longer
statistical codes, 9 digits for a township and 12 for a village, are known by the county that they begin with.
"""

import re
from datetime import date

from huiyin_domain.codes import Code, CodeTable

COUNTY_DIGITS = 6
"""Digits of a division down to the county; longer codes go on to townships and villages."""

NOWHERE = "000000"
"""Stands in numbers, figures and questions for a place that is not known yet; no division has it."""

LEVELS = (2, 4, 6, 9, 12)
"""How many digits name a province, prefecture, county, township and village."""

_FORM = re.compile(r"[0-9]{6}(?:[0-9]{3}(?:[0-9]{3})?)?")


def county_of(code: str) -> str:
    """The six digits of a code that the table knows places by; empty for a place that is not known."""
    return code[:COUNTY_DIGITS]


def named_digits(code: str) -> int:
    """How many digits of a code name the place: one of LEVELS; 0 for the nation, and for no place."""
    return next((level for level in (0, *LEVELS) if len(code.rstrip("0")) <= level), len(code))


def line_of(code: str) -> str:
    """The digits that a division and those below it share: 99 for a province, 9901 for a prefecture.

    Empty for the nation, and for a place that is not known.
    """
    return code[: named_digits(code)].ljust(named_digits(code), "0")


def has_form(code: str) -> bool:
    """Whether these are 6, 9 or 12 digits."""
    return bool(_FORM.fullmatch(code))


def is_known(code: str, table: CodeTable) -> bool:
    """Whether a code of 6, 9 or 12 digits names a place of the table, or one within it, of whatever time."""
    return has_form(code) and county_of(code) in table


def in_force(code: str, table: CodeTable, day: date) -> bool:
    """Whether a code of the table was in force on a day, as far as the table knows.

    One that ended is taken to have been in force only where the table says until when; one that is there now,
    from whenever. A year alone counts as a whole: in the year of a change the old and the new code both hold.
    """
    return any(_holds(period, day) for period in table.periods(code))


def _holds(period: Code, day: date) -> bool:
    if period.ended and not period.valid_to:
        return False
    begun = not period.valid_from or day >= date.fromisoformat(_first(period.valid_from))
    return begun and (not period.valid_to or day <= date.fromisoformat(_last(period.valid_to)))


def _first(text: str) -> str:
    return text if "-" in text else f"{text}-01-01"


def _last(text: str) -> str:
    return text if "-" in text else f"{text}-12-31"


def name_of(code: str, table: CodeTable) -> str:
    """The name of a place, with its digits where they say more than the table; the code itself if unknown."""
    if code in table:
        return table.codes[code].name_zh
    return f"{table.codes[county_of(code)].name_zh}（{code}）" if is_known(code, table) else code
