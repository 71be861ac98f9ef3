"""What a unit owes on a referral (交办) that it took: the report on completion (Art. 22(1)(3))."""

from collections.abc import Collection
from dataclasses import dataclass

from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import CompletionStage, MoveBasis
from huiyin_domain.intake.records import Handover

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
