"""What one case adds to one measure: a piece, where and when it counts, and what waiting makes of it."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Measure(StrEnum):
    """What is counted. Figures are made of the pieces of one measure each."""

    FILING = "filing"
    REGISTRATION = "registration"
    COURSE = "course"
    ACCEPTANCE = "acceptance"
    ANSWER = "answer"
    NOTICE = "notice"
    CLOSING = "closing"
    OFFICE_RATING = "office_rating"
    UNIT_RATING = "unit_rating"
    RATING_WAY = "rating_way"
    HANDOVER = "handover"
    SUPPORT = "support"
    ACCEPTANCE_DAYS = "acceptance_days"
    ANSWER_DAYS = "answer_days"
    RESOLUTION = "resolution"


class Piece(StrEnum):
    """In which of the counts of a measure a case is."""

    FIRST = "first"
    REPEAT = "repeat"
    PLAIN = "plain"
    TO_SETTLE = "to_settle"
    SETTLED = "settled"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LED_IN = "led_in"
    UNDECIDED = "undecided"
    IN_TIME = "in_time"
    LATE = "late"
    NOT_YET_DUE = "not_yet_due"
    OVERDUE = "overdue"
    PROVISIONAL = "provisional"
    SATISFIED = "satisfied"
    MOSTLY_SATISFIED = "mostly_satisfied"
    NOT_SATISFIED = "not_satisfied"
    RATED = "rated"
    BY_WEB = "by_web"
    BY_TERMINAL = "by_terminal"
    BY_AGENCY = "by_agency"
    TAKEN_BACK = "taken_back"
    AWAITED = "awaited"
    EXPIRED = "expired"
    NOT_OBJECTED = "not_objected"
    OBJECTION_OPEN = "objection_open"
    OBJECTION_UPHELD = "objection_upheld"
    OBJECTION_REFUSED = "objection_refused"
    EXECUTED = "executed"
    NOT_EXECUTED = "not_executed"
    DONE = "done"
    WAITING = "waiting"
    RESOLVED = "resolved"
    REPEATED = "repeated"
    REVIEWED = "reviewed"


class Contribution(NamedTuple):
    """One case in one measure; `number` tells several of the same case and measure apart.

    `unit` is the organ answerable for it, `month` (YYYY-MM, Asia/Shanghai) where it counts. `days` is an
    amount beside the count, for averages. From `due` on, the piece is `piece_when_due`: so nothing that
    depends on the present is ever stored.
    """

    measure: Measure
    unit: str
    month: str
    piece: Piece
    number: int = 0
    days: int = 0
    due: datetime | None = None
    piece_when_due: Piece | None = None

    def piece_at(self, as_of: datetime) -> Piece:
        """The piece at an instant."""
        if self.piece_when_due is None or self.due is None or as_of < self.due:
            return self.piece
        return self.piece_when_due
