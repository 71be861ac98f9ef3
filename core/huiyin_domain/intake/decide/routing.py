"""转送、交办: a petition is handed over, and its receipt proved."""

from datetime import datetime
from typing import Any

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_HOLDER, Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import ProveHandoverReceiptRequest
from huiyin.intake.v1.types_pb2 import HandoverKind, ReceiptGround
from huiyin_domain.authority import ART_24, deciding_authority
from huiyin_domain.checks import (
    content_missing,
    due_date_fault,
    no_handling_unit,
    not_acting_for_agency,
    not_an_officer,
    sealed_of,
)
from huiyin_domain.context import Context
from huiyin_domain.dates import instant, stamp
from huiyin_domain.decider import Decision
from huiyin_domain.intake.competence import not_handed_over, offer_open
from huiyin_domain.intake.guards import (
    accused,
    by_holder_officer,
    current_epoch,
    in_status,
    not_given,
    other_handover,
    visible,
)
from huiyin_domain.intake.periods import received_by_unit
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, forbidden, invalid, wrong_state


def hand_over(state: Petition, command: commands.HandOverPetitionRequest, context: Context) -> Decision:
    """Sends the matter on; one hand-over at a time."""
    refusal = (
        by_holder_officer(state, command, context)
        or in_status(state, types.PETITION_STATUS_CLASSIFIED)
        or not_given(HandoverKind.DESCRIPTOR, command.kind, "kind")
        or offer_open(state)
        or _target_fault(state, command.to_unit, context)
        or _due_date_fault(command, context)
    )
    return refusal or (_handed_over(state, command, context),)


def _handed_over(
    state: Petition, command: commands.HandOverPetitionRequest, context: Context
) -> events.PetitionHandedOver:
    return events.PetitionHandedOver(
        handover_id=context.new_ids[0],
        kind=command.kind,
        from_unit=state.holder,
        to_unit=command.to_unit,
        due_date=command.due_date,
        note=sealed_of(command.note),
        handed_over_time=stamp(context.occurred),
        authority=Authority(kind=AUTHORITY_KIND_HOLDER, organ=state.holder),
    )


def _target_fault(state: Petition, unit: str, context: Context) -> Refusal | None:
    refusal = no_handling_unit("to_unit", unit, context) or accused(state, unit, context)
    if refusal := refusal or not_handed_over(state, unit, context.policy.directory):
        return refusal
    if unit == state.holder:
        return invalid(
            "SAME_UNIT", "to_unit is responsible already: accept the case instead", field="to_unit"
        )
    if unit in state.recalled:
        message = f"the matter was taken back from {unit} once: only its superior can bring it there again"
        return wrong_state("RECALLED_BEFORE", message, ART_24, unit=unit)
    if unit in state.objectors:
        message = f"the objection of {unit} was upheld: send it elsewhere, or let a common superior decide"
        return wrong_state("OBJECTION_WAS_UPHELD", message, "Regulations of 2022, Arts. 23(3), 24", unit=unit)
    return None


def _due_date_fault(command: commands.HandOverPetitionRequest, context: Context) -> Refusal | None:
    """指定办理期限 belongs to a referral (Art. 22(1)(3))."""
    if command.kind == types.HANDOVER_KIND_REFERRAL:
        return due_date_fault("due_date", command.due_date, context)
    if not command.due_date:
        return None
    message = "due_date belongs to a referral: leave it empty, or refer the matter"
    return invalid("DUE_DATE_NOT_ALLOWED", message, field="due_date")


_ART_23 = "Regulations of 2022, Art. 23(3)"
_OPEN = (types.PETITION_STATUS_HANDED_OVER, types.PETITION_STATUS_OBJECTED)


def prove_receipt(state: Petition, command: ProveHandoverReceiptRequest, context: Context) -> Decision:
    """By the sender, or by who stands above the receiving unit; the unit itself moves no date of its own."""
    authority = _authority(state, context)
    refusal = (
        visible(state, context, concerned=authority is not None)
        or not_acting_for_agency(context)
        or not_an_officer(context)
        or current_epoch(state, command.epoch)
        or other_handover(state, command.handover_id)
        or (None if authority else _not_who_may(state))
        or in_status(state, *_OPEN)
        or not_given(ReceiptGround.DESCRIPTOR, command.ground, "ground")
        or content_missing("evidence", command.evidence)
    )
    if refusal:
        return refusal
    assert state.handover is not None
    if command.HasField("received_time") and instant(command.received_time) == state.handover.received_time:
        return ()
    return _time_fault(state, command, context) or (_proved(state, command, authority),)


def _authority(state: Petition, context: Context) -> Authority | None:
    """The sender's own, or that of the receiving unit's superior; never the receiving unit's."""
    agency, handover_id = context.principal.acting_agency, state.handover and state.handover.handover_id
    if not handover_id or agency == state.pending_unit:
        return None
    if agency == state.holder:
        return Authority(kind=AUTHORITY_KIND_HOLDER, organ=agency, basis_id=handover_id)
    units, directory = {state.pending_unit}, context.policy.directory
    concerned = units if directory.common_superiors(units) else units | {state.holder}
    return deciding_authority(agency, concerned, directory, handover_id)


def _not_who_may(state: Petition) -> Refusal:
    message = f"who sent it or stands above {state.pending_unit} states this: nobody moves a day of its own"
    return forbidden("NOT_BY_THE_RECEIVER", message, _ART_23, unit=state.pending_unit)


def _time_fault(state: Petition, command: ProveHandoverReceiptRequest, context: Context) -> Refusal | None:
    """Later than what counts until now, not in the future, and not after the unit itself acted on it."""
    if not command.HasField("received_time"):
        return invalid("FIELD_REQUIRED", "received_time is missing: say when it came", field="received_time")
    told, since = instant(command.received_time), received_by_unit(state, context)
    if told > context.now:
        message = f"received_time {told.isoformat()} lies in the future: state what has happened"
        return invalid("TIME_IN_FUTURE", message, field="received_time", now=context.now.isoformat())
    if told <= since:
        message = f"it stands as received on {since.isoformat()}: evidence moves that later, never earlier"
        return invalid("RECEIVED_ALREADY", message, field="received_time", received=since.isoformat())
    acted = _acted_on(state, context)
    if acted and told > acted:
        message = f"{state.pending_unit} acted on it at {acted.isoformat()}: it had it by then"
        return wrong_state("RECEIVED_BY_THEN", message, _ART_23, acted=acted.isoformat())
    return None


def _acted_on(state: Petition, context: Context) -> datetime | None:
    """When the unit first acted on the open hand-over, as far as the last act of each kind tells."""
    assert state.handover is not None
    times = []
    for kind in (events.HandoverObjected, events.ReceiptNotified):
        act = context.acts.get(kind)
        if act and _on_it(act.event, state):
            times.append(act.recorded)
    return min(times, default=None)


def _on_it(event: Any, state: Petition) -> bool:
    if isinstance(event, events.HandoverObjected):
        return event.handover_id == (state.handover and state.handover.handover_id)
    return bool(event.unit == state.pending_unit)


def _proved(
    state: Petition, command: ProveHandoverReceiptRequest, authority: Authority | None
) -> events.HandoverReceiptProved:
    return events.HandoverReceiptProved(
        handover_id=command.handover_id,
        unit=state.pending_unit,
        received_time=command.received_time,
        ground=command.ground,
        evidence=sealed_of(command.evidence),
        authority=authority,
    )
