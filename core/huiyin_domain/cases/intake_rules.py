"""The rules by which a petition's events change the case view."""

from typing import Any

from huiyin.common.v1.types_pb2 import TRACK_DISCIPLINE
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import PetitionStatus
from huiyin_domain.cases.parts import Filing, IntakePart, with_added
from huiyin_domain.dates import microseconds

_AFTER_OPINION = frozenset(
    {
        types.PETITION_STATUS_OPINION_ISSUED,
        types.PETITION_STATUS_ANSWERED,
        types.PETITION_STATUS_UNDER_REVIEW,
        types.PETITION_STATUS_CLOSED,
    }
)

_BEFORE_ACCEPTANCE = frozenset(
    {
        types.PETITION_STATUS_REGISTERED,
        types.PETITION_STATUS_CLASSIFIED,
        types.PETITION_STATUS_NOT_ACCEPTED,
    }
)

_SHOWN = frozenset({"channel", "division"})


def registered(part: IntakePart, event: events.PetitionRegistered) -> IntakePart:
    """The registering unit is the first responsible unit, in epoch 1."""
    filing = Filing(
        case_id=event.case_id,
        display_number=event.display_number,
        channel=event.channel,
        division=event.division,
        received=microseconds(event.received_time),
    )
    return part._replace(
        filing=filing,
        status=types.PETITION_STATUS_REGISTERED,
        track=event.track,
        responsible_unit=event.unit,
        epoch=1,
        content_class=event.content_class,
        linked_case_ids=with_added(part.linked_case_ids, (event.origin_case_id,)),
        doubts=tuple(sorted(event.doubts)),
    )


def classified(part: IntakePart, event: events.PetitionClassified) -> IntakePart:
    """A content class given at registration stays until another one is given.

    Naming who is accused in an accusation that is in hand leaves it there: its course goes on.
    """
    in_hand = part.status not in _BEFORE_ACCEPTANCE
    goes_on = in_hand and part.track == event.track == TRACK_DISCIPLINE
    return part._replace(
        status=part.status if goes_on else types.PETITION_STATUS_CLASSIFIED,
        track=event.track,
        content_class=event.content_class or part.content_class,
        classified=event.petition_class != types.PETITION_CLASS_UNSPECIFIED,
        accused_units=tuple(sorted(set(event.accused_units))),
    )


def corrected(part: IntakePart, event: events.RegistrationCorrected) -> IntakePart:
    """Only the fields that the event names; number and case stay as they were."""
    values: dict[str, Any] = {name: getattr(event, name) for name in _SHOWN & {*event.fields}}
    if "received_time" in event.fields:
        values["received"] = microseconds(event.received_time)
    content_class = event.content_class if "content_class" in event.fields else part.content_class
    doubts = tuple(doubt for doubt in part.doubts if doubt not in event.settled)
    return part._replace(filing=part.filing._replace(**values), content_class=content_class, doubts=doubts)


def handed_over(part: IntakePart, event: events.PetitionHandedOver) -> IntakePart:
    """Responsibility stays with the sender until the receiving unit accepts."""
    return part._replace(status=types.PETITION_STATUS_HANDED_OVER)


def responsibility_moved(part: IntakePart, event: events.ResponsibilityMoved) -> IntakePart:
    """The only change of responsible unit and epoch (promise P2)."""
    return part._replace(
        status=_status_in_new_hands(part),
        responsible_unit=event.to_unit,
        epoch=event.epoch,
    )


def _status_in_new_hands(part: IntakePart) -> PetitionStatus.ValueType:
    if part.status in _AFTER_OPINION:
        return part.status
    if part.referral_id:
        return types.PETITION_STATUS_LED_INTO_PROCEDURE
    return types.PETITION_STATUS_CLASSIFIED if part.classified else types.PETITION_STATUS_REGISTERED


def not_accepted(part: IntakePart, event: events.PetitionNotAccepted) -> IntakePart:
    """It stays visible, with its holder (promise P1)."""
    links = with_added(part.linked_case_ids, (event.same_case_id,))
    return part._replace(status=types.PETITION_STATUS_NOT_ACCEPTED, linked_case_ids=links)


def opinion_issued(part: IntakePart, event: events.OpinionIssued) -> IntakePart:
    """A new opinion has remedies of its own."""
    return part._replace(status=types.PETITION_STATUS_OPINION_ISSUED, revoked=False)


def review_requested(part: IntakePart, event: events.ReviewRequested) -> IntakePart:
    """A closed case is open again: the remedy outlives the closing."""
    return part._replace(status=types.PETITION_STATUS_UNDER_REVIEW)


def review_decided(part: IntakePart, event: events.ReviewDecided) -> IntakePart:
    return part._replace(revoked=part.revoked or event.outcome == types.REVIEW_OUTCOME_REVOKED)


def review_served(part: IntakePart, event: events.ReviewServed) -> IntakePart:
    """A revoked opinion is to be done again; otherwise the answer stands."""
    status = types.PETITION_STATUS_ACCEPTED if part.revoked else types.PETITION_STATUS_ANSWERED
    return part._replace(status=status)


def continued(part: IntakePart, event: events.PetitionContinued) -> IntakePart:
    """What was closed on a ground that the petitioner denies is open again."""
    is_status = event.resumed_status in types.PetitionStatus.values()
    return part._replace(status=(is_status and event.resumed_status) or part.status)


def split(part: IntakePart, event: events.PetitionSplit) -> IntakePart:
    return part._replace(linked_case_ids=with_added(part.linked_case_ids, (event.part_case_id,)))


def linked(part: IntakePart, event: events.CaseLinked) -> IntakePart:
    return part._replace(linked_case_ids=with_added(part.linked_case_ids, (event.other_case_id,)))


def referral_acknowledged(part: IntakePart, event: events.JudicialReferralAcknowledged) -> IntakePart:
    """The judicial organ leads its own procedure (Art. 31(1))."""
    return part._replace(
        status=types.PETITION_STATUS_LED_INTO_PROCEDURE,
        referral_id=event.referral_id,
    )


def referral_returned(part: IntakePart, event: events.JudicialReferralReturned) -> IntakePart:
    return part._replace(referral_id="") if event.referral_id == part.referral_id else part
