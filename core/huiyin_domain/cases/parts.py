"""The case view: a part for each log, folded in that log's order, so that it is the same however they mix.

Named tuples, because folding copies them for every event and nothing immutable copies faster.
"""

from collections.abc import Iterable
from typing import NamedTuple

from huiyin.common.v1.types_pb2 import TRACK_UNSPECIFIED, Track
from huiyin.intake.v1.types_pb2 import PETITION_STATUS_UNSPECIFIED, PetitionStatus, RegistrationDoubt
from huiyin_domain.participation import Participation


class Filing(NamedTuple):
    """What registration said, as it was last put right. `received` counts microseconds since 1970 in UTC."""

    case_id: str = ""
    display_number: str = ""
    channel: str = ""
    division: str = ""
    received: int = 0


class IntakePart(NamedTuple):
    """The petition at a glance.

    `classified`, `referral_id` (the judicial referral that has the matter) and `revoked` (a review revoked
    the opinion) are kept because later states depend on them. Agencies and linked cases stand in order.
    `doubts` are what a person has still to settle about the registration.
    """

    filing: Filing = Filing()
    status: PetitionStatus.ValueType = PETITION_STATUS_UNSPECIFIED
    track: Track.ValueType = TRACK_UNSPECIFIED
    responsible_unit: str = ""
    epoch: int = 0
    content_class: str = ""
    classified: bool = False
    referral_id: str = ""
    revoked: bool = False
    participation: Participation = Participation()
    accused_units: tuple[str, ...] = ()
    linked_case_ids: tuple[str, ...] = ()
    doubts: tuple[RegistrationDoubt.ValueType, ...] = ()


class JudicialPart(NamedTuple):
    """Agencies that the judicial track drew in."""

    participation: Participation = Participation()


class ReceptionPart(NamedTuple):
    """Agencies that received visitors or sit in joint meetings on the case."""

    participation: Participation = Participation()


class SupervisionPart(NamedTuple):
    """Agencies in supervision orders, and clocks that passed and were not withdrawn."""

    participation: Participation = Participation()
    passed_clocks: tuple[str, ...] = ()


class CaseView(NamedTuple):
    """A case over all logs. What it is comes from intake; other logs may be ahead of that for a while."""

    intake: IntakePart = IntakePart()
    judicial: JudicialPart = JudicialPart()
    reception: ReceptionPart = ReceptionPart()
    supervision: SupervisionPart = SupervisionPart()
    event_count: int = 0

    @property
    def parties(self) -> frozenset[str]:
        """Agencies with a part in the case now, by any log."""
        return frozenset[str]().union(*(part.participation.parties for part in self._parts()))

    @property
    def former(self) -> frozenset[str]:
        """Agencies that had a part, and have none any more."""
        left = (agency for part in self._parts() for agency in part.participation.former)
        return frozenset(left) - self.parties

    @property
    def disputed(self) -> tuple[str, ...]:
        """The units whose competence is in question (Art. 24)."""
        return self.intake.participation.disputed

    def _parts(self) -> tuple[IntakePart, JudicialPart, ReceptionPart, SupervisionPart]:
        return self.intake, self.judicial, self.reception, self.supervision

    @property
    def accused(self) -> tuple[str, ...]:
        """Accused units: they have no read path to the case (Art. 30(3))."""
        return self.intake.accused_units


def with_added(values: tuple[str, ...], added: Iterable[str]) -> tuple[str, ...]:
    """The values with more of them, each once, in order; empty ones are left out."""
    new = [value for value in added if value and value not in values]
    return tuple(sorted({*values, *new})) if new else values
