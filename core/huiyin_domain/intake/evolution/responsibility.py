"""The fold's rules for with whom the matter is: handed over, moved, with a judicial organ; who is recused."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import PetitionStatus
from huiyin_domain.dates import instant
from huiyin_domain.intake.records import Handover, JudicialOffer, Recusal, ReferralStage, after_move, replace
from huiyin_domain.intake.state import Petition

_DECIDED = frozenset({types.MOVE_BASIS_SUPERIOR_DECISION, types.MOVE_BASIS_RESOLUTION})
_AFTER_OPINION = frozenset(
    {
        types.PETITION_STATUS_OPINION_ISSUED,
        types.PETITION_STATUS_ANSWERED,
        types.PETITION_STATUS_UNDER_REVIEW,
        types.PETITION_STATUS_CLOSED,
    }
)


def handed_over(state: Petition, event: events.PetitionHandedOver) -> Petition:
    """Responsibility stays with the sender until the receiving unit accepts."""
    handover = Handover(
        event.handover_id, event.kind, event.from_unit, event.to_unit, instant(event.handed_over_time)
    )
    return state._replace(
        status=types.PETITION_STATUS_HANDED_OVER,
        handover=handover,
    )


def objected(state: Petition, event: events.HandoverObjected) -> Petition:
    handover = replace(state.handover, objected=True) if state.handover else None
    return state._replace(status=types.PETITION_STATUS_OBJECTED, handover=handover)


def objection_upheld(state: Petition, event: events.ObjectionUpheld) -> Petition:
    """The matter is the sender's to route again, to another unit."""
    objectors = state.objectors | {state.pending_unit}
    return state._replace(status=types.PETITION_STATUS_CLASSIFIED, handover=None, objectors=objectors)


def objection_refused(state: Petition, event: events.ObjectionRefused) -> Petition:
    """The hand-over stands."""
    handover = replace(state.handover, objected=False, objection_refused=True) if state.handover else None
    return state._replace(status=types.PETITION_STATUS_HANDED_OVER, handover=handover)


def recalled(state: Petition, event: events.HandoverRecalled) -> Petition:
    """The matter is the sender's to route again; nobody upheld an objection."""
    units = state.recalled | {event.unit}
    return state._replace(status=types.PETITION_STATUS_CLASSIFIED, handover=None, recalled=units)


def receipt_proved(state: Petition, event: events.HandoverReceiptProved) -> Petition:
    """The unit's time to object runs from there."""
    proved = instant(event.received_time)
    handover = state.handover and replace(state.handover, received_time=proved)
    return state._replace(handover=handover)


def ordered(state: Petition, event: events.HandoverOrdered) -> Petition:
    """The hand-over stands, with a superior's order to answer it."""
    before = state.handover
    handover = before and replace(
        before, order=event.order, order_due=event.due_date, orders=before.orders + 1
    )
    return state._replace(handover=handover)


def responsibility_moved(state: Petition, event: events.ResponsibilityMoved) -> Petition:
    """The only change of holder and epoch (promise P2); it ends an open hand-over.

    Whatever another unit had accepted, the new one accepts before it answers.
    """
    after_opinion = state.status in _AFTER_OPINION
    decided = event.basis in _DECIDED
    return state._replace(
        status=state.status if after_opinion else _status_in_new_hands(state),
        holder=event.to_unit,
        epoch=event.epoch,
        accepted=False,
        competence_decided=decided,
        handover=None,
        completions=after_move(state.completions, state.handover, event.to_unit, event.basis),
        recalled=frozenset(),
        objectors=state.objectors - {event.to_unit} if decided else state.objectors,
    )


def _status_in_new_hands(state: Petition) -> PetitionStatus.ValueType:
    """What the case waits for when another unit has it and has not accepted it itself."""
    if state.referral:
        return types.PETITION_STATUS_LED_INTO_PROCEDURE
    if state.petition_class == types.PETITION_CLASS_UNSPECIFIED:
        return types.PETITION_STATUS_REGISTERED
    return types.PETITION_STATUS_CLASSIFIED


_HAD = (ReferralStage.HELD, ReferralStage.RETURNED)


def offered(state: Petition, event: events.CaseOffered) -> Petition:
    """Responsibility stays; the organ may look at what it is offered."""
    offer = JudicialOffer(event.offer_id, event.to_unit, ReferralStage.OFFERED, event.epoch)
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
    held = JudicialOffer(event.referral_id, event.organ, ReferralStage.HELD, known.epoch if known else 0)
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
    known = state.referral_of(offer_id) or JudicialOffer(offer_id, organ, stage)
    return state if known.stage in _HAD else _with(state, replace(known, stage=stage))


def _with(state: Petition, referral: JudicialOffer) -> Petition:
    """The last one that something happened to stands last."""
    others = (one for one in state.referrals if one.referral_id != referral.referral_id)
    return state._replace(referrals=(*others, referral))


def recusal_requested(state: Petition, event: events.RecusalRequested) -> Petition:
    """Nothing else changes: the matter goes on meanwhile."""
    asked = Recusal(event.recusal_id, event.unit, event.officer, event.decider, state.epoch)
    return state._replace(recusals=(*state.recusals, asked))


def recusal_decided(state: Petition, event: events.RecusalDecided) -> Petition:
    """Who is recused stays so for as long as the case lasts."""
    recusals = tuple(
        replace(one, officer=event.officer, decided=True, granted=event.granted)
        if one.recusal_id == event.recusal_id
        else one
        for one in state.recusals
    )
    return state._replace(recusals=recusals)
