"""The fold of a petition: one small rule for each event of its stream, found by the event's class."""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as events
from huiyin_domain import participation
from huiyin_domain.decider import UnknownEventError
from huiyin_domain.intake.evolution import answers, courses, outcomes, responsibility
from huiyin_domain.intake.state import Petition

FoldRule = Callable[[Petition, Any], Petition]

RULES: Mapping[type[Message], FoldRule] = {
    events.PetitionRegistered: courses.registered,
    events.PetitionClassified: courses.classified,
    events.ReceiptNotified: courses.receipt_notified,
    events.PetitionAccepted: courses.accepted,
    events.PetitionNotAccepted: courses.not_accepted,
    events.LedIntoProcedure: courses.led_into_procedure,
    events.PetitionerTold: courses.told,
    events.PetitionRestated: courses.restated,
    events.RegistrationCorrected: courses.corrected,
    events.PetitionSplit: courses.split,
    events.CaseLinked: courses.linked,
    events.PetitionHandedOver: responsibility.handed_over,
    events.HandoverObjected: responsibility.objected,
    events.ObjectionUpheld: responsibility.objection_upheld,
    events.ObjectionRefused: responsibility.objection_refused,
    events.HandoverRecalled: responsibility.recalled,
    events.HandoverOrdered: responsibility.ordered,
    events.HandoverReceiptProved: responsibility.receipt_proved,
    events.ResponsibilityMoved: responsibility.responsibility_moved,
    events.CaseOffered: responsibility.offered,
    events.OfferWithdrawn: responsibility.offer_withdrawn,
    events.OfferEnded: responsibility.offer_ended,
    events.OfferLapsed: responsibility.offer_lapsed,
    events.JudicialReferralAcknowledged: responsibility.referral_acknowledged,
    events.JudicialReferralReturned: responsibility.referral_returned,
    events.RemedyFactRecorded: outcomes.remedy_fact_recorded,
    events.ExtensionApproved: answers.extension_approved,
    events.ExtensionNotified: answers.extension_notified,
    events.OpinionIssued: answers.opinion_issued,
    events.OpinionServed: answers.opinion_served,
    events.ReviewRequested: answers.review_requested,
    events.ReviewDecided: answers.review_decided,
    events.ReviewServed: answers.review_served,
    events.RecusalRequested: responsibility.recusal_requested,
    events.RecusalDecided: responsibility.recusal_decided,
    events.SupportExecuted: outcomes.support_executed,
    events.PetitionClosed: outcomes.closed,
    events.CompletionReported: answers.reported,
    events.CompletionAccepted: answers.accepted,
    events.CompletionSentBack: answers.sent_back,
    events.AgreementReached: outcomes.agreement_reached,
    events.WithdrawalRequested: outcomes.withdrawal_requested,
    events.WithdrawalConfirmed: outcomes.withdrawal_confirmed,
    events.PetitionContinued: outcomes.continued,
    events.PetitionerDied: outcomes.petitioner_died,
    events.PetitionRated: outcomes.rated,
    events.RatingTakenBack: outcomes.rating_taken_back,
    events.NoticeSent: outcomes.notice_sent,
    events.ResolutionItemApplied: outcomes.item_applied,
    events.ResolutionItemRefused: outcomes.item_refused,
    events.ResolutionTaskDone: outcomes.task_done,
    events.MeetingRequested: outcomes.meeting_requested,
}
"""A rule for every event of a petition's stream."""

OTHER_STREAMS: frozenset[type[Message]] = frozenset({events.PersonalDataRead})
"""Events of intake that live in other streams: reads of personal data, in access-<case>."""


def evolve(state: Petition, event: Message) -> Petition:
    """The petition after an event. Raises UnknownEventError."""
    rule = RULES.get(type(event))
    if rule is None:
        raise UnknownEventError(event.DESCRIPTOR.full_name)
    return _with_parts(rule(state, event), event)


def _with_parts(state: Petition, event: Message) -> Petition:
    """Who has a part after the event, by the one rule (`participation`)."""
    before = state.participation
    after = participation.after(before, event)
    if after is before:
        return state._replace(leaving=frozenset()) if state.leaving else state
    return state._replace(participation=after, leaving=before.parties - after.parties)
