"""The fold behind the clocks: marks of a case, stream by stream, so that logs may interleave as they like."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType

from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.supervision.v1 import events_pb2 as supervision
from huiyin.vault.v1 import events_pb2 as vault
from huiyin_domain.clocks import answer_marks, intake_marks, other_marks, reception_marks
from huiyin_domain.clocks.mark import Marks, begun
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.other_marks import Translate
from huiyin_domain.decider import Fact, UnknownEventError

TRANSLATIONS: Mapping[type[Message], Translate] = {
    intake.PetitionRegistered: intake_marks.registered,
    intake.RegistrationCorrected: intake_marks.corrected,
    intake.PetitionClassified: intake_marks.classified,
    intake.PetitionHandedOver: intake_marks.handed_over,
    intake.HandoverObjected: intake_marks.objected,
    intake.ObjectionUpheld: intake_marks.objection_upheld,
    intake.ObjectionRefused: intake_marks.objection_refused,
    intake.HandoverRecalled: intake_marks.recalled,
    intake.HandoverOrdered: intake_marks.handover_ordered,
    intake.HandoverReceiptProved: intake_marks.receipt_proved,
    intake.ReceiptNotified: intake_marks.receipt_notified,
    intake.ResponsibilityMoved: intake_marks.moved,
    intake.PetitionAccepted: intake_marks.accepted,
    intake.PetitionNotAccepted: intake_marks.plain(Milestone.DECLINED),
    intake.LedIntoProcedure: intake_marks.plain(Milestone.LED_IN),
    intake.RemedyFactRecorded: other_marks.remedy_fact_recorded,
    intake.PetitionerTold: answer_marks.petitioner_told,
    intake.ExtensionApproved: intake_marks.extension_approved,
    intake.ExtensionNotified: intake_marks.extension_notified,
    intake.OpinionIssued: answer_marks.opinion_issued,
    intake.OpinionServed: answer_marks.opinion_served,
    intake.SupportExecuted: answer_marks.support_executed,
    intake.RecusalRequested: other_marks.recusal_requested,
    intake.RecusalDecided: other_marks.recusal_decided,
    intake.ReviewRequested: answer_marks.review_requested,
    intake.ReviewDecided: answer_marks.review_decided,
    intake.ReviewServed: answer_marks.review_served,
    intake.PetitionClosed: intake_marks.plain(Milestone.CLOSED),
    intake.CompletionReported: other_marks.completion_reported,
    intake.CompletionAccepted: other_marks.completion_accepted,
    intake.CompletionSentBack: other_marks.completion_sent_back,
    intake.AgreementReached: answer_marks.agreement_reached,
    intake.WithdrawalRequested: intake_marks.plain(Milestone.WITHDRAWAL_ASKED),
    intake.WithdrawalConfirmed: answer_marks.withdrawal_confirmed,
    intake.PetitionerDied: intake_marks.plain(Milestone.DIED),
    intake.PetitionContinued: answer_marks.continued,
    intake.CaseOffered: other_marks.offered,
    intake.OfferWithdrawn: other_marks.withdrawn,
    intake.OfferEnded: other_marks.over(Milestone.OFFER_ENDED),
    intake.OfferLapsed: other_marks.over(Milestone.OFFER_LAPSED),
    intake.JudicialReferralAcknowledged: intake_marks.plain(Milestone.JUDICIAL_TAKEN),
    intake.JudicialReferralReturned: other_marks.returned,
    intake.ResolutionItemApplied: intake_marks.item_applied,
    intake.ResolutionTaskDone: intake_marks.task_done,
    intake.MeetingRequested: reception_marks.requested,
    **reception_marks.TRANSLATIONS,
    judicial.LitigationReferred: other_marks.litigation_referred,
    judicial.ReferralAcknowledged: other_marks.referral_acknowledged,
    judicial.ReferralDeclined: other_marks.referral_declined,
    judicial.PetitionerReplied: other_marks.petitioner_replied,
    judicial.ProgressReported: other_marks.on_referral(Milestone.PROGRESS_REPORTED),
    judicial.ReferralConcluded: other_marks.on_referral(Milestone.CONCLUDED),
    judicial.ReferralHandedBack: other_marks.referral_handed_back,
    supervision.OrderIssued: other_marks.order_issued,
    supervision.OrderAnswered: other_marks.on_order(Milestone.ORDER_ANSWERED),
    supervision.OrderSentBack: other_marks.order_sent_back,
    supervision.OrderCarriedOut: other_marks.on_order(Milestone.ORDER_CARRIED_OUT),
    supervision.LatenessObjected: other_marks.lateness_objected,
    supervision.LatenessObjectionRefused: other_marks.lateness_decided,
    supervision.LatenessWithdrawn: other_marks.lateness_decided,
}
"""Events that some clock hangs on."""

_INTAKE_WITHOUT_CLOCKS = (
    intake.PetitionRated,
    intake.RatingTakenBack,
    intake.NoticeSent,
    intake.PetitionRestated,
    intake.PetitionSplit,
    intake.CaseLinked,
    intake.ResolutionItemRefused,
    intake.PersonalDataRead,
)


def _all(module: ModuleType) -> set[type[Message]]:
    return {getattr(module, name) for name in module.DESCRIPTOR.message_types_by_name}


WITHOUT_CLOCKS: frozenset[type[Message]] = frozenset(
    {
        *_INTAKE_WITHOUT_CLOCKS,
        *_all(reception) - reception_marks.TRANSLATIONS.keys(),
        *_all(vault),
        judicial.ReferralReleased,
        judicial.ReferralWithdrawn,
        judicial.ReferralLapsed,
        supervision.DeadlinePassed,
        supervision.PolicyApplied,
    }
)
"""Events that move no date. What a resolution changes in a case, the clocks learn from intake's events."""


@dataclass(frozen=True, slots=True)
class CaseClocks:
    """The marks of one case by stream, each stream in its own order."""

    case_id: str = ""
    streams: Mapping[str, Marks] = field(default_factory=dict)

    @property
    def division(self) -> str:
        """Where the case belongs, as its petition's stream says last; empty while that is not known.

        A state that version 0.1 kept does not say: until it is folded anew the calendar of all counts.
        """
        petition = self.streams.get(f"petition-{self.case_id}", ())
        return next((one.division for one in reversed(petition) if one.division), "")


def initial() -> CaseClocks:
    """A case of which nothing is known."""
    return CaseClocks()


def evolve(state: CaseClocks, fact: Fact) -> CaseClocks:
    """The marks after a fact that concerns the case. Raises UnknownEventError.

    Facts of one stream come in its order; between streams any order gives the same state.
    """
    kind = type(fact.event)
    translate = TRANSLATIONS.get(kind)
    if translate is None:
        if kind not in WITHOUT_CLOCKS:
            raise UnknownEventError(fact.event.DESCRIPTOR.full_name)
        return state
    earlier = state.streams.get(fact.stream, ())
    made = translate(fact, fact.event, earlier)
    if not made and not earlier:
        return state
    marks = (*earlier, *(begun(fact, one) for one in made))
    case_id = state.case_id or getattr(fact.event, "case_id", "")
    return CaseClocks(case_id, {**state.streams, fact.stream: marks})
