"""What petitions do about facts of other services: here the judicial track's, in resolution the meetings'.

Whatever an organ did with an offer ends in an event here too; there is no answer but an event (promise P15).
"""

from collections.abc import Sequence

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_JUDICIAL, TRACK_JUDICIAL, Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin_domain.checks import unknown_agency
from huiyin_domain.context import Context
from huiyin_domain.intake.competence import referral_open
from huiyin_domain.intake.guards import accused, current_epoch
from huiyin_domain.intake.records import JudicialOffer, ReferralStage
from huiyin_domain.intake.resolution import apply_resolution
from huiyin_domain.intake.responsibility import moved
from huiyin_domain.intake.state import Petition

__all__ = ["NoSuchCaseError", "apply_resolution", "on_acknowledged", "on_declined", "on_handed_back"]


class NoSuchCaseError(Exception):
    """The judicial track tells of a case that intake does not have: one of the logs is wrong."""


def on_acknowledged(
    state: Petition, referral_id: str, event: judicial.ReferralAcknowledged, context: Context
) -> Sequence[Message]:
    """The organ took the matter: an open offer is released to it, once; any other was taken in vain.

    Raises NoSuchCaseError.
    """
    offer = _known(state, referral_id)
    if offer is None:
        return _of_version_0_1(state, referral_id, event, context)
    if offer.stage is ReferralStage.OFFERED:
        return _released(state, referral_id, offer.organ)
    if offer.stage is ReferralStage.WITHDRAWN:
        return (events.OfferLapsed(offer_id=referral_id, to_unit=offer.organ),)
    return ()


def on_declined(state: Petition, referral_id: str, event: judicial.ReferralDeclined) -> Sequence[Message]:
    """The organ did not take it: the offer ends, also a withdrawn one. Raises NoSuchCaseError."""
    offer = _known(state, referral_id)
    if offer is not None and offer.stage not in (ReferralStage.OFFERED, ReferralStage.WITHDRAWN):
        return ()
    return (events.OfferEnded(offer_id=referral_id, to_unit=event.organ, reason=event.reason),)


def on_handed_back(
    state: Petition, referral_id: str, event: judicial.ReferralHandedBack, context: Context
) -> Sequence[Message]:
    """The organ handed the matter back, with or without a lawful conclusion. Raises NoSuchCaseError.

    What was never released to it cannot come back from it: only a referral of version 0.1 can say so.
    """
    referral = _known(state, referral_id)
    if referral is None:
        return (events.OfferLapsed(offer_id=referral_id, to_unit=event.organ),)
    if referral.stage is not ReferralStage.HELD:
        return ()
    returned = events.JudicialReferralReturned(
        referral_id=referral_id, organ=event.organ, concluded=event.concluded
    )
    basis, unit = types.MOVE_BASIS_JUDICIAL_HAND_BACK, _back_to(state, event.to_unit, context)
    return returned, moved(state, unit, basis, referral_id, _judicial(event.organ, referral_id))


def _known(state: Petition, referral_id: str) -> JudicialOffer | None:
    if not state.exists:
        raise NoSuchCaseError(f"referral {referral_id} is about a case that is not here")
    return state.referral_of(referral_id)


def _released(state: Petition, referral_id: str, organ: str) -> Sequence[Message]:
    """The one point: from here the organ is responsible."""
    released = events.JudicialReferralAcknowledged(
        referral_id=referral_id, organ=organ, epoch=state.epoch + 1
    )
    basis = types.MOVE_BASIS_JUDICIAL_ACKNOWLEDGEMENT
    return released, moved(state, organ, basis, referral_id, _judicial(organ, referral_id))


def _of_version_0_1(
    state: Petition, referral_id: str, event: judicial.ReferralAcknowledged, context: Context
) -> Sequence[Message]:
    """A referral without an offer, judged as it was then: on the case as it stands now."""
    organ = event.organ
    in_vain = (
        unknown_agency("organ", organ, context)
        or accused(state, organ, context)
        or referral_open(state)
        or (current_epoch(state, event.epoch) if event.epoch else None)
    )
    if in_vain or state.status == types.PETITION_STATUS_CLOSED or state.track != TRACK_JUDICIAL:
        return (events.OfferLapsed(offer_id=referral_id, to_unit=organ),)
    return _released(state, referral_id, organ)


def _back_to(state: Petition, to_unit: str, context: Context) -> str:
    """Who gets it back: the unit that referred it, unless it may not; then who registered it or stands above.

    Where none of them may have it, who registered it does: its way out, handing over, stays open.
    """
    directory, registering = context.policy.directory, state.registration.unit
    above = (*directory.superiors(to_unit), *directory.superiors(registering))
    candidates = (to_unit, registering, *above)
    free = (
        unit for unit in candidates if directory.handles_cases(unit) and not accused(state, unit, context)
    )
    return next(free, registering)


def _judicial(organ: str, referral_id: str) -> Authority:
    return Authority(kind=AUTHORITY_KIND_JUDICIAL, organ=organ, basis_id=referral_id)
