"""One case as the measures look at it: its own marks in order, and who was responsible at each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from huiyin.common.v1.types_pb2 import TRACK_JUDICIAL
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.cases.fold import Case
from huiyin_domain.clocks.mark import Mark, Marks
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.dates import local_date
from huiyin_domain.intake.records import Registration
from huiyin_domain.intake.state import Petition


@dataclass(frozen=True, slots=True)
class Course:
    """A petition, the marks of its own stream in their order, and the cases that are the same matter."""

    petition: Petition
    own: Marks
    same_matter: tuple[str, ...]

    @property
    def filed(self) -> Registration:
        """What was registered, as it was last put right."""
        return self.petition.registration

    @property
    def is_part(self) -> bool:
        """Split off from another case, so no filing of its own."""
        return bool(self.filed.origin_case_id)

    @property
    def is_litigation(self) -> bool:
        """涉法涉诉, by the last classification."""
        petition = self.petition
        return (
            petition.petition_class == types.PETITION_CLASS_LITIGATION
            or petition.route == types.ROUTE_JUDICIAL
            or petition.track == TRACK_JUDICIAL
        )

    @property
    def is_repeat(self) -> bool:
        """重复件: the same matter as a case filed before; case ids are ordered by registration."""
        return any(other < self.filed.case_id for other in self.same_matter)

    @property
    def is_repeated(self) -> bool:
        """The same matter was filed again afterwards."""
        return any(other > self.filed.case_id for other in self.same_matter)

    @property
    def is_first(self) -> bool:
        """初件: a filing of its own, and no repeat."""
        return not self.is_part and not self.is_repeat

    @property
    def received_date(self) -> date:
        """The day on which it was received (收到)."""
        return local_date(self.filed.received_time)

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
        return next(moves, self.filed.unit)


def course_of(case: Case) -> Course:
    """The course of a registered case."""
    petition = case.intake.petition
    own = case.clocks.streams.get(f"petition-{petition.case_id}", ())
    return Course(petition, own, case.intake.same_matter)


def month_of(day: date) -> str:
    """The month of a day, YYYY-MM."""
    return day.isoformat()[:7]
