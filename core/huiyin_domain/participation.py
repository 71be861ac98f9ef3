"""Who has a part in a case, on which grounds, and when a part ends: one rule over the events of all logs.

A part lasts as long as one of its grounds:

| ground | begins | ends |
|---|---|---|
| registered it, or stands for who did | registration, taken from an accused holder | never |
| is responsible | registration, responsibility moved to it | responsibility moved away |
| was handed it | hand-over | objection upheld, hand-over recalled, responsibility moved |
| referred it (交办), is owed the report | hand-over of that kind | not taken, decided away, accepted |
| owes that report | taking what was referred | decided away, report accepted |
| reviews the answer | review requested | case closed after the review was served |
| is offered it as judicial organ | offer | offer withdrawn, ended, lapsed or taken |
| referred it to a judicial organ, or is that organ | acknowledgement | matter returned |
| decides on a request for recusal | recusal requested | recusal decided, responsibility moved, case closed |
| has a task from a resolution | item applied | taken back or moved, or case closed after it was done |
| was asked for a meeting | meeting requested | responsibility moved |
| sits in a joint meeting | meeting convened | meeting closed |
| received visitors for the responsible unit | visit received | never |
| issued or must answer an order | order issued | order carried out |

Whoever has no ground left is a former party: it sees the case as it was then, and nothing later.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_HOLDER, AUTHORITY_KIND_UNSPECIFIED
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1.types_pb2 import (
    HANDOVER_KIND_REFERRAL,
    MOVE_BASIS_ACCUSATION,
    MOVE_BASIS_RESOLUTION,
    MOVE_BASIS_SUPERIOR_DECISION,
)
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.supervision.v1 import events_pb2 as supervision
from huiyin_domain.authority import GIVES_TASK, ON_TASKS

_REGISTERED, _RESPONSIBLE, _HANDED = "registered", "responsible", "handed"
_REQUESTED = "meeting requested"
_DONE, _RECUSAL = "done-", "recusal-"
_REFERRED, _CHARGED = "referred-", "charged-"
_BY_DECISION = (MOVE_BASIS_SUPERIOR_DECISION, MOVE_BASIS_RESOLUTION, MOVE_BASIS_ACCUSATION)


class Ground(NamedTuple):
    """Why an agency has a part. `basis` tells apart what ends at different times."""

    agency: str
    basis: str


class Participation(NamedTuple):
    """The grounds of all parts, and who had a part before; in order, each once.

    `disputed` are the units whose competence is in question (Art. 24): sender and receiver, when a hand-over
    was objected to, also while the sender holds to it; the receiver alone, when a superior ordered it to
    answer; the responsible unit, when it did not accept.
    """

    grounds: tuple[Ground, ...] = ()
    former: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()

    @property
    def parties(self) -> frozenset[str]:
        """Agencies with a part now."""
        return frozenset(ground.agency for ground in self.grounds)


GroundsChange = Callable[[frozenset[Ground], Any, str], frozenset[Ground]]
"""The grounds after an event of a stream."""


def after(before: Participation, event: Message, stream: str = "") -> Participation:
    """The parts after an event; most events begin and end none. The stream's name tells meetings apart."""
    change, grounds = CHANGES.get(type(event)), frozenset(before.grounds)
    grounds = change(grounds, event, stream) if change else grounds
    disputed = _disputed(before, grounds, event) if type(event) in _ABOUT_COMPETENCE else before.disputed
    if change is None and disputed == before.disputed:
        return before
    former = ({*before.former} | before.parties) - {ground.agency for ground in grounds}
    return Participation(tuple(sorted(grounds)), tuple(sorted(former)), disputed)


_ABOUT_COMPETENCE = frozenset(
    {
        intake.PetitionClassified,
        intake.PetitionHandedOver,
        intake.HandoverObjected,
        intake.ObjectionUpheld,
        intake.HandoverRecalled,
        intake.HandoverOrdered,
        intake.PetitionNotAccepted,
        intake.PetitionAccepted,
        intake.ResponsibilityMoved,
        intake.PetitionClosed,
    }
)
"""Events that put competence in question, or end the question."""


