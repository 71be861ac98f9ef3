"""诉访分离: litigation is offered to a judicial organ, and what is on record of a remedy in law."""

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_HOLDER, TRACK_JUDICIAL, Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import RecordRemedyFactRequest, ReferLitigationRequest, WithdrawOfferRequest
from huiyin.intake.v1.types_pb2 import RemedyFact
from huiyin_domain.calendar.calendar import YEAR_MIN
from huiyin_domain.checks import content_missing, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.dates import local_date, parse_date
from huiyin_domain.decider import Decision
from huiyin_domain.intake.competence import ART_28, referral_open
from huiyin_domain.intake.guards import accused, by_holder_officer, by_holder_or_office, in_status, not_given
from huiyin_domain.intake.records import ReferralStage
from huiyin_domain.intake.state import Petition
from huiyin_domain.jurisdiction import organ_fault
from huiyin_domain.refusal import Refusal, invalid, missing, wrong_state


def record_fact(state: Petition, command: RecordRemedyFactRequest, context: Context) -> Decision:
    """By the responsible unit or the registering office, at any point; of one kind the last record counts.

    It decides nothing about the petition: it shows the petitioner a date of other law that could be missed.
    """
    refusal = (
        by_holder_or_office(state, command, context)
        or not_given(RemedyFact.DESCRIPTOR, command.fact, "fact")
        or _day_fault(command, context)
    )
    if refusal or (command.fact, command.fact_date) in state.remedy_facts:
        return refusal or ()
    evidence = sealed_of(command.evidence)
    return (events.RemedyFactRecorded(fact=command.fact, fact_date=command.fact_date, evidence=evidence),)


def _day_fault(command: RecordRemedyFactRequest, context: Context) -> Refusal | None:
    day = parse_date(command.fact_date)
    if day is None:
        message = "fact_date is no day: give it as YYYY-MM-DD"
        return invalid("MALFORMED_DATE", message, field="fact_date")
    if day > local_date(context.now) or day.year < YEAR_MIN:
        message = f"fact_date {day.isoformat()} lies in the future or before {YEAR_MIN}: give the day it was"
        return invalid("FACT_DATE_OUT_OF_RANGE", message, field="fact_date", year_min=str(YEAR_MIN))
    return None


_OFFERABLE = (
    types.PETITION_STATUS_REGISTERED,
    types.PETITION_STATUS_CLASSIFIED,
    types.PETITION_STATUS_ACCEPTED,
    types.PETITION_STATUS_NOT_ACCEPTED,
    types.PETITION_STATUS_LED_INTO_PROCEDURE,
    types.PETITION_STATUS_OPINION_ISSUED,
    types.PETITION_STATUS_ANSWERED,
)
"""Not while another unit has been handed it, while it is under review, nor once it is closed."""


def refer(state: Petition, command: ReferLitigationRequest, context: Context) -> Decision:
    """The responsible unit offers the matter and stays responsible until it releases. Fresh id: the offer."""
    refusal = (
        by_holder_officer(state, command, context)
        or _not_litigation(state)
        or referral_open(state)
        or in_status(state, *_OFFERABLE)
        or organ_fault(command.organ_kind, command.organ, context)
        or accused(state, command.organ, context)
        or content_missing("matter", command.matter)
    )
    return refusal or (_offered(state, command, context),)


def _not_litigation(state: Petition) -> Refusal | None:
    """Only a matter of the judicial track goes there (promise P3)."""
    if state.track == TRACK_JUDICIAL:
        return None
    message = "the case is not in the judicial track: split the litigation part off, then refer that"
    return wrong_state("TRACK_MISMATCH", message, ART_28)


def _offered(state: Petition, command: ReferLitigationRequest, context: Context) -> events.CaseOffered:
    return events.CaseOffered(
        offer_id=context.new_ids[0],
        case_id=state.case_id,
        from_unit=state.holder,
        to_unit=command.organ,
        organ_kind=command.organ_kind,
        epoch=state.epoch,
        matter=sealed_of(command.matter),
        authority=Authority(kind=AUTHORITY_KIND_HOLDER, organ=state.holder),
    )


def withdraw_offer(state: Petition, command: WithdrawOfferRequest, context: Context) -> Decision:
    """Until it is released; what the organ takes afterwards is taken in vain."""
    if refusal := by_holder_officer(state, command, context):
        return refusal
    offer = state.referral_of(command.offer_id)
    if offer and offer.stage is ReferralStage.WITHDRAWN:
        return ()
    if offer is None or offer.stage is not ReferralStage.OFFERED:
        message = f"offer {command.offer_id} is not open: read the case again"
        return missing("NO_OPEN_OFFER", message, offer_id=state.offer.referral_id if state.offer else "")
    cause = types.WITHDRAWAL_CAUSE_BY_UNIT
    return (events.OfferWithdrawn(offer_id=offer.referral_id, to_unit=offer.organ, cause=cause),)
