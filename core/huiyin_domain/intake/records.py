"""What a petition's state consists of: frozen records, and a changed copy of one.

Among them what a unit owes on a referral (交办) that it took: the report on completion (Art. 22(1)(3)).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from huiyin.common.v1.types_pb2 import TRACK_UNSPECIFIED, Sealed, Track
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import (
    CompletionStage,
    HandoverKind,
    HandoverOrder,
    LinkKind,
    MoveBasis,
    OpinionOutcome,
    Rating,
    RatingWay,
    ReviewLevel,
    ReviewOutcome,
)
from huiyin.judicial.v1.types_pb2 import DECLINE_REASON_UNSPECIFIED, DeclineReason

NEVER = datetime(1, 1, 1, tzinfo=UTC)
"""Stands for no time yet, where a time is sure to be given later."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What the filing said and who registered it, as it was last put right; the log keeps the rest (P1).

    `contact` is who petitions as it stood when the first opinion was issued: who is told of ratings;
    `first_contact` as it was filed: who is told of withdrawals. `group` says that it ever was a group's,
    `doubted` that a person had something to settle about it.
    """

    case_id: str = ""
    display_number: str = ""
    unit: str = ""
    petition_office: bool = False
    channel: str = ""
    division: str = ""
    received_time: datetime = NEVER
    posted_time: datetime | None = None
    purpose: str = ""
    source: str = ""
    person_id: str = ""
    petitioner: Sealed | None = None
    contact: Sealed | None = None
    first_contact: Sealed | None = None
    subject: Sealed | None = None
    content: Sealed | None = None
    source_reference: Sealed | None = None
    person_count: int = 0
    group: bool = False
    anonymous: bool = False
    query_code_hash: bytes = b""
    origin_case_id: str = ""
    track: Track.ValueType = TRACK_UNSPECIFIED
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class Handover:
    """A transfer (转送) or referral (交办) that the receiving unit has not accepted yet.

    `order` and `order_due` are what a superior ordered the unit to do last, and its last day where one is
    known, `orders` how often one did;
    `received_time` is set where evidence showed that it came later than it was recorded.
    """

    handover_id: str
    kind: HandoverKind.ValueType
    from_unit: str
    to_unit: str
    handed_over_time: datetime
    objected: bool = False
    objection_refused: bool = False
    order: HandoverOrder.ValueType = types.HANDOVER_ORDER_UNSPECIFIED
    order_due: str = ""
    received_time: datetime | None = None
    orders: int = 0


@dataclass(frozen=True, slots=True)
class Opinion:
    """A written opinion (处理意见书): the unit and officer that handled the matter stand behind it."""

    opinion_id: str
    outcome: OpinionOutcome.ValueType
    document_mark: bytes
    officer: str
    unit: str
    served_time: datetime | None = None
    executed: bool = False

    @property
    def supports(self) -> bool:
        """Whether the request is supported, and so to be carried out (Art. 32(2))."""
        return self.outcome == types.OPINION_OUTCOME_SUPPORTED


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A withdrawal that the petitioner asked for; `confirmed` once the petitioner confirmed it.

    `whole` says that the petition is one person's: a group's goes on without who withdraws.
    """

    notice_id: str = ""
    confirm_hash: bytes = b""
    told: bool = False
    confirmed: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement of both sides (Art. 33), with the last day to perform it where something is left to do."""

    due_date: str = ""
    performed: bool = False

    @property
    def open(self) -> bool:
        """True while it is still to be performed."""
        return bool(self.due_date) and not self.performed


@dataclass(frozen=True, slots=True)
class GivenRating:
    """A rating that stands, and the notice of it to the contact left; no notice where none was left.

    `way` is how it came.
    """

    office: Rating.ValueType = types.RATING_UNSPECIFIED
    unit: Rating.ValueType = types.RATING_UNSPECIFIED
    notice_id: str = ""
    take_back_hash: bytes = b""
    told: bool = False
    way: RatingWay.ValueType = types.RATING_WAY_UNSPECIFIED


@dataclass(frozen=True, slots=True)
class Review:
    """A review (复查) or re-review (复核) of the current opinion; `new_outcome` is to what it changed it."""

    review_id: str
    level: ReviewLevel.ValueType
    organ: str
    outcome: ReviewOutcome.ValueType = types.REVIEW_OUTCOME_UNSPECIFIED
    officer: str = ""
    served_time: datetime | None = None
    new_outcome: OpinionOutcome.ValueType = types.OPINION_OUTCOME_UNSPECIFIED
    executed: bool = False

    @property
    def changes(self) -> bool:
        """Whether its outcome is in force in place of the opinion's. Version 0.1 did not say to what."""
        given = self.new_outcome != types.OPINION_OUTCOME_UNSPECIFIED
        return given and self.outcome == types.REVIEW_OUTCOME_CHANGED

    @property
    def supports(self) -> bool:
        """Whether it changed the outcome to one that is to be carried out (Art. 32(2))."""
        return self.changes and self.new_outcome == types.OPINION_OUTCOME_SUPPORTED


