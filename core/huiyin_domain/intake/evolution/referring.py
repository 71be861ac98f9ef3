"""What becomes of offers to judicial organs: open, over, or the matter with the organ until it is back."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.intake.records import Referral, ReferralStage
from huiyin_domain.intake.replacing import replace
from huiyin_domain.intake.state import Petition

_HAD = (ReferralStage.HELD, ReferralStage.RETURNED)


def offered(state: Petition, event: events.CaseOffered) -> Petition:
    """Responsibility stays; the organ may look at what it is offered."""
    offer = Referral(event.offer_id, event.to_unit, ReferralStage.OFFERED, event.epoch)
    return _with(state, offer)


def offer_withdrawn(state: Petition, event: events.OfferWithdrawn) -> Petition:
    return _over(state, event.offer_id, event.to_unit, ReferralStage.WITHDRAWN)


def offer_lapsed(state: Petition, event: events.OfferLapsed) -> Petition:
    return _over(state, event.offer_id, event.to_unit, ReferralStage.LAPSED)


def offer_ended(state: Petition, event: events.OfferEnded) -> Petition:
    over = _over(state, event.offer_id, event.to_unit, ReferralStage.ENDED)
    ended = over.referral_of(event.offer_id)
    return _with(over, replace(ended, declined=event.reason)) if ended and ended.stage not in _HAD else over


def referral_acknowledged(state: Petition, event: events.JudicialReferralAcknowledged) -> Petition:
    """The judicial organ leads its own procedure (Art. 31(1))."""
    known = state.referral_of(event.referral_id)
    held = Referral(event.referral_id, event.organ, ReferralStage.HELD, known.epoch if known else 0)
    return _with(state, held)._replace(status=types.PETITION_STATUS_LED_INTO_PROCEDURE)


def referral_returned(state: Petition, event: events.JudicialReferralReturned) -> Petition:
    held = state.referral_of(event.referral_id)
    if held is None:
        return state
    returned = replace(held, stage=ReferralStage.RETURNED, concluded=event.concluded)
    referrals = tuple(returned if one is held else one for one in state.referrals)
    return state._replace(referrals=referrals)


def _over(state: Petition, offer_id: str, organ: str, stage: ReferralStage) -> Petition:
    """An offer that version 0.1 never recorded is known from its end alone; what an organ had is no offer."""
    known = state.referral_of(offer_id) or Referral(offer_id, organ, stage)
    return state if known.stage in _HAD else _with(state, replace(known, stage=stage))


def _with(state: Petition, referral: Referral) -> Petition:
    """The last one that something happened to stands last."""
    others = (one for one in state.referrals if one.referral_id != referral.referral_id)
    return state._replace(referrals=(*others, referral))
