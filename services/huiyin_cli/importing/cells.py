"""Cells as people fill them in: padding trimmed, numbers as written, damage recognised instead of kept."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from huiyin_cli.importing.faults import CellError, Reason

# Everything Unicode calls a space (tabs, NBSP, U+3000 among them), and what is invisible beside it.
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\x00"
_PADDING = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + _INVISIBLE
_SURROGATE = re.compile("[\ud800-\udfff]")

# A spreadsheet keeps 15 digits of a number: a longer one has lost its last digits for good.
_EXACT_NUMBER_MAX = 10**15


@dataclass(frozen=True, slots=True)
class Unreadable:
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
        case Unreadable():
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
