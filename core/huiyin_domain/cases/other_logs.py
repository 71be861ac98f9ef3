"""What judicial, reception and supervision events change in a case view: who has a part, and what is late."""

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_HOLDER, AUTHORITY_KIND_UNSPECIFIED
from huiyin.judicial.v1 import events_pb2 as judicial_events
from huiyin.reception.v1 import events_pb2 as reception_events
from huiyin.supervision.v1 import events_pb2 as supervision_events
from huiyin_domain.cases.parts import JudicialPart, ReceptionPart, SupervisionPart, with_added
from huiyin_domain.decider import UnknownEventError


def judicial(part: JudicialPart, event: Message) -> JudicialPart:
    """The part after an event of the judicial log."""
    match event:
        case judicial_events.LitigationReferred():
            return JudicialPart(with_added(part.parties, (event.referring_unit, event.organ)))
        case (
            judicial_events.ReferralAcknowledged()
            | judicial_events.ReferralReleased()
            | judicial_events.ReferralWithdrawn()
            | judicial_events.ReferralLapsed()
            | judicial_events.ReferralDeclined()
            | judicial_events.ProgressReported()
            | judicial_events.ReferralConcluded()
            | judicial_events.ReferralHandedBack()
        ):
            return part
        case _:
            raise UnknownEventError(event.DESCRIPTOR.full_name)


def reception(part: ReceptionPart, event: Message) -> ReceptionPart:
    """The part after an event of the reception log."""
    match event:
        case reception_events.VisitReceived():
            return _visited(part, event)
        case reception_events.MeetingConvened():
            sitting = (event.convener, event.centre, *event.participants)
            return ReceptionPart(with_added(part.parties, sitting))
        case (
            reception_events.CentreOpened()
            | reception_events.MeetingOpened()
            | reception_events.ResolutionProposed()
            | reception_events.ResolutionSigned()
            | reception_events.ResolutionDissented()
            | reception_events.ResolutionOrdered()
            | reception_events.ResolutionBound()
            | reception_events.ItemSettled()
            | reception_events.ResolutionSettled()
            | reception_events.MeetingClosed()
        ):
            return part
        case _:
            raise UnknownEventError(event.DESCRIPTOR.full_name)


def _visited(part: ReceptionPart, event: reception_events.VisitReceived) -> ReceptionPart:
    """Being named in a visit gives no part in the case; only the responsible unit can give one by it.

    Visits of before authorities were named are read as they were then.
    """
    gives_part = event.authority.kind in (AUTHORITY_KIND_UNSPECIFIED, AUTHORITY_KIND_HOLDER)
    return ReceptionPart(with_added(part.parties, (event.centre, *event.agencies))) if gives_part else part


def supervision(part: SupervisionPart, event: Message) -> SupervisionPart:
    """The part after an event of the supervision log."""
    match event:
        case supervision_events.OrderIssued():
            parties = with_added(part.parties, (event.unit, event.supervisor))
            return SupervisionPart(parties, part.passed_clocks)
        case supervision_events.DeadlinePassed():
            passed = with_added(part.passed_clocks, (event.clock_id,))
            return SupervisionPart(part.parties, passed)
        case supervision_events.LatenessWithdrawn():
            passed = tuple(clock for clock in part.passed_clocks if clock != event.clock_id)
            return SupervisionPart(part.parties, passed)
        case (
            supervision_events.OrderAnswered()
            | supervision_events.OrderSentBack()
            | supervision_events.OrderCarriedOut()
        ):
            return part
        case _:
            raise UnknownEventError(event.DESCRIPTOR.full_name)
