"""The table of figures: of which pieces each is made, by what right, and who sees it whole.

`mark` keeps apart what is law, practice seen in code, and the platform's own (domain rules, section 0). Left
out on purpose: the rating formula of S32 that counts 超期未评 as good, its unclear 重复信访率, every share of
channels, every count whose fall would look like success, and whatever is about a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from huiyin_domain.access import Action, CaseFacts, Scope, may, scope
from huiyin_domain.clocks.rule import Text
from huiyin_domain.codes import Verification
from huiyin_domain.context import Principal
from huiyin_domain.directory import Directory, line_of
from huiyin_domain.figures.contribution import Measure, Piece
from huiyin_domain.refusal import Refusal, forbidden

_SECTION = "domain rules, section 7"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: `numerator` over `denominator`, with `missing` beside it; each a set of pieces.

    `in_days`: the numerator sums days instead of counting cases. `merged` are pieces shown as another one.
    """

    name: str
    title: Text
    measure: Measure
    mark: Verification
    basis: str
    numerator: frozenset[Piece]
    denominator: frozenset[Piece]
    missing: frozenset[Piece] = frozenset()
    in_days: bool = False
    merged: Mapping[Piece, Piece] = field(default_factory=lambda: MappingProxyType({}))


_IN_TIME = frozenset({Piece.IN_TIME})
_DUE = _IN_TIME | {Piece.LATE, Piece.OVERDUE}
_GOOD = frozenset({Piece.SATISFIED, Piece.MOSTLY_SATISFIED})
_RATED = _GOOD | {Piece.NOT_SATISFIED}
_UNRATED = frozenset({Piece.AWAITED, Piece.EXPIRED})
_OBJECTED = frozenset({Piece.OBJECTION_OPEN, Piece.OBJECTION_UPHELD, Piece.OBJECTION_REFUSED})
_AS_RATED = MappingProxyType(dict.fromkeys(_RATED, Piece.RATED))
_PRACTICE, _OWN = Verification.PRACTICE, Verification.DERIVED

