"""Who may have a matter in hand, and what ends its offer to a judicial organ (Arts. 22, 28, 30).

Litigation and accusations are not for just any unit. Whatever changes a case ends its offer at once, by one
rule over every decision, so that no command can forget it: an offer never outlives the epoch, the class or
the answer it was made on, and its end stands in the same append as what ended it.
"""

from collections.abc import Sequence

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import TRACK_DISCIPLINE, TRACK_JUDICIAL
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import WithdrawalCause
from huiyin.judicial.v1.types_pb2 import DECLINE_REASON_NOT_LITIGATION
from huiyin_domain.directory import Directory, OrganisationKind
from huiyin_domain.intake.records import JudicialOffer, ReferralStage
from huiyin_domain.intake.state import Petition
from huiyin_domain.jurisdiction import is_judicial
from huiyin_domain.refusal import Refusal, forbidden, wrong_state

ART_28 = "Regulations of 2022, Art. 28(2)"
_ARTS_22_30 = "Regulations of 2022, Arts. 22(2), 30"


def not_to_handle(state: Petition, unit: str, directory: Directory) -> Refusal | None:
    """A refusal unless the unit may accept, answer and close the matter.

    Litigation is the judicial organs': of it an administrative unit has in hand only what is left when an
    organ has handed it back as concluded; while one has it, or is offered it, nobody handles it in intake.
    An accusation is the discipline organ's, or that of the organ above all who are accused.
    """
    if refusal := referral_open(state):
        return refusal
    if state.track == TRACK_JUDICIAL and not is_judicial(unit, directory) and not judicially_concluded(state):
        message = "a litigation matter is for the judicial organs: refer it to the one of your level"
        return wrong_state("REFER_TO_JUDICIAL_ORGAN", message, ART_28, track="TRACK_JUDICIAL")
    return not_competent(state, unit, directory)


def not_competent(state: Petition, unit: str, directory: Directory) -> Refusal | None:
    """A refusal to have an accusation handled by just any unit."""
    if state.track != TRACK_DISCIPLINE or is_competent(state, unit, directory):
        return None
    message = f"{unit} handles no accusation: a discipline organ or who is above the accused does"
    return forbidden("NOT_COMPETENT", message, _ARTS_22_30, competent=",".join(_managing(state, directory)))


def is_competent(state: Petition, unit: str, directory: Directory) -> bool:
    """Whether an accusation is for this unit: by its kind, or by line of management over every accused."""
    return directory.is_kind(unit, OrganisationKind.DISCIPLINE) or unit in _managing(state, directory)


def _managing(state: Petition, directory: Directory) -> list[str]:
    """Organs above every accused unit; with nobody named, none: only discipline organs are left."""
    above = directory.common_superiors(state.accused_units)
    return [unit for unit in above if directory.handles_cases(unit) and unit not in state.accused_units]


def not_handed_over(state: Petition, unit: str, directory: Directory) -> Refusal | None:
    """A refusal to hand a litigation matter over plainly: it is offered to a judicial organ instead."""
    left = judicially_concluded(state) and not is_judicial(unit, directory)
    if state.track != TRACK_JUDICIAL or left:
        return not_competent(state, unit, directory)
    message = "a litigation matter is not handed over: refer it to the judicial organ of your level"
    return wrong_state("REFER_TO_JUDICIAL_ORGAN", message, ART_28, command="ReferLitigation")


def not_given(state: Petition, unit: str, directory: Directory) -> Refusal | None:
    """A refusal to have a superior or a meeting give the matter to a unit that its track keeps it from.

    An administrative unit may be made responsible for a litigation matter: it is then the one that refers.
    """
    if state.track == TRACK_JUDICIAL and is_judicial(unit, directory):
        return not_handed_over(state, unit, directory)
    return not_competent(state, unit, directory)


def referral_open(state: Petition) -> Refusal | None:
    """A refusal while a judicial organ has the matter, or has been offered it (promises P2, P3)."""
    return referral_held(state) or offer_open(state)


def referral_held(state: Petition) -> Refusal | None:
    """A refusal while a judicial organ has the matter."""
    if state.referral is None:
        return None
    message = f"{state.referral.organ} has the matter in the judicial track until it hands it back"
    return wrong_state("REFERRAL_OPEN", message, ART_28, referral_id=state.referral.referral_id)


def offer_open(state: Petition) -> Refusal | None:
    """A refusal while the matter is offered: its unit withdraws the offer before it does otherwise."""
    if state.offer is None:
        return None
    message = f"the matter is offered to {state.offer.organ}: withdraw the offer, or wait for its answer"
    return wrong_state("OFFER_OPEN", message, ART_28, offer_id=state.offer.referral_id)


def judicially_concluded(state: Petition) -> bool:
    """True when the last organ that had the matter handed it back as concluded, and none is asked now."""
    had = [one for one in state.referrals if one.stage in (ReferralStage.HELD, ReferralStage.RETURNED)]
    last = had[-1] if had else None
    returned = last is not None and last.stage is ReferralStage.RETURNED and last.concluded
    return returned and state.offer is None


def bound_to_the_judicial_track(state: Petition) -> bool:
    """True for what was split off or offered as litigation, until an organ says that it is none."""
    last = state.referrals[-1] if state.referrals else None
    if last is None:
        return state.registration.track == TRACK_JUDICIAL
    return last.declined != DECLINE_REASON_NOT_LITIGATION


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


def _cause(state: Petition, offer: JudicialOffer, decided: Sequence[Message]) -> WithdrawalCause.ValueType:
    if any(isinstance(event, _OWN_ENDS) for event in decided):
        return types.WITHDRAWAL_CAUSE_UNSPECIFIED
    for event in decided:
        if isinstance(event, events.PetitionClassified) and _other_matter(state, offer, event):
            return types.WITHDRAWAL_CAUSE_CLASSIFIED
        if cause := _ENDINGS.get(type(event), types.WITHDRAWAL_CAUSE_UNSPECIFIED):
            return cause
    return types.WITHDRAWAL_CAUSE_UNSPECIFIED


def _other_matter(state: Petition, offer: JudicialOffer, event: events.PetitionClassified) -> bool:
    return event.track != state.track or offer.organ in event.accused_units


def _taken_away(held: JudicialOffer, decided: Sequence[Message]) -> bool:
    returned = any(isinstance(event, events.JudicialReferralReturned) for event in decided)
    moves = [event for event in decided if isinstance(event, events.ResponsibilityMoved)]
    return not returned and any(move.to_unit != held.organ for move in moves)
