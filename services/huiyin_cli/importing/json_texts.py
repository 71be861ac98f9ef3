"""JSON read bit by bit: values one after another within a bounded stretch of text, nothing lost in them."""

import json
from collections.abc import Sequence
from typing import TextIO

from huiyin_cli.importing.cells import UnreadableCell
from huiyin_cli.importing.faults import Reason

_CHUNK = 64 << 10
_SPACES = " \t\r\n\ufeff"
_DIGITS_MAX = 40


class NotJsonError(Exception):
    """The text is no JSON."""


class TooLongError(Exception):
    """A value is longer than a row may be."""


def _integer(digits: str) -> object:
    """A whole number, unless it is longer than any that means something."""
    return int(digits) if len(digits) <= _DIGITS_MAX else UnreadableCell(Reason.NUMBER_UNREADABLE)


def _no_number(_: str) -> object:
    return UnreadableCell(Reason.NUMBER_UNREADABLE)


def _object(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """An object in which a name that is given again keeps both values apart."""
    found: dict[str, object] = {}
    for name, value in pairs:
        again = 2
        key = name.strip()
        while key in found and found[key] != value:
            key, again = f"{name.strip()} ({again})", again + 1
        found[key] = value
    return found


_DECODER = json.JSONDecoder(
    parse_int=_integer, parse_constant=_no_number, object_pairs_hook=_object, strict=False
)


def decoded(text: str) -> object:
    """The one value in a text. Raises NotJsonError."""
    try:
        return _DECODER.decode(text.strip(_SPACES))
    except (ValueError, RecursionError):
        raise NotJsonError from None


class JsonText:
    """A text of JSON values, read from a file as far as needed."""

    def __init__(self, file: TextIO, chars_max: int) -> None:
        self._file, self._chars_max = file, chars_max
        self._text, self._at = "", 0

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _SPACES:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def peek_second(self) -> str:
        """The character after the next one, spaces left out."""
        self.peek()
        at = self._at + 1
        while True:
            while at < len(self._text) and self._text[at] in _SPACES:
                at += 1
            if at < len(self._text):
                return self._text[at]
            at -= self._at
            if not self._more():
                return ""

    def take(self) -> None:
        """Goes past the next character that is no space."""
        self.peek()
        self._at += 1

    def expect(self, sign: str) -> None:
        """Goes past a sign. Raises NotJsonError when another stands there."""
        if self.peek() != sign:
            raise NotJsonError
        self.take()

    def value(self) -> object:
        """The next value. Raises NotJsonError or TooLongError."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except (ValueError, RecursionError):
                value, end = None, -1
            # A number at the end of what was read may go on.
            if end >= 0 and (end < len(self._text) or not isinstance(value, int | float)):
                self._at = end
                return value
            if len(self._text) - self._at > self._chars_max:
                raise TooLongError
            if not self._more():
                if end < 0:
                    raise NotJsonError
                self._at = end
                return value

    def _more(self) -> bool:
        """Reads on; what was gone past is forgotten."""
        more = self._file.read(max(_CHUNK, len(self._text) - self._at))
        self._text, self._at = self._text[self._at :] + more, 0
        return bool(more)