def _disputed(before: Participation, grounds: frozenset[Ground], event: Message) -> tuple[str, ...]:
    if isinstance(event, intake.HandoverOrdered) and before.disputed:
        return before.disputed
    bases = {
        intake.HandoverObjected: (_RESPONSIBLE, _HANDED),
        intake.HandoverOrdered: (_HANDED,),
        intake.PetitionNotAccepted: (_RESPONSIBLE,),
    }.get(type(event), ())
    return tuple(sorted({ground.agency for ground in grounds if ground.basis in bases}))


def _with(grounds: frozenset[Ground], basis: str, *agencies: str) -> frozenset[Ground]:
    return grounds | {Ground(agency, basis) for agency in agencies if agency}


def _without(grounds: frozenset[Ground], *bases: str) -> frozenset[Ground]:
    return frozenset(ground for ground in grounds if ground.basis not in bases)


def _done(grounds: frozenset[Ground], basis: str) -> frozenset[Ground]:
    """What was asked of the agency is done; its part lasts until the case is closed."""
    agencies = [ground.agency for ground in grounds if ground.basis == basis]
    return _with(_without(grounds, basis), f"{_DONE}{basis}", *agencies)


def _registered(grounds: frozenset[Ground], event: intake.PetitionRegistered, _: str) -> frozenset[Ground]:
    return _with(_with(grounds, _REGISTERED, event.unit), _RESPONSIBLE, event.unit)


def _handed_over(grounds: frozenset[Ground], event: intake.PetitionHandedOver, _: str) -> frozenset[Ground]:
    """Who refers a matter is owed the report on its completion (Art. 22(1)(3)); who transfers it is not."""
    handed = _with(grounds, _HANDED, event.to_unit)
    if event.kind != HANDOVER_KIND_REFERRAL:
        return handed
    return _with(handed, f"{_REFERRED}{event.handover_id}", event.from_unit)


def _hand_over_ended(
    grounds: frozenset[Ground], event: intake.ObjectionUpheld | intake.HandoverRecalled, _: str
) -> frozenset[Ground]:
    return _without(grounds, _HANDED, f"{_REFERRED}{event.handover_id}")


def _moved(grounds: frozenset[Ground], event: intake.ResponsibilityMoved, _: str) -> frozenset[Ground]:
    """It ends an open hand-over as well, and a referral that was not taken is owed no report.

    Who takes a case from an accused holder stands for it in everything, also as who registered it.
    """
    recusals = _begun_with(grounds, _RECUSAL)
    ended = (_HANDED, _RESPONSIBLE, _REQUESTED, *recusals, *_decided_away(grounds, event))
    moved = _with(_without(grounds, *ended), _RESPONSIBLE, event.to_unit)
    if Ground(event.to_unit, _HANDED) in grounds and (taken := _open_referral(grounds)):
        moved = _with(moved, f"{_CHARGED}{taken}", event.to_unit)
    return _with(moved, _REGISTERED, event.to_unit) if event.basis == MOVE_BASIS_ACCUSATION else moved


def _decided_away(grounds: frozenset[Ground], event: intake.ResponsibilityMoved) -> list[str]:
    """The referrals that are over when others decide who has the matter: all but those to that unit."""
    if event.basis not in _BY_DECISION:
        return []
    handed = Ground(event.to_unit, _HANDED) in grounds
    kept = {ground.basis for ground in grounds if ground.agency == event.to_unit}
    return [
        basis
        for referral in _referrals(grounds)
        for basis in (f"{_REFERRED}{referral}", f"{_CHARGED}{referral}")
        if f"{_CHARGED}{referral}" not in kept and not (handed and referral == _open_referral(grounds))
    ]


def _referrals(grounds: frozenset[Ground]) -> list[str]:
    return sorted(g.basis.removeprefix(_REFERRED) for g in grounds if g.basis.startswith(_REFERRED))


def _open_referral(grounds: frozenset[Ground]) -> str:
    """The referral that nobody has taken yet; empty when there is none."""
    taken = {ground.basis.removeprefix(_CHARGED) for ground in grounds if ground.basis.startswith(_CHARGED)}
    return next((one for one in _referrals(grounds) if one not in taken), "")


def _completion_accepted(
    grounds: frozenset[Ground], event: intake.CompletionAccepted, _: str
) -> frozenset[Ground]:
    return _without(grounds, f"{_REFERRED}{event.handover_id}", f"{_CHARGED}{event.handover_id}")


