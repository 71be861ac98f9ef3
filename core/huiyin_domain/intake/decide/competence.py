"""指定管辖: between units that do not agree a common superior decides, or the joint conference (Art. 24)."""

from huiyin.common.v1.types_pb2 import Authority
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import DecideCompetenceRequest
from huiyin_domain.access import organs_asked
from huiyin_domain.authority import ART_24, deciding_authority
from huiyin_domain.checks import no_handling_unit, not_acting_for_agency, not_an_officer, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import current_epoch, visible
from huiyin_domain.intake.moving import concerned, is_so_already, moved, unmovable
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, forbidden, wrong_state


def decide_competence(state: Petition, command: DecideCompetenceRequest, context: Context) -> Decision:
    """Responsibility moves at once, and the unit named cannot call itself not competent any more."""
    refusal = (
        visible(state, context, concerned=_stands_above(state, context))
        or not_acting_for_agency(context)
        or not_an_officer(context)
        or no_handling_unit("unit", command.unit, context)
    )
    authority = refusal or _authority(state, command.unit, context)
    if isinstance(authority, Refusal):
        return authority
    if refusal := current_epoch(state, command.epoch) or unmovable(state, command.unit, context):
        return refusal
    if is_so_already(state, command.unit):
        return ()
    basis, basis_id = types.MOVE_BASIS_SUPERIOR_DECISION, authority.basis_id
    return (moved(state, command.unit, basis, basis_id, authority, sealed_of(command.reasons)),)


def _stands_above(state: Petition, context: Context) -> bool:
    """Whether the question can be put before the caller at all; to all others there is no such case."""
    agency, directory = context.principal.acting_agency, context.policy.directory
    asked = organs_asked(concerned(state, state.holder), directory)
    return agency in asked or directory.is_superior(agency, state.holder)


def _authority(state: Petition, unit: str, context: Context) -> Authority | Refusal:
    """That of the caller over the units concerned, in the dispute that is open, if one is."""
    units, directory = concerned(state, unit), context.policy.directory
    dispute = state.handover.handover_id if state.handover else ""
    authority = deciding_authority(context.principal.acting_agency, units, directory, dispute)
    if authority is not None:
        return authority
    deciders = directory.deciders_between(units)
    if not deciders:
        message = "the units concerned have no common superior and no joint conference: have one entered"
        return wrong_state("NO_COMMON_SUPERIOR", message, ART_24, units=",".join(sorted(units)))
    message = f"only who stands above the units concerned decides: the nearest is {deciders[0]}"
    return forbidden("NOT_COMMON_SUPERIOR", message, ART_24, superior=deciders[0])
