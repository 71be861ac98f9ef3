"""An accusation is never with who is accused in it: it goes at once to a unit outside the wall (Art. 30)."""

from collections.abc import Collection, Sequence

from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.access import ART_30
from huiyin_domain.context import Context
from huiyin_domain.directory import Directory
from huiyin_domain.intake.moving import moved
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, wrong_state


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
