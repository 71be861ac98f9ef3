"""指定管辖: a common superior of the units concerned decides which of them is responsible (Art. 24)."""

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_SUPERIOR, Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import DecideCompetenceRequest
from huiyin_domain.checks import not_an_officer, sealed_of, unknown_agency
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import accused, acting, current_epoch, in_status, visible
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, forbidden, wrong_state

_ART_24 = "Regulations of 2022, Art. 24"
_BEFORE_OPINION = (
    types.PETITION_STATUS_REGISTERED,
    types.PETITION_STATUS_CLASSIFIED,
    types.PETITION_STATUS_HANDED_OVER,
    types.PETITION_STATUS_OBJECTED,
    types.PETITION_STATUS_ACCEPTED,
    types.PETITION_STATUS_NOT_ACCEPTED,
    types.PETITION_STATUS_LED_INTO_PROCEDURE,
)


def decide_competence(state: Petition, command: DecideCompetenceRequest, context: Context) -> Decision:
    """Responsibility moves at once, and the unit named cannot call itself not competent any more."""
    refusal = (
        visible(state, context)
        or acting(context)
        or not_an_officer(context)
        or unknown_agency("unit", command.unit, context)
        or _not_common_superior(state, command.unit, context)
        or current_epoch(state, command.epoch)
        or _unmovable(state, command.unit)
    )
    if refusal:
        return refusal
    return () if _is_so_already(state, command.unit) else (_moved(state, command, context),)


def _not_common_superior(state: Petition, unit: str, context: Context) -> Refusal | None:
    """The units concerned: who holds the matter, who was handed it, and who shall have it."""
    concerned = {state.holder, state.pending_unit or state.holder, unit}
    common = context.policy.directory.common_superiors(concerned)
    if context.principal.acting_agency in common:
        return None
    if not common:
        message = "the units concerned have no common superior: a joint meeting has to resolve it"
        return wrong_state("NO_COMMON_SUPERIOR", message, _ART_24, units=",".join(sorted(concerned)))
    message = f"only a common superior of the units concerned decides: the nearest is {common[0]}"
    return forbidden("NOT_COMMON_SUPERIOR", message, _ART_24, superior=common[0])


def _unmovable(state: Petition, unit: str) -> Refusal | None:
    if state.referral:
        message = f"{state.referral.organ} has the matter in the judicial track until it hands it back"
        return wrong_state("REFERRAL_OPEN", message, referral_id=state.referral.referral_id)
    return accused(state, unit) or in_status(state, *_BEFORE_OPINION)


def _is_so_already(state: Petition, unit: str) -> bool:
    """Nothing to decide where the holder stays and nobody disputes it."""
    disputed = state.handover is not None or state.status == types.PETITION_STATUS_NOT_ACCEPTED
    return unit == state.holder and not disputed


def _moved(state: Petition, command: DecideCompetenceRequest, context: Context) -> events.ResponsibilityMoved:
    """Where the holder stays responsible, the epoch still rises: the disputed hand-over is over."""
    return events.ResponsibilityMoved(
        from_unit=state.holder,
        to_unit=command.unit,
        epoch=state.epoch + 1,
        basis=types.MOVE_BASIS_SUPERIOR_DECISION,
        basis_id=state.handover.handover_id if state.handover else "",
        reasons=sealed_of(command.reasons),
        authority=Authority(kind=AUTHORITY_KIND_SUPERIOR, organ=context.principal.acting_agency),
    )
