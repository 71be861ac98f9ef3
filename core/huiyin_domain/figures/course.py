"""One case as the measures look at it: its own marks in order, and who was responsible at each."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import NamedTuple

from huiyin.common.v1.types_pb2 import TRACK_JUDICIAL
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.cases.fold import Case
from huiyin_domain.clocks.mark import Mark
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.dates import local_date
from huiyin_domain.intake.records import Registration
from huiyin_domain.intake.state import Petition

Placed = tuple[int, Mark]
"""A mark with its place in the order of its stream."""


class CaseCourse(NamedTuple):
    """A petition, the marks of its own stream by milestone, and the cases that are the same matter.

    `moves` are those marks by which a unit became responsible.
    """

    petition: Petition
    own: Mapping[Milestone, Sequence[Placed]]
    moves: Sequence[Placed]
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

    def all(self, *milestones: Milestone) -> Iterable[Placed]:
        """Marks of these milestones with their places, in order."""
        if len(milestones) == 1:
            return self.own.get(milestones[0], ())
        found = [placed for one in milestones for placed in self.own.get(one, ())]
        return sorted(found, key=_place)

    def first(self, *milestones: Milestone, after: int = -1) -> Placed | None:
        """The first of these after a place."""
        return next((found for found in self.all(*milestones) if found[0] > after), None)

    def last(self, *milestones: Milestone) -> Placed | None:
        """The last of these."""
        return max(self.all(*milestones), key=_place, default=None)

    def holder(self, place: int | None = None) -> str:
        """The responsible unit when a mark was made, or now."""
        moves = (one.holder for at, one in reversed(self.moves) if place is None or at < place)
        return next(moves, self.filed.unit)


_place = itemgetter(0)


def course_of(case: Case) -> CaseCourse:
    """The course of a registered case."""
    petition = case.intake.petition
    marks = list(enumerate(case.clocks.streams.get(f"petition-{petition.case_id}", ())))
    own: dict[Milestone, list[Placed]] = {}
    for placed in marks:
        own.setdefault(placed[1].milestone, []).append(placed)
    moves = [placed for placed in marks if placed[1].holder]
    return CaseCourse(petition, own, moves, case.intake.same_matter)


def month_of(day: date) -> str:
    """The month of a day, YYYY-MM."""
    return day.isoformat()[:7]