FIGURES: tuple[Figure, ...] = (
    Figure(
        "accepted_in_time",
        Text("及时受理率", "accepted in time"),
        Measure.ACCEPTANCE,
        _PRACTICE,
        f"{_SECTION}, S31: jssl / zs",
        _IN_TIME,
        _DUE | {Piece.NOT_YET_DUE, Piece.DECLINED, Piece.LED_IN},
    ),
    Figure(
        "answered_in_time",
        Text("按期答复率", "answered in time"),
        Measure.ANSWER,
        _PRACTICE,
        f"{_SECTION}, S31: aqdf / (aqdf + cqdf + wdf + cqwdf)",
        _IN_TIME,
        _DUE | {Piece.NOT_YET_DUE},
        frozenset({Piece.PROVISIONAL}),
    ),
    Figure(
        "notified_in_time",
        Text("按期受理告知率", "receipt notified in time"),
        Measure.NOTICE,
        _PRACTICE,
        f"{_SECTION}, S32: 按期完成数 / 应完成数",
        _IN_TIME,
        _DUE,
        frozenset({Piece.NOT_YET_DUE, Piece.PROVISIONAL}),
    ),
    Figure(
        "closed_in_time",
        Text("按期办结率", "finished in time"),
        Measure.CLOSING,
        _PRACTICE,
        f"{_SECTION}, S32: 按期完成数 / 应完成数",
        _IN_TIME,
        _DUE,
        frozenset({Piece.NOT_YET_DUE, Piece.PROVISIONAL}),
    ),
    Figure(
        "office_rated",
        Text("信访部门参评率", "petition office rated"),
        Measure.OFFICE_RATING,
        _PRACTICE,
        f"{_SECTION}, S31: 已评价 / (已评价 + 超期未评价)",
        _RATED,
        _RATED | {Piece.EXPIRED},
        frozenset({Piece.AWAITED}),
        merged=_AS_RATED,
    ),
    Figure(
        "office_satisfied",
        Text("信访部门满意率", "satisfied with the petition office"),
        Measure.OFFICE_RATING,
        _PRACTICE,
        f"{_SECTION}, S31: (满意 + 基本满意) / 已评价",
        _GOOD,
        _RATED,
        _UNRATED,
    ),
    Figure(
        "unit_rated",
        Text("责任单位参评率", "responsible unit rated"),
        Measure.UNIT_RATING,
        _PRACTICE,
        f"{_SECTION}, S31: 已评价 / (已评价 + 超期未评价)",
        _RATED,
        _RATED | {Piece.EXPIRED},
        frozenset({Piece.AWAITED}),
        merged=_AS_RATED,
    ),
    Figure(
        "unit_satisfied",
        Text("责任单位满意率", "satisfied with the responsible unit"),
        Measure.UNIT_RATING,
        _PRACTICE,
        f"{_SECTION}, S31: (满意 + 基本满意) / 已评价",
        _GOOD,
        _RATED,
        _UNRATED,
    ),
    Figure(
        "rated_by_petitioner",
        Text("信访人自行评价", "rated by a way of the petitioner's own"),
        Measure.RATING_WAY,
        _OWN,
        f"{_SECTION}, metric safety (3)",
        frozenset({Piece.BY_WEB, Piece.BY_TERMINAL}),
        frozenset({Piece.BY_WEB, Piece.BY_TERMINAL, Piece.BY_AGENCY}),
        frozenset({Piece.TAKEN_BACK}),
    ),
    Figure(
        "repeat_share",
        Text("重复信访率", "repeat filings"),
        Measure.FILING,
        _PRACTICE,
        f"{_SECTION}, S31: 重复件次 / 总件次",
        frozenset({Piece.REPEAT}),
        frozenset({Piece.FIRST, Piece.REPEAT}),
    ),
    Figure(
        "registered_to_settle",
        Text("登记待核定", "registrations that a person has to settle"),
        Measure.REGISTRATION,
        _OWN,
        f"{_SECTION} has no formula; section 2.4: every filing is registered",
        frozenset({Piece.TO_SETTLE}),
        frozenset({Piece.PLAIN, Piece.TO_SETTLE, Piece.SETTLED}),
    ),
    Figure(
        "registered_not_accepted",
        Text("登记后不予受理", "registered but not accepted"),
        Measure.COURSE,
        _OWN,
        f"{_SECTION}, metric safety (3)",
        frozenset({Piece.DECLINED}),
        frozenset({Piece.ACCEPTED, Piece.DECLINED, Piece.LED_IN, Piece.UNDECIDED}),
    ),
    Figure(
        "objected",
        Text("转送交办后提出异议", "hand-overs objected to"),
        Measure.HANDOVER,
        _OWN,
        f"{_SECTION}, metric safety (3)",
        _OBJECTED,
        _OBJECTED | {Piece.NOT_OBJECTED},
    ),
    Figure(
        "support_executed",
        Text("支持意见执行率", "supported requests carried out"),
        Measure.SUPPORT,
        _OWN,
        f"{_SECTION}, metric safety (1); Regulations of 2022, Art. 32(2)",
        frozenset({Piece.EXECUTED}),
        frozenset({Piece.EXECUTED, Piece.NOT_EXECUTED}),
    ),
    Figure(
        "acceptance_days",
        Text("平均受理周期（日）", "average days to acceptance"),
        Measure.ACCEPTANCE_DAYS,
        _PRACTICE,
        f"{_SECTION}, S32: mean weighted by count",
        frozenset({Piece.DONE}),
        frozenset({Piece.DONE}),
        frozenset({Piece.WAITING}),
        in_days=True,
    ),
    Figure(
        "answer_days",
        Text("平均答复周期（日）", "average days to the answer"),
        Measure.ANSWER_DAYS,
        _PRACTICE,
        f"{_SECTION}, S32: mean weighted by count",
        frozenset({Piece.DONE}),
        frozenset({Piece.DONE}),
        frozenset({Piece.WAITING}),
        in_days=True,
    ),
    Figure(
        "resolved_once",
        Text("一次性化解率", "resolved at the first handling"),
        Measure.RESOLUTION,
        _OWN,
        f"{_SECTION}: no formula found; the platform's proposal",
        frozenset({Piece.RESOLVED}),
        frozenset({Piece.RESOLVED, Piece.REPEATED, Piece.REVIEWED}),
        frozenset({Piece.WAITING}),
    ),
)

BY_NAME: Mapping[str, Figure] = {figure.name: figure for figure in FIGURES}


@dataclass(frozen=True, slots=True)
class View:
    """What a principal sees.

    `wide`: everything within `scope`, broken down as it likes (services, auditors, supervisors). Otherwise
    the figures of its own agency, and the sum over `public_line`, the division of the agency and those below,
    without small cells; an agency without a place has no such sum.
    """

    scope: Scope
    wide: bool
    public_line: str = ""


def view(principal: Principal, unit: str, directory: Directory) -> View | Refusal:
    """The view of a principal who asks for the figures of a unit, or of all when that is empty."""
    if refusal := may(principal, Action.LIST_CASES, CaseFacts(), directory):
        return refusal
    reach = scope(principal, directory)
    if reach.all_cases or reach.division_line:
        return View(reach, wide=True)
    if unit not in ("", reach.agency):
        message = f"figures of {unit} are for it, for supervisors of its region and for auditors"
        return forbidden("FIGURES_OF_ANOTHER_UNIT", message, unit=unit, agency=reach.agency)
    organisation = directory.get(reach.agency)
    return View(reach, wide=False, public_line=line_of(organisation.division) if organisation else "")
