"""What figures need to know of one case beside the marks of its clocks."""

from dataclasses import dataclass, field
from typing import NamedTuple

from huiyin.intake.v1.types_pb2 import (
    OPINION_OUTCOME_UNSPECIFIED,
    RATING_UNSPECIFIED,
    RATING_WAY_UNSPECIFIED,
    OpinionOutcome,
    Rating,
    RatingWay,
)
from huiyin_domain.clocks import fold as clock_fold
from huiyin_domain.clocks.fold import CaseClocks


class CasePart(NamedTuple):
    """The case as intake's log tells it.

    `unit` registered it. `received` counts microseconds since 1970 in UTC. `is_part`: split off from another
    case, so no filing of its own. `litigation` and `accusation` follow the last classification. `outcome` and
    `executed` are of the last opinion. `refused` are hand-overs whose objection the sender refused.
    `rating_way` is how the rating came that stands; `taken_back`: one was, and no other was given since.
    `doubts` are what a person has still to settle about the registration, `doubted` that there was something.
    `same_matter` are cases that an officer found to be the same matter, on either's side. `withdrawn`: it
    was once closed for a withdrawal or a death, or on a ground that was denied: that is nobody's success.
    """

    case_id: str = ""
    division: str = ""
    unit: str = ""
    received: int = 0
    person_count: int = 0
    is_part: bool = False
    litigation: bool = False
    accusation: bool = False
    accused_units: tuple[str, ...] = ()
    outcome: OpinionOutcome.ValueType = OPINION_OUTCOME_UNSPECIFIED
    executed: bool = False
    refused: tuple[str, ...] = ()
    rated: bool = False
    rating_way: RatingWay.ValueType = RATING_WAY_UNSPECIFIED
    taken_back: bool = False
    office_rating: Rating.ValueType = RATING_UNSPECIFIED
    unit_rating: Rating.ValueType = RATING_UNSPECIFIED
    same_matter: tuple[str, ...] = ()
    withdrawn: bool = False
    doubts: tuple[int, ...] = ()
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class FigureState:
    """One case: intake's part, and the marks of all logs that dates hang on, each in its log's order."""

    case: CasePart = field(default_factory=CasePart)
    clocks: CaseClocks = field(default_factory=clock_fold.initial)
