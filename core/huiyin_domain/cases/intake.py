"""What intake's events change in a case view. Tests hold it equal to the petition's own fold."""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import PetitionStatus
from huiyin_domain import participation
from huiyin_domain.cases import intake_rules as rules
from huiyin_domain.cases.parts import IntakePart, with_added
from huiyin_domain.decider import UnknownEventError
from huiyin_domain.fact import Fact

Rule = Callable[[IntakePart, Any], IntakePart]


def _to(status: PetitionStatus.ValueType) -> Rule:
    """The rule of an event after which the case waits for something else, and nothing more."""
    return lambda part, _: part._replace(status=status)


def _unchanged(part: IntakePart, _: Message) -> IntakePart:
    """The rule of an event that the view counts and nothing more."""
    return part


RULES: Mapping[type[Message], Rule] = {
    events.PetitionRegistered: rules.registered,
    events.PetitionClassified: rules.classified,
    events.PetitionHandedOver: rules.handed_over,
    events.HandoverObjected: _to(types.PETITION_STATUS_OBJECTED),
    events.ObjectionUpheld: _to(types.PETITION_STATUS_CLASSIFIED),
    events.ObjectionRefused: _to(types.PETITION_STATUS_HANDED_OVER),
    events.HandoverRecalled: _to(types.PETITION_STATUS_CLASSIFIED),
    events.HandoverOrdered: _unchanged,
    events.HandoverReceiptProved: _unchanged,
    events.ReceiptNotified: _unchanged,
    events.ResponsibilityMoved: rules.responsibility_moved,
    events.PetitionAccepted: _to(types.PETITION_STATUS_ACCEPTED),
    events.PetitionNotAccepted: rules.not_accepted,
    events.LedIntoProcedure: _to(types.PETITION_STATUS_LED_INTO_PROCEDURE),
    events.RemedyFactRecorded: _unchanged,
    events.PetitionerTold: _unchanged,
    events.ExtensionApproved: _unchanged,
    events.ExtensionNotified: _unchanged,
    events.OpinionIssued: rules.opinion_issued,
    events.OpinionServed: _to(types.PETITION_STATUS_ANSWERED),
    events.ReviewRequested: rules.review_requested,
    events.ReviewDecided: rules.review_decided,
    events.ReviewServed: rules.review_served,
    events.RecusalRequested: _unchanged,
    events.RecusalDecided: _unchanged,
    events.SupportExecuted: _unchanged,
    events.PetitionClosed: _to(types.PETITION_STATUS_CLOSED),
    events.CompletionReported: _unchanged,
    events.CompletionAccepted: _unchanged,
    events.CompletionSentBack: _unchanged,
    events.AgreementReached: _unchanged,
    events.WithdrawalRequested: _unchanged,
    events.WithdrawalConfirmed: _unchanged,
    events.PetitionContinued: rules.continued,
    events.PetitionerDied: _unchanged,
    events.PetitionRated: _unchanged,
    events.RatingTakenBack: _unchanged,
    events.NoticeSent: _unchanged,
    events.PetitionRestated: _unchanged,
    events.RegistrationCorrected: rules.corrected,
    events.PetitionSplit: rules.split,
    events.CaseLinked: rules.linked,
    events.CaseOffered: _unchanged,
    events.OfferWithdrawn: _unchanged,
    events.OfferEnded: _unchanged,
    events.OfferLapsed: _unchanged,
    events.JudicialReferralAcknowledged: rules.referral_acknowledged,
    events.JudicialReferralReturned: rules.referral_returned,
    events.ResolutionItemApplied: _unchanged,
    events.ResolutionItemRefused: _unchanged,
    events.ResolutionTaskDone: _unchanged,
    events.MeetingRequested: _unchanged,
    events.PersonalDataRead: _unchanged,
}
"""A rule for every event of the intake log."""


def evolve(part: IntakePart, fact: Fact) -> IntakePart:
    """The part after a fact of the intake log. Raises UnknownEventError."""
    rule = RULES.get(type(fact.event))
    if rule is None:
        raise UnknownEventError(fact.event.DESCRIPTOR.full_name)
    if not _own(part, fact):
        return _of_other_case(part, fact)
    parts = participation.after(part.participation, fact.event)
    return rule(part, fact.event)._replace(participation=parts)


def _own(part: IntakePart, fact: Fact) -> bool:
    """True for the case's own streams; before its registration, nothing else can be its own."""
    case_id = part.filing.case_id
    if not case_id:
        return isinstance(fact.event, events.PetitionRegistered)
    return fact.stream.endswith(case_id)


def _of_other_case(part: IntakePart, fact: Fact) -> IntakePart:
    """Another petition's event that names this case, such as a link: it links both, and changes no state."""
    other = fact.stream.partition("-")[2]
    return part._replace(linked_case_ids=with_added(part.linked_case_ids, (other,)))
