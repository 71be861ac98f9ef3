"""Which acts an act follows in its stream: it cannot have happened before any of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.supervision.v1 import events_pb2 as supervision
from huiyin.vault.v1 import events_pb2 as vault
from huiyin_domain.acts.act import Act, Acts

Kinds = tuple[type[Message], ...]

_ROUTED_ANEW: Kinds = (
    intake.PetitionClassified,
    intake.ObjectionUpheld,
    intake.HandoverRecalled,
    intake.ResponsibilityMoved,
    intake.JudicialReferralReturned,
)

_INTAKE: Mapping[type[Message], Kinds] = {
    intake.PetitionRegistered: (),
    intake.PetitionClassified: (),
    intake.PetitionHandedOver: _ROUTED_ANEW,
    intake.HandoverObjected: (intake.PetitionHandedOver,),
    intake.ObjectionUpheld: (intake.HandoverObjected,),
    intake.ObjectionRefused: (intake.HandoverObjected,),
    intake.HandoverRecalled: (intake.PetitionHandedOver, intake.ObjectionRefused),
    intake.HandoverOrdered: (intake.PetitionHandedOver,),
    intake.HandoverReceiptProved: (intake.PetitionHandedOver,),
    intake.ReceiptNotified: (intake.PetitionHandedOver,),
    intake.ResponsibilityMoved: (intake.ResponsibilityMoved, intake.PetitionHandedOver),
    intake.PetitionAccepted: (*_ROUTED_ANEW, intake.PetitionHandedOver),
    intake.PetitionNotAccepted: _ROUTED_ANEW,
    intake.LedIntoProcedure: (*_ROUTED_ANEW, intake.PetitionAccepted),
    intake.RemedyFactRecorded: (),
    intake.PetitionerTold: (
        intake.PetitionNotAccepted,
        intake.LedIntoProcedure,
        intake.PetitionAccepted,
    ),
    intake.ExtensionApproved: (intake.PetitionAccepted,),
    intake.ExtensionNotified: (intake.ExtensionApproved,),
    intake.OpinionIssued: (intake.PetitionAccepted, intake.LedIntoProcedure, intake.ReviewServed),
    intake.OpinionServed: (intake.OpinionIssued,),
    intake.ReviewRequested: (intake.OpinionServed, intake.ReviewServed),
    intake.ReviewDecided: (intake.ReviewRequested,),
    intake.ReviewServed: (intake.ReviewDecided,),
    intake.RecusalRequested: (),
    intake.RecusalDecided: (intake.RecusalRequested,),
    intake.SupportExecuted: (intake.AgreementReached, intake.OpinionIssued, intake.ReviewDecided),
    intake.PetitionClosed: (
        intake.OpinionServed,
        intake.ReviewServed,
        intake.SupportExecuted,
        intake.ResolutionTaskDone,
        intake.AgreementReached,
        intake.WithdrawalConfirmed,
        intake.PetitionerDied,
    ),
    intake.CompletionReported: (
        intake.PetitionAccepted,
        intake.OpinionServed,
        intake.ReviewServed,
        intake.PetitionClosed,
        intake.CompletionSentBack,
    ),
    intake.CompletionAccepted: (intake.CompletionReported,),
    intake.CompletionSentBack: (intake.CompletionReported,),
    intake.AgreementReached: (intake.PetitionAccepted,),
    intake.WithdrawalRequested: (),
    intake.WithdrawalConfirmed: (intake.WithdrawalRequested,),
    intake.PetitionContinued: (intake.WithdrawalRequested, intake.AgreementReached, intake.PetitionerDied),
    intake.PetitionerDied: (),
    intake.PetitionRated: (intake.OpinionServed,),
    intake.RatingTakenBack: (intake.PetitionRated,),
    intake.NoticeSent: (intake.PetitionRated,),
    intake.PetitionRestated: (),
    intake.RegistrationCorrected: (),
    intake.PetitionSplit: (intake.PetitionClassified,),
    intake.CaseLinked: (),
    intake.CaseOffered: _ROUTED_ANEW,
    intake.OfferWithdrawn: (intake.CaseOffered,),
    intake.OfferEnded: (intake.CaseOffered,),
    intake.OfferLapsed: (intake.CaseOffered,),
    intake.JudicialReferralAcknowledged: (intake.CaseOffered,),
    intake.JudicialReferralReturned: (intake.JudicialReferralAcknowledged,),
    intake.ResolutionItemApplied: (),
    intake.ResolutionItemRefused: (),
    intake.ResolutionTaskDone: (intake.ResolutionItemApplied,),
    intake.MeetingRequested: (),
    intake.PersonalDataRead: (),
}
_RECEPTION: Mapping[type[Message], Kinds] = {
    reception.CentreOpened: (),
    reception.VisitReceived: (),
    reception.MeetingConvened: (),
    reception.MeetingOpened: (reception.MeetingConvened,),
    reception.ResolutionProposed: (reception.MeetingOpened,),
    reception.ResolutionSigned: (reception.ResolutionProposed,),
    reception.ResolutionDissented: (reception.ResolutionProposed,),
    reception.ResolutionOrdered: (reception.ResolutionProposed,),
    reception.ResolutionBound: (
        reception.ResolutionProposed,
        reception.ResolutionSigned,
        reception.ResolutionDissented,
        reception.ResolutionOrdered,
    ),
    reception.ItemSettled: (reception.ResolutionBound,),
    reception.ResolutionSettled: (reception.ResolutionBound,),
    reception.MeetingWithdrawn: (reception.MeetingConvened,),
    reception.MeetingResumed: (reception.MeetingConvened, reception.MeetingWithdrawn),
    reception.MeetingClosed: (
        reception.MeetingConvened,
        reception.MeetingOpened,
        reception.ResolutionSettled,
    ),
}
_JUDICIAL: Mapping[type[Message], Kinds] = {
    judicial.LitigationReferred: (),
    judicial.ReferralAcknowledged: (judicial.LitigationReferred,),
    judicial.ReferralDeclined: (judicial.LitigationReferred,),
    judicial.ReferralReleased: (judicial.ReferralAcknowledged,),
    judicial.ReferralWithdrawn: (judicial.LitigationReferred,),
    judicial.ReferralLapsed: (judicial.ReferralAcknowledged,),
    judicial.PetitionerReplied: (judicial.ReferralAcknowledged,),
    judicial.ProgressReported: (judicial.ReferralAcknowledged,),
    judicial.ReferralConcluded: (judicial.ReferralAcknowledged,),
    judicial.ReferralHandedBack: (judicial.ReferralAcknowledged, judicial.ReferralConcluded),
}
_SUPERVISION: Mapping[type[Message], Kinds] = {
    supervision.PolicyApplied: (),
    supervision.DeadlinePassed: (),
    supervision.LatenessWithdrawn: (supervision.LatenessObjected,),
    supervision.LatenessObjected: (supervision.DeadlinePassed,),
    supervision.LatenessObjectionRefused: (supervision.LatenessObjected,),
    supervision.OrderIssued: (),
    supervision.OrderAnswered: (supervision.OrderIssued, supervision.OrderSentBack),
    supervision.OrderSentBack: (supervision.OrderAnswered,),
    supervision.OrderCarriedOut: (supervision.OrderAnswered,),
}
_OF_A_CLOCK = (supervision.DeadlinePassed, supervision.LatenessObjected)
_VAULT: Mapping[type[Message], Kinds] = {vault.KeysDestroyed: ()}

FOLLOWS: Mapping[type[Message], Kinds] = {**_INTAKE, **_RECEPTION, **_JUDICIAL, **_SUPERVISION, **_VAULT}
"""For every event the earlier acts that it follows, where its stream has them.

