"""How many, as people write it: 5, ５, 5人, 三人, 1,200."""

import re
import unicodedata

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
