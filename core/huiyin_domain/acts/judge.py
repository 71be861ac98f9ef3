"""Judges the times of what was decided: no act before what it follows, none entered late in silence."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import ENTRY_KIND_TIMELY
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin.intake.v1.types_pb2 import REGISTRATION_DOUBT_ENTERED_LATE
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.supervision.v1 import events_pb2 as supervision
from huiyin.vault.v1 import events_pb2 as vault
from huiyin_domain.acts.act import PETITIONERS, Act, Acts, told_time
from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.context import Context
from huiyin_domain.dates import instant, local_date, shifted
from huiyin_domain.decider import Decision
from huiyin_domain.refusal import Refusal, invalid, wrong_state

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


_SATURDAY = 5


def judged(decision: Decision, context: Context) -> Decision:
    """What was decided; or a refusal, when an act would precede what it follows or comes late unapproved."""
    if isinstance(decision, Refusal):
        return decision
    faults = (fault for event in decision for fault in _faults(event, context))
    return next(faults, decision)


def _faults(event: Message, context: Context) -> Iterator[Refusal]:
    tolerance = context.policy.limits.future_tolerance
    for act, time in too_early(event, context.occurred, context.acts, tolerance):
        yield _before(act, time)
    for received in _receipts(context):
        if context.occurred + tolerance < received:
            yield _before(Act(PetitionRegistered(), received, received), context.occurred)
    if context.entry.kind == ENTRY_KIND_TIMELY:
        days, calendar = (
            context.policy.limits.entry_working_days,
            context.policy.calendar_at(context.principal.acting_agency),
        )
        for time in bounded_times(event, context.occurred):
            last = last_day_to_enter(time, days, calendar)
            if local_date(context.now) > last:
                yield _late(time, last)


def _receipts(context: Context) -> Iterator[datetime]:
    """When the petitions were received that a command of another service is about."""
    for standing in context.standings.values():
        if standing.HasField("received_time"):
            yield instant(standing.received_time)


def too_early(
    event: Message, occurred: datetime, acts: Acts, tolerance: timedelta
) -> Iterator[tuple[Act, datetime]]:
    """The acts that an event would precede, each with the time that says so.

    `tolerance` is how far the clocks of an agency's machines and of the platform's may differ.
    """
    told = told_time(event)
    for time in (occurred, *([told] if told else [])):
        for act in followed(event, acts):
            if _precedes(event, time, act, tolerance):
                yield act, time
    received = told if isinstance(event, PetitionRegistered) and not event.origin_case_id else None
    if received and occurred + tolerance < received:
        yield Act(event, received, received), occurred


def _precedes(event: Message, time: datetime, act: Act, tolerance: timedelta) -> bool:
    """Of what the petitioner did the day is known, from a postmark, and no hour."""
    if type(event) in PETITIONERS:
        return local_date(time) < local_date(act.time)
    return time + tolerance < act.time


def bounded_times(event: Message, occurred: datetime) -> list[datetime]:
    """The times of the office's own acts: what the petitioner did lies back as far as it may.

    So does a filing that was registered with the doubt that it comes late: none is turned away (promise P1).
    """
    told = told_time(event)
    free = isinstance(event, PetitionRegistered) and (
        event.origin_case_id or REGISTRATION_DOUBT_ENTERED_LATE in event.doubts
    )
    own = told is not None and type(event) not in PETITIONERS and not free
    return [occurred, told] if own and told is not None else [occurred]


def last_day_to_enter(time: datetime, working_days: int, calendar: Calendar) -> date:
    """The last day on which an act is entered in time, its own not counted.

    A year without a calendar counts plain weeks: nobody is shut out by that, for the head can enter it.
    """
    day, left = local_date(time), working_days
    while left:
        day = shifted(day, 1)
        off = calendar.is_day_off(day)
        left -= not (day.weekday() >= _SATURDAY if off is None else off)
    return day


def _before(act: Act, time: datetime) -> Refusal:
    name = type(act.event).__name__
    if isinstance(act.event, PetitionRegistered):
        message = f"{time.isoformat()} lies before the petition was received: mend the time"
        return invalid("BEFORE_RECEIPT", message, time=time.isoformat(), received=act.time.isoformat())
    message = f"{time.isoformat()} lies before {name}, which it follows: mend the time"
    return invalid(
        "BEFORE_WHAT_IT_FOLLOWS", message, time=time.isoformat(), follows=name, followed=act.time.isoformat()
    )


def _late(time: datetime, last: date) -> Refusal:
    message = (
        f"an act of {local_date(time).isoformat()} was to be entered by {last.isoformat()}: "
        "have the head of the agency enter it as a late entry, with the reason"
    )
    return wrong_state("LATE_ENTRY_REQUIRED", message, time=time.isoformat(), last_day=last.isoformat())
