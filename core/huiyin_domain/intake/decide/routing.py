"""转送 and 交办 to the unit that shall handle the matter (Art. 22); responsibility waits for it to accept."""

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_HOLDER, Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import HandoverKind
from huiyin_domain.authority import ART_24
from huiyin_domain.checks import due_date_fault, no_handling_unit, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.dates import stamp
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import accused, by_holder_officer, in_status, not_given
from huiyin_domain.intake.handling import not_handed_over, offer_open
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, invalid, wrong_state


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
