"""The case view: a part for each log, folded in that log's order, so that it is the same however they mix."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from huiyin.common.v1.types_pb2 import TRACK_UNSPECIFIED, Track
from huiyin.intake.v1.types_pb2 import PETITION_STATUS_UNSPECIFIED, PetitionStatus


@dataclass(frozen=True, slots=True)
class Filing:
    """What registration said; never changes. `received` counts microseconds since 1970 in UTC."""

    case_id: str = ""
    display_number: str = ""
    channel: str = ""
    division: str = ""
    received: int = 0


@dataclass(frozen=True, slots=True)
class IntakePart:
    """The petition at a glance.

    `classified`, `referral_id` (the judicial referral that has the matter) and `revoked` (a review revoked
    the opinion) are kept because later states depend on them. Agencies and linked cases stand in order.
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
    parties: tuple[str, ...] = ()
    accused_units: tuple[str, ...] = ()
    linked_case_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JudicialPart:
    """Agencies that the judicial track drew in."""

    parties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceptionPart:
    """Agencies that received visitors or sit in joint meetings on the case."""

    parties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SupervisionPart:
    """Agencies in supervision orders, and clocks that passed and were not withdrawn."""

    parties: tuple[str, ...] = ()
    passed_clocks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case over all logs. What it is comes from intake; other logs may be ahead of that for a while."""

    intake: IntakePart = field(default_factory=IntakePart)
    judicial: JudicialPart = field(default_factory=JudicialPart)
    reception: ReceptionPart = field(default_factory=ReceptionPart)
    supervision: SupervisionPart = field(default_factory=SupervisionPart)
    event_count: int = 0

    @property
    def accused(self) -> tuple[str, ...]:
        """Accused units: they have no read path to the case (Art. 30(3))."""
        return self.intake.accused_units


def with_added(values: tuple[str, ...], added: Iterable[str]) -> tuple[str, ...]:
    """The values with more of them, each once, in order; empty ones are left out."""
    new = [value for value in added if value and value not in values]
    return tuple(sorted({*values, *new})) if new else values
