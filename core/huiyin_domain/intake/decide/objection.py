"""异议: the receiving unit objects; the matter goes back only when the sender agrees (Art. 23(3))."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.authority import ART_24
from huiyin_domain.checks import content_missing, no_handling_unit, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.dates import local_date, parse_date
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import (
    accused,
    by_holder_officer,
    by_party,
    in_status,
    other_handover,
    status_name,
)
from huiyin_domain.intake.periods import objection_due, received_by_unit
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, forbidden, wrong_state

_ART_23 = "Regulations of 2022, Art. 23(3)"


def object_to_handover(
    state: Petition, command: commands.ObjectToHandoverRequest, context: Context
) -> Decision:
    """The receiving unit says with reasons that the matter is not its own."""
    refusal = (
        by_party(state, command, context)
        or other_handover(state, command.handover_id)
        or _not_receiver(state, context)
        or in_status(state, types.PETITION_STATUS_HANDED_OVER)
        or _objection_fault(state, command, context)
    )
    if refusal:
        return refusal
    return (
        events.HandoverObjected(
            handover_id=command.handover_id,
            unit=state.pending_unit,
            reasons=sealed_of(command.reasons),
            proposed_unit=command.proposed_unit,
        ),
    )


def _not_receiver(state: Petition, context: Context) -> Refusal | None:
    if context.principal.acting_agency == state.pending_unit:
        return None
    message = f"the matter was handed to {state.pending_unit}: only that unit can object"
    return forbidden("NOT_THE_RECEIVER", message, _ART_23, unit=state.pending_unit)


def _objection_fault(
    state: Petition, command: commands.ObjectToHandoverRequest, context: Context
) -> Refusal | None:
    assert state.handover is not None
    if state.handover.objection_refused:
        message = "the objection was refused: accept, or let the common superior decide who is competent"
        return wrong_state("OBJECTION_REFUSED", message, ART_24)
    if state.handover.order == types.HANDOVER_ORDER_ACCEPT:
        message = "the superior ordered this unit to accept: accept, or let the common superior decide"
        return wrong_state("ORDERED_TO_ACCEPT", message, ART_24)
    if refusal := content_missing("reasons", command.reasons) or _proposal_fault(state, command, context):
        return refusal
    return _too_late(state, context)


def _proposal_fault(
    state: Petition, command: commands.ObjectToHandoverRequest, context: Context
) -> Refusal | None:
    unit = command.proposed_unit
    return (
        (no_handling_unit("proposed_unit", unit, context) or accused(state, unit, context)) if unit else None
    )


def _too_late(state: Petition, context: Context) -> Refusal | None:
    """Five working days from when it was in the unit's inbox, or what a superior gave.

    A year without a calendar never shuts anybody out.
    """
    assert state.handover is not None
    calendar = context.policy.timetable.calendar_of(state.registration.division)
    due = objection_due(received_by_unit(state, context), calendar)
    ordered = parse_date(state.handover.order_due)
    last_day = max(due, ordered) if due and ordered else due
    if last_day is None or local_date(context.effective) <= last_day:
        return None
    message = (
        f"the 5 working days to object ended on {last_day.isoformat()}: accept, or ask the common superior"
    )
    return wrong_state("OBJECTION_TOO_LATE", message, _ART_23, last_day=last_day.isoformat())


def decide_objection(state: Petition, command: commands.DecideObjectionRequest, context: Context) -> Decision:
    """The sender verified: the matter comes back, or the hand-over stands."""
    refusal = by_holder_officer(state, command, context) or other_handover(state, command.handover_id)
    if refusal := refusal or _not_objected(state):
        return refusal
    reasons = sealed_of(command.reasons)
    if command.upheld:
        return (events.ObjectionUpheld(handover_id=command.handover_id, reasons=reasons),)
    return (events.ObjectionRefused(handover_id=command.handover_id, reasons=reasons),)


def _not_objected(state: Petition) -> Refusal | None:
    if state.status == types.PETITION_STATUS_OBJECTED:
        return None
    decided = state.handover is not None and state.handover.objection_refused
    message = f"{state.pending_unit} has not objected: there is nothing to decide"
    if decided:
        message = f"the objection of {state.pending_unit} was refused already: the hand-over stands"
    facts = {"status": status_name(state.status), "objection_refused": str(decided).lower()}
    return wrong_state("NO_OBJECTION", message, _ART_23, **facts)
