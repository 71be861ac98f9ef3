"""告知 and 受理: the petitioner is told, and a unit takes the matter in hand (Art. 23; promise P2)."""

from collections.abc import Sequence
from datetime import datetime

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_ACCEPTANCE, Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.checks import not_acting_for_agency, not_an_officer
from huiyin_domain.context import Context
from huiyin_domain.dates import instant, stamp
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import by_holder_officer, by_party, in_status, not_holder, visible
from huiyin_domain.intake.handling import not_to_handle
from huiyin_domain.intake.served import served_otherwise, service_fault, told_time
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, wrong_state


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
