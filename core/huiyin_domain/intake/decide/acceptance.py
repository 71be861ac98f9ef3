"""受理与不予受理: a unit accepts a petition or says with its article why not (Arts. 23, 31, 32)."""

from collections.abc import Sequence
from datetime import datetime

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_ACCEPTANCE, Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import NonAcceptanceCode, Route
from huiyin_domain.checks import (
    content_missing,
    not_acting_for_agency,
    not_an_officer,
    sealed_of,
    unknown_agency,
)
from huiyin_domain.context import Context
from huiyin_domain.dates import instant, stamp
from huiyin_domain.decider import Decision
from huiyin_domain.intake.competence import not_to_handle, offer_open
from huiyin_domain.intake.decide.grounds import ground_missing, review_last_day
from huiyin_domain.intake.guards import (
    accused,
    by_holder_officer,
    by_party,
    in_status,
    not_given,
    not_holder,
    served_otherwise,
    service_fault,
    told_time,
    visible,
)
from huiyin_domain.intake.same_matter import finding
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Kind, Refusal, invalid, wrong_state


def notify_receipt(state: Petition, command: commands.NotifyReceiptRequest, context: Context) -> Decision:
    """By the responsible unit, or by the one it was handed to; once each (Art. 23(1) to (3))."""
    agency = context.principal.acting_agency
    refusal = by_party(state, command, context)
    if not refusal and agency != state.pending_unit:
        refusal = not_holder(state, context)
    if refusal := refusal or service_fault(command.served_time, command.method, context):
        return refusal
    if agency in state.notified_by:
        return served_otherwise(command.served_time, _notified_time(agency, context)) or ()
    served = stamp(told_time(command.served_time, context))
    return (events.ReceiptNotified(unit=agency, served_time=served, method=command.method),)


def _notified_time(agency: str, context: Context) -> datetime | None:
    """When the agency told the petitioner, if it was the last to do so."""
    act = context.acts.get(events.ReceiptNotified)
    told = act.event if act else None
    if not isinstance(told, events.ReceiptNotified) or told.unit != agency:
        return None
    return instant(told.served_time)


def accept(state: Petition, command: commands.AcceptPetitionRequest, context: Context) -> Decision:
    """By the unit it was handed to, which takes responsibility with it, or by the responsible unit itself."""
    agency = context.principal.acting_agency
    if refusal := visible(state, context) or not_acting_for_agency(context):
        return refusal
    if state.accepted and agency == state.holder:
        return ()
    receiving = agency == state.pending_unit
    refusal = _receiving_fault(state, command, context) if receiving else _own_fault(state, command, context)
    return refusal or _accepted(state, agency, context)


def _receiving_fault(
    state: Petition, command: commands.AcceptPetitionRequest, context: Context
) -> Refusal | None:
    """A unit that objected may still take the matter after all."""
    return by_party(state, command, context) or not_an_officer(context) or _not_to_handle(state, context)


def _own_fault(state: Petition, command: commands.AcceptPetitionRequest, context: Context) -> Refusal | None:
    """The responsible unit accepts, also what it had not accepted before, or what is to be done again."""
    return (
        by_holder_officer(state, command, context)
        or in_status(
            state,
            types.PETITION_STATUS_CLASSIFIED,
            types.PETITION_STATUS_ACCEPTED,
            types.PETITION_STATUS_NOT_ACCEPTED,
            types.PETITION_STATUS_LED_INTO_PROCEDURE,
        )
        or _not_classified(state)
        or _not_to_handle(state, context)
    )


def _not_to_handle(state: Petition, context: Context) -> Refusal | None:
    return not_to_handle(state, context.principal.acting_agency, context.policy.directory)


def _not_classified(state: Petition) -> Refusal | None:
    if state.petition_class == types.PETITION_CLASS_UNSPECIFIED:
        return wrong_state(
            "NOT_CLASSIFIED", "the case is not classified: decide class, route and track first"
        )
    return None


def _accepted(state: Petition, agency: str, context: Context) -> Sequence[Message]:
    by, when = context.principal.officer, stamp(context.occurred)
    accepted = events.PetitionAccepted(unit=agency, accepted_time=when, officer=by)
    if agency == state.holder or state.handover is None:
        return (accepted,)
    moved = events.ResponsibilityMoved(
        from_unit=state.holder,
        to_unit=agency,
        epoch=state.epoch + 1,
        basis=types.MOVE_BASIS_ACCEPTANCE,
        basis_id=state.handover.handover_id,
        authority=Authority(
            kind=AUTHORITY_KIND_ACCEPTANCE, organ=agency, basis_id=state.handover.handover_id
        ),
    )
    return moved, accepted


