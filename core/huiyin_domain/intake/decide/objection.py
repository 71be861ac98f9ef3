"""异议与收回: a unit objects to a hand-over, the sender decides, recalls or orders it."""

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_HOLDER, Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import HandoverOrder
from huiyin_domain.authority import ART_24, deciding_authority
from huiyin_domain.checks import content_missing, no_handling_unit, not_an_officer, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.dates import local_date, parse_date
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import (
    accused,
    by_holder_officer,
    by_party,
    current_epoch,
    in_status,
    not_given,
    other_handover,
    status_name,
    visible,
)
from huiyin_domain.intake.periods import objection_due, received_by_unit
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, forbidden, revised_meanwhile, wrong_state

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


_OPEN = (types.PETITION_STATUS_HANDED_OVER, types.PETITION_STATUS_OBJECTED)


def recall_handover(state: Petition, command: commands.RecallHandoverRequest, context: Context) -> Decision:
    """撤回, by the responsible unit, until the hand-over is accepted."""
    refusal = (
        by_holder_officer(state, command, context)
        or other_handover(state, command.handover_id)
        or in_status(state, *_OPEN)
        or content_missing("reasons", command.reasons)
        or _recalled_too_often(state, context)
    )
    if refusal:
        return refusal
    return (
        events.HandoverRecalled(
            handover_id=command.handover_id,
            unit=state.pending_unit,
            reasons=sealed_of(command.reasons),
            authority=Authority(kind=AUTHORITY_KIND_HOLDER, organ=state.holder, basis_id=command.handover_id),
        ),
    )


def _recalled_too_often(state: Petition, context: Context) -> Refusal | None:
    """A matter does not go round in circles: after some recalls a superior says whose it is."""
    maximum = context.policy.limits.recalls_max
    if len(state.recalled) < maximum:
        return None
    message = f"the matter was recalled {maximum} times: let the common superior or the conference decide"
    return wrong_state("RECALLED_TOO_OFTEN", message, ART_24, maximum=str(maximum))


def order_handover(state: Petition, command: commands.OrderHandoverRequest, context: Context) -> Decision:
    """责令 by the receiving unit's superior: it has to accept, or to accept or object with reasons."""
    refusal = (
        visible(state, context, concerned=_authority(state, context) is not None)
        or not_an_officer(context)
        or _not_above(state, context)
        or current_epoch(state, command.epoch)
        or other_handover(state, command.handover_id)
        or in_status(state, types.PETITION_STATUS_HANDED_OVER)
        or not_given(HandoverOrder.DESCRIPTOR, command.order, "order")
        or content_missing("reasons", command.reasons)
    )
    if refusal:
        return refusal
    ordered = _ordered(state, command, context)
    return () if _is_so_already(state, ordered) else _revised(state, command) or (ordered,)


def _revised(state: Petition, command: commands.OrderHandoverRequest) -> Refusal | None:
    """A refusal unless the caller knows what was ordered before, by whomever."""
    assert state.handover is not None
    orders, order = state.handover.orders, HandoverOrder.Name(state.handover.order)
    if command.order_version == orders:
        return None
    due = state.handover.order_due
    return revised_meanwhile("order_version", command.order_version, orders, order=order, due_date=due)


def _not_above(state: Petition, context: Context) -> Refusal | None:
    """Sender and receiver see the case, and order nothing; to all others there is no such case."""
    if _authority(state, context):
        return None
    unit = state.pending_unit or state.holder
    message = f"the caller's agency is not above {unit}: ask its superior to order it"
    return forbidden("NOT_ITS_SUPERIOR", message, ART_24, unit=unit)


def _authority(state: Petition, context: Context) -> Authority | None:
    """Over the receiving unit; with no hand-over open, over who would have to answer."""
    basis = state.handover.handover_id if state.handover else ""
    units, directory = {state.pending_unit or state.holder}, context.policy.directory
    concerned = units if directory.common_superiors(units) else units | {state.holder}
    return deciding_authority(context.principal.acting_agency, concerned, directory, basis)


def _ordered(
    state: Petition, command: commands.OrderHandoverRequest, context: Context
) -> events.HandoverOrdered:
    """Five working days, as for an objection (Art. 23(3)) [D]."""
    due = objection_due(context.now, context.policy.timetable.calendar_of(state.registration.division))
    return events.HandoverOrdered(
        handover_id=command.handover_id,
        unit=state.pending_unit,
        order=command.order,
        due_date=due.isoformat() if due else "",
        reasons=sealed_of(command.reasons),
        authority=_authority(state, context),
    )


def _is_so_already(state: Petition, ordered: events.HandoverOrdered) -> bool:
    assert state.handover is not None
    return (state.handover.order, state.handover.order_due) == (ordered.order, ordered.due_date)