def _offered(grounds: frozenset[Ground], event: intake.CaseOffered, _: str) -> frozenset[Ground]:
    """The organ may look at what it is offered."""
    return _with(grounds, f"referral-{event.offer_id}", event.to_unit)


def _offer_over(
    grounds: frozenset[Ground],
    event: intake.OfferWithdrawn | intake.OfferEnded | intake.OfferLapsed,
    _: str,
) -> frozenset[Ground]:
    return _without(grounds, f"referral-{event.offer_id}")


def _acknowledged(
    grounds: frozenset[Ground], event: intake.JudicialReferralAcknowledged, _: str
) -> frozenset[Ground]:
    """The unit that referred it gets the matter back, or learns of its conclusion."""
    referring = [ground.agency for ground in grounds if ground.basis == _RESPONSIBLE]
    return _with(grounds, f"referral-{event.referral_id}", event.organ, *referring)


def _returned(
    grounds: frozenset[Ground], event: intake.JudicialReferralReturned, _: str
) -> frozenset[Ground]:
    return _without(grounds, f"referral-{event.referral_id}")


def _review_requested(grounds: frozenset[Ground], event: intake.ReviewRequested, _: str) -> frozenset[Ground]:
    return _with(grounds, f"review-{event.review_id}", event.organ)


def _review_served(grounds: frozenset[Ground], event: intake.ReviewServed, _: str) -> frozenset[Ground]:
    return _done(grounds, f"review-{event.review_id}")


def _item_applied(
    grounds: frozenset[Ground], event: intake.ResolutionItemApplied, _: str
) -> frozenset[Ground]:
    """A task gives its unit a part, until it is taken back; an assignment moves by its own event."""
    rest = _without(grounds, f"task-{event.task_item_id}") if event.kind in ON_TASKS else grounds
    return _with(rest, f"task-{event.item_id}", event.unit) if event.kind in GIVES_TASK else rest


def _task_done(grounds: frozenset[Ground], event: intake.ResolutionTaskDone, _: str) -> frozenset[Ground]:
    return _done(grounds, f"task-{event.item_id}")


def _closed(grounds: frozenset[Ground], _: Message, __: str) -> frozenset[Ground]:
    return _without(grounds, *_begun_with(grounds, _DONE, _RECUSAL))


def _begun_with(grounds: frozenset[Ground], *prefixes: str) -> list[str]:
    return [ground.basis for ground in grounds if ground.basis.startswith(prefixes)]


def _recusal_requested(
    grounds: frozenset[Ground], event: intake.RecusalRequested, _: str
) -> frozenset[Ground]:
    """The organ above, which decides on the unit's head, looks at the case for that long."""
    if event.decider == event.unit:
        return grounds
    return _with(grounds, f"{_RECUSAL}{event.recusal_id}", event.decider)


def _recusal_decided(grounds: frozenset[Ground], event: intake.RecusalDecided, _: str) -> frozenset[Ground]:
    return _without(grounds, f"{_RECUSAL}{event.recusal_id}")


def _referred(
    grounds: frozenset[Ground], event: judicial.LitigationReferred, stream: str
) -> frozenset[Ground]:
    return _with(grounds, stream, event.referring_unit, event.organ)


def _meeting_requested(
    grounds: frozenset[Ground], event: intake.MeetingRequested, _: str
) -> frozenset[Ground]:
    return _with(grounds, _REQUESTED, event.centre)


def _visited(grounds: frozenset[Ground], event: reception.VisitReceived, stream: str) -> frozenset[Ground]:
    """Being named in a visit gives no part; only the responsible unit can give one by it.

    Visits of before authorities were named are read as they were then.
    """
    if event.authority.kind not in (AUTHORITY_KIND_UNSPECIFIED, AUTHORITY_KIND_HOLDER):
        return grounds
    return _with(grounds, stream, event.centre, *event.agencies)


def _convened(grounds: frozenset[Ground], event: reception.MeetingConvened, stream: str) -> frozenset[Ground]:
    return _with(grounds, stream, event.convener, event.centre, *event.participants)


def _convened_anew(
    grounds: frozenset[Ground], event: reception.MeetingResumed, stream: str
) -> frozenset[Ground]:
    """Who sits on keeps its part; the convener too, which is not named again."""
    return _without(grounds, stream) | _with(grounds, stream, event.centre, *event.participants)


