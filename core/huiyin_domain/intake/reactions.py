"""What petitions do about facts of other services: here the judicial track's, in resolution the meetings'."""

from collections.abc import Sequence

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import TRACK_JUDICIAL
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.access import unknown_case
from huiyin_domain.checks import unknown_agency
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import accused, current_epoch
from huiyin_domain.intake.records import Referral
from huiyin_domain.intake.resolution import apply_resolution
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, missing, wrong_state

_ART_28 = "Regulations of 2022, Art. 28(2)"

__all__ = ["apply_resolution", "on_referral_acknowledged", "on_referral_returned"]


def on_referral_acknowledged(
    state: Petition, referral_id: str, organ: str, context: Context, epoch: int = 0
) -> Decision:
    """The judicial organ took the matter: responsibility goes with it, once for each referral.

    `epoch` is the one that the referral was sent on; 0 when the judicial track did not say.
    """
    if not state.exists:
        return unknown_case()
    if _find(state, referral_id):
        return ()
    refusal = unknown_agency("organ", organ, context) or accused(state, organ, context) or _not_open(state)
    if refusal := refusal or (current_epoch(state, epoch) if epoch else None):
        return refusal
    acknowledged = events.JudicialReferralAcknowledged(referral_id=referral_id, organ=organ)
    basis = types.MOVE_BASIS_JUDICIAL_ACKNOWLEDGEMENT
    return acknowledged, *_moved(state, organ, basis, referral_id)


def on_referral_returned(
    state: Petition, referral_id: str, organ: str, concluded: bool, to_unit: str, context: Context
) -> Decision:
    """The judicial organ handed the matter back, with or without a lawful conclusion."""
    if not state.exists:
        return unknown_case()
    referral = _find(state, referral_id)
    if referral is None:
        return missing("NO_SUCH_REFERRAL", f"referral {referral_id} never took this case", organ=organ)
    if not referral.open:
        return ()
    if refusal := unknown_agency("to_unit", to_unit, context) or accused(state, to_unit, context):
        return refusal
    returned = events.JudicialReferralReturned(referral_id=referral_id, organ=organ, concluded=concluded)
    return returned, *_moved(state, to_unit, types.MOVE_BASIS_JUDICIAL_HAND_BACK, referral_id)


def _find(state: Petition, referral_id: str) -> Referral | None:
    return next((one for one in state.referrals if one.referral_id == referral_id), None)


def _not_open(state: Petition) -> Refusal | None:
    """Only a matter of the judicial track goes there, and to one organ at a time (promises P2, P3)."""
    if state.track != TRACK_JUDICIAL:
        message = "the case is not in the judicial track: split the litigation part off, then refer that"
        return wrong_state("TRACK_MISMATCH", message, _ART_28)
    if state.referral:
        message = f"{state.referral.organ} has the matter already"
        return wrong_state("REFERRAL_OPEN", message, referral_id=state.referral.referral_id)
    if state.status == types.PETITION_STATUS_CLOSED:
        return wrong_state("ALREADY_CLOSED", "the case is closed: register the new matter as a filing")
    return None


def _moved(
    state: Petition, to_unit: str, basis: types.MoveBasis.ValueType, referral_id: str
) -> Sequence[Message]:
    moved = events.ResponsibilityMoved(
        from_unit=state.holder, to_unit=to_unit, epoch=state.epoch + 1, basis=basis, basis_id=referral_id
    )
    return (moved,)
