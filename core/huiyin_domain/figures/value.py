"""A figure's value: how many of how many, how it is shown, and its pieces in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from huiyin_domain.clocks.rule import Text
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


PIECES: Mapping[Piece, Text] = {
    Piece.FIRST: Text("初件", "first"),
    Piece.REPEAT: Text("重复件", "repeat"),
    Piece.PLAIN: Text("登记无疑点", "nothing to settle"),
    Piece.TO_SETTLE: Text("登记待核定", "to be settled"),
    Piece.SETTLED: Text("登记已核定", "settled by a person"),
    Piece.ACCEPTED: Text("已受理", "accepted"),
    Piece.DECLINED: Text("不予受理", "not accepted"),
    Piece.LED_IN: Text("导入法定途径", "led into another procedure"),
    Piece.UNDECIDED: Text("尚未决定", "undecided"),
    Piece.IN_TIME: Text("按期", "in time"),
    Piece.LATE: Text("超期完成", "late"),
    Piece.NOT_YET_DUE: Text("未到期", "not yet due"),
    Piece.OVERDUE: Text("超期未完成", "overdue"),
    Piece.PROVISIONAL: Text("期限暂定", "last day provisional"),
    Piece.SATISFIED: Text("满意", "satisfied"),
    Piece.MOSTLY_SATISFIED: Text("基本满意", "mostly satisfied"),
    Piece.NOT_SATISFIED: Text("不满意", "not satisfied"),
    Piece.RATED: Text("已评价", "rated"),
    Piece.BY_WEB: Text("网页评价", "rated on the petitioners' pages"),
    Piece.BY_TERMINAL: Text("自助终端评价", "rated at a terminal"),
    Piece.BY_AGENCY: Text("经单位连接评价", "rated over an agency's connection"),
    Piece.TAKEN_BACK: Text("评价已撤回", "rating taken back"),
    Piece.AWAITED: Text("待评价", "rating awaited"),
    Piece.EXPIRED: Text("超期未评价", "not rated in time"),
    Piece.NOT_OBJECTED: Text("未提异议", "not objected to"),
    Piece.OBJECTION_OPEN: Text("异议待核实", "objection open"),
    Piece.OBJECTION_UPHELD: Text("异议成立", "objection upheld"),
    Piece.OBJECTION_REFUSED: Text("异议不成立", "objection refused"),
    Piece.EXECUTED: Text("已落实", "carried out"),
    Piece.NOT_EXECUTED: Text("未落实", "not carried out"),
    Piece.DONE: Text("已完成", "done"),
    Piece.WAITING: Text("等待中", "waiting"),
    Piece.RESOLVED: Text("一次性化解", "resolved"),
    Piece.REPEATED: Text("重复信访", "filed again"),
    Piece.REVIEWED: Text("申请复查复核", "review asked for"),
}
