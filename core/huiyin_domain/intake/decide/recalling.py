"""A hand-over nobody answers locks no case: its sender recalls it, a superior orders an answer (Art. 24)."""

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_HOLDER, Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import HandoverOrder
from huiyin_domain.authority import ART_24, deciding_authority
from huiyin_domain.checks import content_missing, not_an_officer, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import (
    by_holder_officer,
    current_epoch,
    in_status,
    not_given,
    other_handover,
    visible,
)
from huiyin_domain.intake.periods import objection_due
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, forbidden, revised_meanwhile, wrong_state

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
