"""The fold of a petition: one small rule for each event of its stream, found by the event's class."""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as events
from huiyin_domain import participation
from huiyin_domain.decider import UnknownEventError
from huiyin_domain.intake.evolution import answering, courses, ending, handing, outcomes, recusing, referring
from huiyin_domain.intake.state import Petition

Rule = Callable[[Petition, Any], Petition]

RULES: Mapping[type[Message], Rule] = {
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
    events.PetitionHandedOver: handing.handed_over,
    events.HandoverObjected: handing.objected,
    events.ObjectionUpheld: handing.objection_upheld,
    events.ObjectionRefused: handing.objection_refused,
    events.HandoverRecalled: handing.recalled,
    events.HandoverOrdered: handing.ordered,
    events.HandoverReceiptProved: handing.receipt_proved,
    events.ResponsibilityMoved: handing.responsibility_moved,
    events.CaseOffered: referring.offered,
    events.OfferWithdrawn: referring.offer_withdrawn,
    events.OfferEnded: referring.offer_ended,
    events.OfferLapsed: referring.offer_lapsed,
    events.JudicialReferralAcknowledged: referring.referral_acknowledged,
    events.JudicialReferralReturned: referring.referral_returned,
    events.RemedyFactRecorded: outcomes.remedy_fact_recorded,
    events.ExtensionApproved: answering.extension_approved,
    events.ExtensionNotified: answering.extension_notified,
    events.OpinionIssued: answering.opinion_issued,
    events.OpinionServed: answering.opinion_served,
    events.ReviewRequested: answering.review_requested,
    events.ReviewDecided: answering.review_decided,
    events.ReviewServed: answering.review_served,
    events.RecusalRequested: recusing.requested,
    events.RecusalDecided: recusing.decided,
    events.SupportExecuted: outcomes.support_executed,
    events.PetitionClosed: outcomes.closed,
    events.CompletionReported: answering.reported,
    events.CompletionAccepted: answering.accepted,
    events.CompletionSentBack: answering.sent_back,
    events.AgreementReached: ending.agreement_reached,
    events.WithdrawalRequested: ending.withdrawal_requested,
    events.WithdrawalConfirmed: ending.withdrawal_confirmed,
    events.PetitionContinued: ending.continued,
    events.PetitionerDied: ending.petitioner_died,
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
