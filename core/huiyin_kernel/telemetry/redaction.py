"""What a log line may say: fields from a list, and no text in which a person can be found.

Three walls, for three mistakes: a field that is not on the list is named and its value left out; what looks
like an identity number, a telephone number or an address of mail is taken out of every text, errors included;
a message or bytes stand as their type alone. Names of people in free text cannot be recognised by a machine:
that no text of a petition reaches a log is the rule of the house, and tests look for planted ones.
"""

import re
from collections.abc import MutableMapping
from typing import Any

from google.protobuf.message import Message

FIELDS = frozenset(
    {
        *("time", "level", "logger", "event", "process", "exception", "stack"),
        *("trace_id", "span_id", "event_id", "log", "position", "version", "stream", "type"),
        *("case_id", "number", "sequence", "epoch", "message_id", "request_id", "correlation_id"),
        *("consumer", "source", "worker", "fold", "method", "code", "reason", "agency", "actor"),
        *("topic", "partition", "offset", "group", "attempt", "wait_seconds", "seconds", "count", "error"),
    }
)
"""Every field that a line may have. What is said of a person is none of them."""

REFUSED = "fields_refused"
HIDDEN = "▮"

# Letters of scripts that put no space between words may stand beside a number, Latin ones and digits may not.
_BEFORE, _AFTER = r"(?<![0-9A-Za-z.\-])", r"(?![0-9A-Za-z])"
_BIRTHDAY = r"(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_KINDS = (
    rf"{_BEFORE}\d{{6}}{_BIRTHDAY}\d{{3}}[\dXx]{_AFTER}",  # identity number (GB 11643)
    rf"{_BEFORE}(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{{4}}[- ]?\d{{4}}{_AFTER}",  # mobile telephone
    rf"{_BEFORE}0\d{{2,3}}-\d{{7,8}}{_AFTER}",  # telephone with area code
    r"[A-Za-z0-9_.+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+",  # address of mail
)
_PERSONAL = re.compile("|".join(_KINDS))
_INPUT_VALUE = re.compile(r"input_value=.*?, input_type")  # how pydantic quotes what it refused
_DETAIL = re.compile(r"^DETAIL: .*$", re.MULTILINE)  # how PostgreSQL quotes a row


def without_personal_data(text: str) -> str:
    """The text with what can be recognised as a person's blacked out."""
    text = _INPUT_VALUE.sub(f"input_value={HIDDEN}, input_type", text)
    return _PERSONAL.sub(HIDDEN, _DETAIL.sub(f"DETAIL: {HIDDEN}", text))


def redact(logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: the line as it may be written."""
    refused = sorted(name for name in line if name not in FIELDS and not name.startswith("_"))
    for name in refused:
        del line[name]
    for name, value in line.items():
        if not name.startswith("_"):
            line[name] = _shown(value)
    if refused:
        line[REFUSED] = refused
    return line


def _shown(value: object) -> object:
    match value:
        case str():
            return without_personal_data(value)
        case bool() | int() | float() | None:
            return value
        case Message():
            return f"<{value.DESCRIPTOR.full_name}>"
        case bytes() | bytearray() | memoryview():
            return f"<{len(value)} bytes>"
        case BaseException():
            return type(value).__name__
        case _:
            return without_personal_data(str(value))