_NEXT_DOOR = (types.NON_ACCEPTANCE_CODE_NOT_COMPETENT, types.NON_ACCEPTANCE_CODE_LITIGATION)


def decline(state: Petition, command: commands.DeclinePetitionRequest, context: Context) -> Decision:
    """Needs a code of the closed list, reasons, a remedy and a named officer (domain rules, 2.4, 11.4)."""
    refusal = (
        by_holder_officer(state, command, context)
        or in_status(state, types.PETITION_STATUS_REGISTERED, types.PETITION_STATUS_CLASSIFIED)
        or offer_open(state)
        or not_given(NonAcceptanceCode.DESCRIPTOR, command.code, "code")
        or content_missing("reasons", command.reasons)
        or content_missing("remedy", command.remedy)
        or _next_door_fault(state, command, context)
        or ground_missing(state, command, context)
    )
    return refusal or (_not_accepted(state, command, context),)


def _next_door_fault(
    state: Petition, command: commands.DeclinePetitionRequest, context: Context
) -> Refusal | None:
    """Another organ's matter, and one of litigation, is led on, not turned away (Arts. 23(1), 28(2))."""
    if command.code == types.NON_ACCEPTANCE_CODE_NOT_COMPETENT and state.competence_decided:
        message = "it was decided that this unit is competent: accept the case"
        return wrong_state("COMPETENCE_DECIDED", message, "Regulations of 2022, Art. 24")
    if command.code in _NEXT_DOOR and not command.redirect_unit:
        message = "redirect_unit is missing: name the competent organ, nobody is turned away without it"
        facts = {"field": "redirect_unit"}
        return Refusal(Kind.INVALID, "REDIRECT_REQUIRED", message, facts, "Regulations of 2022, Art. 23(1)")
    return _redirect_fault(state, command.redirect_unit, context) if command.redirect_unit else None


def _redirect_fault(state: Petition, unit: str, context: Context) -> Refusal | None:
    if unit == state.holder:
        message = "redirect_unit is the responsible unit itself: accept, or name another organ"
        return invalid("SAME_UNIT", message, field="redirect_unit")
    return unknown_agency("redirect_unit", unit, context) or accused(state, unit, context)


def _not_accepted(
    state: Petition, command: commands.DeclinePetitionRequest, context: Context
) -> events.PetitionNotAccepted:
    """It tells who has the matter, and until when the open remedy can be asked for."""
    in_hand = command.code == types.NON_ACCEPTANCE_CODE_IN_HAND and context.same_matter
    last_day = review_last_day(state, command, context)
    re_reviewed = command.code == types.NON_ACCEPTANCE_CODE_RE_REVIEWED
    return events.PetitionNotAccepted(
        code=command.code,
        reasons=sealed_of(command.reasons),
        remedy=sealed_of(command.remedy),
        redirect_unit=command.redirect_unit,
        same_case_id=command.same_case_id,
        officer=context.principal.officer,
        earlier_document=sealed_of(command.earlier_document),
        earlier_date=command.earlier_date if sealed_of(command.earlier_document) is not None else "",
        same_petitioner=command.same_petitioner,
        responsible_unit=in_hand.responsible_unit if in_hand else "",
        review_last_day=last_day.isoformat() if last_day else "",
        same_facts_finding=finding(command.same_facts, context.comparison) if re_reviewed else None,
    )


def lead_into_procedure(
    state: Petition, command: commands.LeadIntoProcedureRequest, context: Context
) -> Decision:
    """The procedure of the case's own route (Art. 31(1) to (5))."""
    refusal = (
        by_holder_officer(state, command, context)
        or in_status(state, types.PETITION_STATUS_CLASSIFIED, types.PETITION_STATUS_ACCEPTED)
        or offer_open(state)
        or not_given(Route.DESCRIPTOR, command.route, "route")
        or _route_fault(state, command)
        or unknown_agency("organ", command.organ, context)
        or accused(state, command.organ, context)
    )
    guidance = sealed_of(command.guidance)
    led = events.LedIntoProcedure(route=command.route, organ=command.organ, guidance=guidance)
    return refusal or (led,)


def _route_fault(state: Petition, command: commands.LeadIntoProcedureRequest) -> Refusal | None:
    if command.route == types.ROUTE_PETITION:
        message = "the petition procedure is not another procedure: accept the case and answer it"
        return invalid("ROUTE_NOT_A_PROCEDURE", message, field="route")
    own = state.route
    if state.petition_class == types.PETITION_CLASS_LITIGATION:
        own = types.ROUTE_JUDICIAL
    if command.route == own:
        return None
    name = Route.Name(own)
    message = f"the case is classified for {name}: lead it there, or classify it again before acceptance"
    return wrong_state("ROUTE_MISMATCH", message, "Regulations of 2022, Art. 31", route=name)