Every act on a petition follows its receipt besides. One table for every command, and for the audit.
"""


def followed(event: Message, acts: Acts) -> Iterator[Act]:
    """The acts of the stream that an event cannot have come before; the petition's receipt is one of them."""
    kinds: Kinds = (intake.PetitionRegistered, *FOLLOWS.get(type(event), ()))
    for kind in kinds:
        act = acts.get(kind)
        if act is not None and _concerns(event, act.event):
            yield act


def _concerns(event: Any, earlier: Any) -> bool:
    """A unit tells of, or accepts, what was handed to itself; what went to another came by another way.

    What an opinion supported is carried out on its own, whatever a review says later.
    """
    if isinstance(earlier, intake.PetitionHandedOver):
        receiver = {intake.ReceiptNotified: "unit", intake.PetitionAccepted: "unit"}.get(type(event))
        return receiver is None or getattr(event, receiver) == earlier.to_unit
    if isinstance(earlier, intake.RecusalRequested):
        return bool(event.recusal_id == earlier.recusal_id)
    if isinstance(event, intake.SupportExecuted) and isinstance(earlier, intake.ReviewDecided):
        return bool(event.review_id == earlier.review_id)
    if isinstance(earlier, _OF_A_CLOCK):
        return bool(event.clock_id == earlier.clock_id and event.due_time == earlier.due_time)
    return True
