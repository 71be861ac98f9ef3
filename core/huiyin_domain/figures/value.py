"""A figure's value: how many of how many, and how it is shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from huiyin_domain.figures.contribution import Contribution, Measure, Piece
from huiyin_domain.figures.table import Figure

ACCEPTANCE_DAYS = 15
"""[V-code] S31: accepted no later than 15 days after registration."""

PERSON_COUNT_MAX = 9999
"""[V-code] S31: filings of 1 to 9999 persons are counted."""

RATING_DAYS = 30
"""T19 [GK]: how long a rating is awaited after the answer was served; the status 超期未评价 is [V-code]."""

RESOLUTION_MONTHS = 6
"""[D] 一次性化解率: how long after closing a matter has to stay settled."""

SMALL_CELL_MIN = 5
"""[D] A denominator below this is not shown to those who may not see the cases behind it."""


class Amount(NamedTuple):
    """How many cases, and the days they took together where days are counted."""

    cases: int = 0
    days: int = 0

    def plus(self, other: "Amount") -> "Amount":
        """Both together."""
        return Amount(self.cases + other.cases, self.days + other.days)


Amounts = Mapping[Piece, Amount]
"""The pieces of one measure."""


@dataclass(frozen=True, slots=True)
class Value:
    """A figure with all that makes it. A denominator of zero: there is nothing to rate.

    `pieces` are counts of cases. When it is `suppressed`, there are no numbers in it.
    """

    numerator: int = 0
    denominator: int = 0
    missing: int = 0
    pieces: tuple[tuple[Piece, int], ...] = ()
    suppressed: bool = False


SUPPRESSED = Value(suppressed=True)


def counted(contributions: Iterable[Contribution], as_of: datetime) -> dict[Measure, dict[Piece, Amount]]:
    """The amounts of each measure at an instant."""
    found: dict[Measure, dict[Piece, Amount]] = {}
    for one in contributions:
        pieces, piece = found.setdefault(one.measure, {}), one.piece_at(as_of)
        pieces[piece] = pieces.get(piece, Amount()).plus(Amount(1, one.days))
    return found


def value_of(figure: Figure, amounts: Amounts) -> Value:
    """The figure that these amounts of its measure make."""
    shown: dict[Piece, int] = {}
    for piece, amount in amounts.items():
        name = figure.merged.get(piece, piece)
        shown[name] = shown.get(name, 0) + amount.cases
    return Value(
        numerator=_sum(amounts, figure.numerator, in_days=figure.in_days),
        denominator=_sum(amounts, figure.denominator),
        missing=_sum(amounts, figure.missing),
        pieces=tuple(sorted((piece, count) for piece, count in shown.items() if count)),
    )


def _sum(amounts: Amounts, pieces: frozenset[Piece], *, in_days: bool = False) -> int:
    chosen = (amounts[piece] for piece in pieces if piece in amounts)
    return sum(one.days if in_days else one.cases for one in chosen)


def for_outsiders(value: Value, known: Value, minimum: int) -> Value:
    """The value as shown to those who may not see the cases behind it.

    `known` is the share of it that they see anyway: the rest must not be a small cell either, or a
    subtraction would show it.
    """
    sizes = (
        value.denominator or value.missing,
        value.denominator - known.denominator or value.missing - known.missing,
    )
    return SUPPRESSED if any(0 < size < minimum for size in sizes) else value
