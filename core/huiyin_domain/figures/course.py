"""One case as the measures look at it: its own marks in order, and who was responsible at each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from huiyin_domain.clocks.mark import Mark, Marks
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.dates import instant_at, local_date
from huiyin_domain.figures.state import CasePart, FigureState


@dataclass(frozen=True, slots=True)
class Course:
    """The marks of the petition's own stream, in its order."""

    case: CasePart
    own: Marks

    @property
    def is_repeat(self) -> bool:
        """重复件: the same matter as a case filed before; case ids are ordered by registration."""
        return any(other < self.case.case_id for other in self.case.same_matter)

    @property
    def is_repeated(self) -> bool:
        """The same matter was filed again afterwards."""
        return any(other > self.case.case_id for other in self.case.same_matter)

    @property
    def is_first(self) -> bool:
        """初件: a filing of its own, and no repeat."""
        return not self.case.is_part and not self.is_repeat

    @property
    def received_date(self) -> date:
        """The day on which it was received (收到)."""
        return local_date(instant_at(self.case.received))

    @property
    def earliest_acceptance(self) -> Mark | None:
        """The acceptance that took effect first, at whatever level."""
        return min((one for _, one in self.all(Milestone.ACCEPTED)), key=lambda one: one.time, default=None)

    def all(self, *milestones: Milestone) -> Iterator[tuple[int, Mark]]:
        """Marks of these milestones with their places, in order."""
        return ((place, one) for place, one in enumerate(self.own) if one.milestone in milestones)

    def first(self, *milestones: Milestone, after: int = -1) -> tuple[int, Mark] | None:
        """The first of these after a place."""
        return next((found for found in self.all(*milestones) if found[0] > after), None)

    def last(self, *milestones: Milestone) -> tuple[int, Mark] | None:
        """The last of these."""
        return max(self.all(*milestones), key=lambda found: found[0], default=None)

    def holder(self, place: int | None = None) -> str:
        """The responsible unit when a mark was made, or now."""
        moves = (one.holder for one in reversed(self.own[:place]) if one.holder)
        return next(moves, self.case.unit)


def course_of(state: FigureState) -> Course:
    """The course of a registered case."""
    return Course(state.case, state.clocks.streams.get(f"petition-{state.case.case_id}", ()))


def month_of(day: date) -> str:
    """The month of a day, YYYY-MM."""
    return day.isoformat()[:7]
