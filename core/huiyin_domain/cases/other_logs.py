"""What judicial, reception and supervision events change in a case view: who has a part, and what is late."""

from huiyin.judicial.v1 import events_pb2 as judicial_events
from huiyin.reception.v1 import events_pb2 as reception_events
from huiyin.supervision.v1 import events_pb2 as supervision_events
from huiyin_domain.cases.parts import JudicialPart, ReceptionPart, SupervisionPart, with_added
from huiyin_domain.decider import Fact, UnknownEventError
from huiyin_domain.participation import after


def judicial(part: JudicialPart, fact: Fact) -> JudicialPart:
    """The part after a fact of the judicial log."""
    match fact.event:
        case (
            judicial_events.LitigationReferred()
            | judicial_events.ReferralAcknowledged()
            | judicial_events.ReferralReleased()
            | judicial_events.ReferralWithdrawn()
            | judicial_events.ReferralLapsed()
            | judicial_events.ReferralDeclined()
            | judicial_events.PetitionerReplied()
            | judicial_events.ProgressReported()
            | judicial_events.ReferralConcluded()
            | judicial_events.ReferralHandedBack()
        ):
            return JudicialPart(after(part.participation, fact.event, fact.stream))
        case _:
            raise UnknownEventError(fact.event.DESCRIPTOR.full_name)


def reception(part: ReceptionPart, fact: Fact) -> ReceptionPart:
    """The part after a fact of the reception log."""
    match fact.event:
        case (
            reception_events.VisitReceived()
            | reception_events.MeetingConvened()
            | reception_events.CentreOpened()
            | reception_events.MeetingOpened()
            | reception_events.ResolutionProposed()
            | reception_events.ResolutionSigned()
            | reception_events.ResolutionDissented()
            | reception_events.ResolutionOrdered()
            | reception_events.ResolutionBound()
            | reception_events.ItemSettled()
            | reception_events.ResolutionSettled()
            | reception_events.MeetingWithdrawn()
            | reception_events.MeetingResumed()
            | reception_events.MeetingClosed()
        ):
            return ReceptionPart(after(part.participation, fact.event, fact.stream))
        case _:
            raise UnknownEventError(fact.event.DESCRIPTOR.full_name)


def supervision(part: SupervisionPart, fact: Fact) -> SupervisionPart:
    """The part after a fact of the supervision log."""
    parts, passed = after(part.participation, fact.event, fact.stream), part.passed_clocks
    match fact.event:
        case supervision_events.DeadlinePassed():
            return SupervisionPart(parts, with_added(passed, (fact.event.clock_id,)))
        case supervision_events.LatenessWithdrawn():
            withdrawn = fact.event.clock_id
            return SupervisionPart(parts, tuple(clock for clock in passed if clock != withdrawn))
        case (
            supervision_events.PolicyApplied()
            | supervision_events.LatenessObjected()
            | supervision_events.LatenessObjectionRefused()
            | supervision_events.OrderIssued()
            | supervision_events.OrderAnswered()
            | supervision_events.OrderSentBack()
            | supervision_events.OrderCarriedOut()
        ):
            return SupervisionPart(parts, passed)
        case _:
            raise UnknownEventError(fact.event.DESCRIPTOR.full_name)
