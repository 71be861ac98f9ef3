"""Which line of a table names its columns: below a title, in two lines, with names that repeat."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from huiyin_cli.importing.cells import is_blank, text_of
from huiyin_cli.importing.faults import CellError, Fault

_BREAKS = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff]*[\r\n\v\f]+[\s\u200b\u200c\u200d\u2060\ufeff]*")
_LETTERED = re.compile(r" \([A-Z]{1,3}\)$")
_CERTAIN = 2
"""Names that a line must hold to be taken for one that names columns..."""
_SHARE = 4
"""...and one in so many of its cells."""


def letters(column: int) -> str:
    """A column as a spreadsheet calls it: A for 0, AA for 26."""
    name, column = "", column + 1
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def plain(name: str) -> str:
    """A name of a column for comparing: without spaces, punctuation, width of letters and case."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in folded if character.isalnum())


def bare(name: str) -> str:
    """A name without the letter that tells it from others like it."""
    return _LETTERED.sub("", name)


@dataclass(frozen=True, slots=True)
class Heading:
    """The names of the columns, each once, and the last line that names them."""

    names: tuple[str, ...]
    last_row: int


Numbered = tuple[int, Sequence[object] | Fault]


class Headings:
    """Finds the line that names the columns, by the names that are known or that the caller gave."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = frozenset(plain(name) for name in known) - {""}

    def count(self, cells: Sequence[object]) -> int:
        """How many different known names stand in a line."""
        return len({plain(name) for name in map(_name, cells)} & self._known)

    def _certain(self, cells: Sequence[object] | Fault) -> int:
        """The same for a line that can be taken to name columns; 0 for one that holds a name by chance."""
        if isinstance(cells, Fault):
            return 0
        count = self.count(cells)
        said = sum(not is_blank(cell) for cell in cells)
        return count if count >= _CERTAIN and count * _SHARE >= said else 0

    def found(self, lines: Sequence[Numbered], given: int = 0) -> Heading | None:
        """The names in the given line, else in the first with known ones, else in the first not blank."""
        named = [
            (number, cells)
            for number, cells in lines
            if not isinstance(cells, Fault) and (number == given if given else not all(map(is_blank, cells)))
        ]
        if not named:
            return None
        if given:
            return _heading(named[0][1], given)
        certain = (at for at, (_, cells) in enumerate(named) if self._is_certain(cells))
        return self._joined(named, next(certain, 0))

    def _is_certain(self, cells: Sequence[object] | Fault) -> bool:
        """Whether a line can be taken to name columns, and holds not just a name by chance."""
        if isinstance(cells, Fault):
            return False
        count, said = self.count(cells), sum(not is_blank(cell) for cell in cells)
        return count >= _CERTAIN and count * _SHARE >= said

    def _joined(self, named: Sequence[Numbered], at: int) -> Heading:
        """Names may stand in two lines: the lower says more exactly what the upper groups."""
        number, cells = named[at]
        assert not isinstance(cells, Fault), "faults name nothing"
        if at + 1 < len(named):
            below, lower = named[at + 1]
            if below == number + 1 and not isinstance(lower, Fault) and self._is_part_of(lower, cells):
                return _heading(_over(lower, cells), below)
        return _heading(cells, number)

    def _is_part_of(self, lower: Sequence[object], upper: Sequence[object]) -> bool:
        """Whether a line names columns more exactly: below a known name stands another, or nothing new."""
        pairs = [
            (plain(_name(below)), plain(_name(above))) for below, above in zip(lower, upper, strict=False)
        ]
        names = all(below in self._known | {"", above} for below, above in pairs if above in self._known)
        return names and self._is_certain(lower)


def _over(lower: Sequence[object], upper: Sequence[object]) -> list[object]:
    width = max(len(lower), len(upper))
    first, second = ([*cells, *[None] * (width - len(cells))] for cells in (lower, upper))
    return [above if is_blank(below) else below for below, above in zip(first, second, strict=True)]


def _heading(cells: Sequence[object], row: int) -> Heading:
    names = [_name(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    uses = Counter(names)
    once = [f"{name} ({letters(at)})" if name and uses[name] > 1 else name for at, name in enumerate(names)]
    return Heading(tuple(once), row)


def _name(cell: object) -> str:
    try:
        return _BREAKS.sub("", text_of(cell))
    except CellError:
        return ""
