"""What a referral learns from its case: offered, released, withdrawn, taken in vain, moved away."""

from collections.abc import Sequence

from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.judicial.v1 import events_pb2 as events
from huiyin.judicial.v1 import types_pb2 as types
from huiyin_domain.decider import UnknownEventError
from huiyin_domain.judicial.referral import Referral

_PROMISED = (types.REFERRAL_STATUS_SENT, types.REFERRAL_STATUS_ACKNOWLEDGED)

OfCase = (
    intake.CaseOffered
    | intake.OfferWithdrawn
    | intake.OfferLapsed
    | intake.JudicialReferralAcknowledged
    | intake.JudicialReferralReturned
)
"""The events of a case that its referral follows."""


def referral_id_of(event: OfCase) -> str:
    """The referral that an event of a case is about: it has the offer's id."""
    returned = intake.JudicialReferralAcknowledged | intake.JudicialReferralReturned
    return event.referral_id if isinstance(event, returned) else event.offer_id


def on_case(state: Referral, event: Message) -> Sequence[Message]:
    """What follows from an event of the case; heard again, nothing. Raises UnknownEventError."""
    organ = state.organ
    match event:
        case intake.CaseOffered():
            return () if state.referral_id else (_opened(event),)
        case intake.OfferWithdrawn():
            return (events.ReferralWithdrawn(organ=organ),) if state.status in _PROMISED else ()
        case intake.OfferLapsed():
            return (events.ReferralLapsed(organ=organ),) if _took_in_vain(state) else ()
        case intake.JudicialReferralAcknowledged():
            waits = state.status == types.REFERRAL_STATUS_ACKNOWLEDGED
            return (events.ReferralReleased(organ=organ, epoch=event.epoch),) if waits else ()
        case intake.JudicialReferralReturned():
            return (events.ReferralLapsed(organ=organ),) if state.held and event.recalled else ()
        case _:
            raise UnknownEventError(event.DESCRIPTOR.full_name)


def _opened(event: intake.CaseOffered) -> Message:
    return events.LitigationReferred(
        referral_id=event.offer_id,
        case_id=event.case_id,
        organ_kind=event.organ_kind,
        organ=event.to_unit,
        referring_unit=event.from_unit,
        epoch=event.epoch,
        matter=event.matter if event.HasField("matter") else None,
        authority=event.authority,
    )


def _took_in_vain(state: Referral) -> bool:
    """Also a referral of version 0.1, whose organ held itself for responsible without a release."""
    over = state.status in (types.REFERRAL_STATUS_ACKNOWLEDGED, types.REFERRAL_STATUS_WITHDRAWN)
    return state.taken and (over or (state.held and not state.offered))
