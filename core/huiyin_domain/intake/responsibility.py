"""When a decision moves responsibility: one rule for superiors, joint conferences and their meetings.

An accusation is never with who is accused in it: it goes at once to a unit outside the wall (Art. 30).
"""

from collections.abc import Collection, Sequence

from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Authority, Sealed
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import MoveBasis
from huiyin_domain.access import ART_30
from huiyin_domain.context import Context
from huiyin_domain.directory import Directory
from huiyin_domain.intake.competence import not_given, referral_held
from huiyin_domain.intake.guards import accused, in_status
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, wrong_state

BEFORE_OPINION = (
    types.PETITION_STATUS_REGISTERED,
    types.PETITION_STATUS_CLASSIFIED,
    types.PETITION_STATUS_HANDED_OVER,
    types.PETITION_STATUS_OBJECTED,
    types.PETITION_STATUS_ACCEPTED,
    types.PETITION_STATUS_NOT_ACCEPTED,
    types.PETITION_STATUS_LED_INTO_PROCEDURE,
)


def concerned(state: Petition, unit: str) -> frozenset[str]:
    """The units concerned: who holds the matter, who was handed it, and who shall have it (Art. 24)."""
    return frozenset({state.holder, state.pending_unit or state.holder, unit})


def unmovable(state: Petition, unit: str, context: Context) -> Refusal | None:
    """A refusal unless the matter can be given to the unit: not to an accused one, nor once answered.

    What was answered goes on with who answered, through review too; what a judicial organ has stays there
    until it is handed back (Art. 28(2)). What a review sent back to be done again can be moved. An open offer
    does not stop it: it ends by it.
    """
    return (
        referral_held(state)
        or accused(state, unit, context)
        or not_given(state, unit, context.policy.directory)
        or in_status(state, *BEFORE_OPINION)
    )


def is_so_already(state: Petition, unit: str) -> bool:
    """Nothing to decide where the holder stays and nobody disputes it."""
    disputed = state.handover is not None or state.status == types.PETITION_STATUS_NOT_ACCEPTED
    return unit == state.holder and not disputed


def moved(
    state: Petition,
    to_unit: str,
    basis: MoveBasis.ValueType,
    basis_id: str,
    authority: Authority,
    reasons: Sealed | None = None,
) -> events.ResponsibilityMoved:
    """Where the holder stays responsible, the epoch still rises: the disputed hand-over is over."""
    return events.ResponsibilityMoved(
        from_unit=state.holder,
        to_unit=to_unit,
        epoch=state.epoch + 1,
        basis=basis,
        basis_id=basis_id,
        reasons=reasons,
        authority=authority,
    )


def taken_from_accused(
    state: Petition, kept_out: Collection[str], context: Context
) -> Sequence[Message] | Refusal:
    """The move by which nobody who is kept from the case holds it, or has it on offer any more.

    The unit that gets it in place of an accused holder is its nearest superior outside the wall, or the
    office of the joint conference where there is none; that unit names who handles the matter. Whoever
    classifies tells it by this event. A hand-over to a unit that turns out to be accused is over.
    """
    if state.holder in kept_out:
        to_unit = context.policy.directory.outside(state.holder, kept_out)
        return _given(state, to_unit, context.policy.directory) if to_unit else _nobody(state)
    if state.pending_unit in kept_out:
        return called_back(state)
    return ()


def called_back(state: Petition) -> Sequence[Message]:
    """The open hand-over of what turns out to be an accusation is over; its sender routes it anew."""
    if state.handover is None:
        return ()
    handover = state.handover.handover_id
    authority = Authority(kind=common.AUTHORITY_KIND_HOLDER, organ=state.holder, basis_id=handover)
    return (events.HandoverRecalled(handover_id=handover, unit=state.pending_unit, authority=authority),)


def _given(state: Petition, to_unit: str, directory: Directory) -> Sequence[Message]:
    kind = common.AUTHORITY_KIND_SUPERIOR
    if not directory.is_superior(to_unit, state.holder):
        kind = common.AUTHORITY_KIND_CONFERENCE
    authority = Authority(kind=kind, organ=to_unit)
    return (moved(state, to_unit, types.MOVE_BASIS_ACCUSATION, "", authority),)


def _nobody(state: Petition) -> Refusal:
    message = (
        f"the directory names no superior, joint conference or discipline organ above {state.holder} that is "
        "not accused itself: have one entered, then classify again"
    )
    return wrong_state("NOBODY_OUTSIDE_THE_WALL", message, ART_30, unit=state.holder)
