"""What a decision does to a case's offer to a judicial organ: whatever changes the case ends it, at once.

One rule over every decision, so that no command can forget it: an offer never outlives the epoch, the
class or the answer it was made on, and its end stands in the same append as what ended it.
"""

from collections.abc import Sequence

from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import WithdrawalCause
from huiyin_domain.intake.records import Referral
from huiyin_domain.intake.state import Petition

_ENDINGS: dict[type[Message], WithdrawalCause.ValueType] = {
    events.ResolutionItemApplied: types.WITHDRAWAL_CAUSE_RESOLUTION,
    events.ReviewRequested: types.WITHDRAWAL_CAUSE_REVIEW,
    events.ResponsibilityMoved: types.WITHDRAWAL_CAUSE_MOVED,
}
_OWN_ENDS = (
    events.OfferWithdrawn,
    events.OfferEnded,
    events.OfferLapsed,
    events.JudicialReferralAcknowledged,
)


def with_offer_ended(state: Petition, decided: Sequence[Message]) -> Sequence[Message]:
    """The decision, preceded by the end of an open offer or of a held referral that it makes impossible."""
    offer, held = state.offer, state.referral
    if offer is not None and (cause := _cause(state, offer, decided)):
        ended = events.OfferWithdrawn(offer_id=offer.referral_id, to_unit=offer.organ, cause=cause)
        return (ended, *decided)
    if held is not None and _taken_away(held, decided):
        recalled = events.JudicialReferralReturned(
            referral_id=held.referral_id, organ=held.organ, recalled=True
        )
        return (recalled, *decided)
    return decided


def _cause(state: Petition, offer: Referral, decided: Sequence[Message]) -> WithdrawalCause.ValueType:
    if any(isinstance(event, _OWN_ENDS) for event in decided):
        return types.WITHDRAWAL_CAUSE_UNSPECIFIED
    for event in decided:
        if isinstance(event, events.PetitionClassified) and _other_matter(state, offer, event):
            return types.WITHDRAWAL_CAUSE_CLASSIFIED
        if cause := _ENDINGS.get(type(event), types.WITHDRAWAL_CAUSE_UNSPECIFIED):
            return cause
    return types.WITHDRAWAL_CAUSE_UNSPECIFIED


def _other_matter(state: Petition, offer: Referral, event: events.PetitionClassified) -> bool:
    return event.track != state.track or offer.organ in event.accused_units


def _taken_away(held: Referral, decided: Sequence[Message]) -> bool:
    returned = any(isinstance(event, events.JudicialReferralReturned) for event in decided)
    moves = [event for event in decided if isinstance(event, events.ResponsibilityMoved)]
    return not returned and any(move.to_unit != held.organ for move in moves)