def _ordered(grounds: frozenset[Ground], event: supervision.OrderIssued, stream: str) -> frozenset[Ground]:
    return _with(grounds, stream, event.unit, event.supervisor)


def _stream_ended(grounds: frozenset[Ground], _: Message, stream: str) -> frozenset[Ground]:
    """What the stream gave is over with it."""
    return _without(grounds, stream)


CHANGES: Mapping[type[Message], GroundsChange] = {
    intake.PetitionRegistered: _registered,
    intake.PetitionHandedOver: _handed_over,
    intake.ObjectionUpheld: _hand_over_ended,
    intake.HandoverRecalled: _hand_over_ended,
    intake.ResponsibilityMoved: _moved,
    intake.CaseOffered: _offered,
    intake.OfferWithdrawn: _offer_over,
    intake.OfferEnded: _offer_over,
    intake.OfferLapsed: _offer_over,
    intake.JudicialReferralAcknowledged: _acknowledged,
    intake.JudicialReferralReturned: _returned,
    intake.ReviewRequested: _review_requested,
    intake.ReviewServed: _review_served,
    intake.RecusalRequested: _recusal_requested,
    intake.RecusalDecided: _recusal_decided,
    intake.ResolutionItemApplied: _item_applied,
    intake.ResolutionTaskDone: _task_done,
    intake.MeetingRequested: _meeting_requested,
    intake.CompletionAccepted: _completion_accepted,
    intake.PetitionClosed: _closed,
    judicial.LitigationReferred: _referred,
    judicial.ReferralDeclined: _stream_ended,
    judicial.ReferralHandedBack: _stream_ended,
    judicial.ReferralWithdrawn: _stream_ended,
    judicial.ReferralLapsed: _stream_ended,
    reception.VisitReceived: _visited,
    reception.MeetingConvened: _convened,
    reception.MeetingResumed: _convened_anew,
    reception.MeetingClosed: _stream_ended,
    supervision.OrderIssued: _ordered,
    supervision.OrderCarriedOut: _stream_ended,
}
"""The events that begin or end a part."""

WITHOUT: frozenset[type[Message]] = frozenset(
    {
        intake.PetitionClassified,
        intake.HandoverObjected,
        intake.ObjectionRefused,
        intake.HandoverOrdered,
        intake.HandoverReceiptProved,
        intake.ReceiptNotified,
        intake.PetitionAccepted,
        intake.PetitionNotAccepted,
        intake.LedIntoProcedure,
        intake.RemedyFactRecorded,
        intake.PetitionerTold,
        intake.ExtensionApproved,
        intake.ExtensionNotified,
        intake.OpinionIssued,
        intake.OpinionServed,
        intake.ReviewDecided,
        intake.SupportExecuted,
        intake.CompletionReported,
        intake.CompletionSentBack,
        intake.AgreementReached,
        intake.WithdrawalRequested,
        intake.WithdrawalConfirmed,
        intake.PetitionContinued,
        intake.PetitionerDied,
        intake.PetitionRated,
        intake.RegistrationCorrected,
        intake.PetitionSplit,
        intake.CaseLinked,
        intake.ResolutionItemRefused,
        intake.PersonalDataRead,
        intake.PetitionRestated,
        intake.NoticeSent,
        intake.RatingTakenBack,
        judicial.ReferralAcknowledged,
        judicial.ReferralReleased,
        judicial.PetitionerReplied,
        judicial.ProgressReported,
        judicial.ReferralConcluded,
        reception.CentreOpened,
        reception.MeetingOpened,
        reception.MeetingWithdrawn,
        reception.ResolutionProposed,
        reception.ResolutionOrdered,
        reception.ResolutionSigned,
        reception.ResolutionDissented,
        reception.ResolutionBound,
        reception.ItemSettled,
        reception.ResolutionSettled,
        supervision.PolicyApplied,
        supervision.DeadlinePassed,
        supervision.LatenessWithdrawn,
        supervision.LatenessObjected,
        supervision.LatenessObjectionRefused,
        supervision.OrderAnswered,
        supervision.OrderSentBack,
    }
)
"""The events that begin and end none. A new event stands in one of the two."""