@dataclass(frozen=True, slots=True)
class Recusal:
    """A request that an officer be recused (回避), made in an epoch, and what its decider's head said."""

    recusal_id: str
    unit: str
    officer: str
    decider: str
    epoch: int
    decided: bool = False
    granted: bool = False


class ReferralStage(StrEnum):
    """Where the offer of a matter to a judicial organ stands, as far as intake knows."""

    OFFERED = "offered"  # open: the organ may take it
    WITHDRAWN = "withdrawn"
    ENDED = "ended"  # the organ did not take it
    LAPSED = "lapsed"  # the organ took it when it was not open any more
    HELD = "held"  # released: the organ is responsible
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class JudicialOffer:
    """The offer of the matter to a judicial organ, and the matter with it from release until it is back.

    `epoch` is the one it was offered at; `declined` says why the organ did not take it.
    """

    referral_id: str
    organ: str
    stage: ReferralStage
    epoch: int = 0
    declined: DeclineReason.ValueType = DECLINE_REASON_UNSPECIFIED
    concluded: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """A task from a bound resolution; a later one may take it back."""

    item_id: str
    unit: str
    due_date: str
    done: bool = False
    revoked: bool = False

    @property
    def open(self) -> bool:
        """True while it is to be done."""
        return not self.done and not self.revoked


@dataclass(frozen=True, slots=True)
class MeetingRequest:
    """The responsible unit asked a centre for a meeting, in an epoch of its responsibility."""

    request_id: str
    centre: str
    epoch: int


@dataclass(frozen=True, slots=True)
class LinkedCase:
    """Another case and how it relates."""

    case_id: str
    kind: LinkKind.ValueType


@dataclass(frozen=True, slots=True)
class SplitPart:
    """A part split off into a case of its own track."""

    case_id: str
    track: Track.ValueType


BY_DECISION = frozenset(
    {
        types.MOVE_BASIS_SUPERIOR_DECISION,
        types.MOVE_BASIS_RESOLUTION,
        types.MOVE_BASIS_ACCUSATION,
    }
)
"""Moves that others decide: who is not named by them has the matter no more, and owes no report on it."""


@dataclass(frozen=True, slots=True)
class Completion:
    """The report that `unit` owes to `referring_unit`, and how far it is; `report_id` is the last one."""

    handover_id: str
    referring_unit: str
    unit: str
    report_id: str = ""
    stage: CompletionStage.ValueType = types.COMPLETION_STAGE_OWED

    @property
    def accepted(self) -> bool:
        """True once nothing is owed any more."""
        return self.stage == types.COMPLETION_STAGE_ACCEPTED


def after_move(
    completions: tuple[Completion, ...],
    handover: Handover | None,
    to_unit: str,
    basis: MoveBasis.ValueType,
) -> tuple[Completion, ...]:
    """What is owed once responsibility moved: a referral that was taken, by its unit's act or by a decision.

    Who passes the matter on still owes the report to who referred it; who loses it by a decision does not.
    """
    if basis in BY_DECISION:
        completions = tuple(one for one in completions if one.accepted or one.unit == to_unit)
    if handover is None or handover.to_unit != to_unit or handover.kind != types.HANDOVER_KIND_REFERRAL:
        return completions
    return (*completions, Completion(handover.handover_id, handover.from_unit, to_unit))


def without_accused(completions: tuple[Completion, ...], accused: Collection[str]) -> tuple[Completion, ...]:
    """Nobody reports to who is accused, or is owed a report by it (Art. 30(3))."""
    return tuple(
        one for one in completions if one.accepted or {one.referring_unit, one.unit}.isdisjoint(accused)
    )


if TYPE_CHECKING:
    from dataclasses import replace
else:
    from functools import cache
    from operator import attrgetter

    @cache
    def _plan(cls):
        names = tuple(cls.__dataclass_fields__)
        setters = {name: cls.__dict__[name].__set__ for name in names}
        return attrgetter(*names), tuple(setters.values()), setters

    def replace(record, /, **changes):
        """The record with some fields changed; a name it does not have raises TypeError."""
        cls = type(record)
        values, setters, by_name = _plan(cls)
        copy = object.__new__(cls)
        for set_field, value in zip(setters, values(record), strict=True):
            set_field(copy, value)
        for name, value in changes.items():
            if name not in by_name:
                raise TypeError(f"{cls.__name__} has no field {name}")
            by_name[name](copy, value)
        return copy


__all__ = ["replace"]
