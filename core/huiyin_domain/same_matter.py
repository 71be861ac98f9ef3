"""What a decision may know of the other case in which it says that the matter is, or was, handled."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Petitioners(StrEnum):
    """Whether two filings are one person's, as far as what was left with them tells."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SameMatter:
    """Facts of the other case, taken from its own stream at the time of the decision; nothing of its content.

    `in_hand`: somebody still has to handle it. `re_reviewed`: a re-review opinion that ends it was served.
    `answer_served` is when the answer was served against which review or re-review is the next remedy; None
    when there is none. `concluded`: a judicial organ handed it back as lawfully concluded.
    """

    case_id: str
    responsible_unit: str
    in_hand: bool = False
    re_reviewed: bool = False
    answer_served: datetime | None = None
    concluded: bool = False
    petitioners: Petitioners = Petitioners.UNKNOWN
