"""What the access policy asks of a petition."""

from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.access import CaseFacts, Relation, organs_asked, relation
from huiyin_domain.context import Context
from huiyin_domain.directory import Directory
from huiyin_domain.intake.state import Petition


def case_facts(state: Petition, directory: Directory) -> CaseFacts:
    """Who has a part in the case, who had one, who is accused, where it belongs and whom it is put before."""
    return CaseFacts(
        parties=state.parties,
        accused_units=state.accused_units,
        division=state.registration.division,
        asked=organs_asked(disputed(state), directory),
    )


def disputed(state: Petition) -> frozenset[str]:
    """The units whose competence is in question (Art. 24).

    A hand-over that was objected to puts it between sender and receiver, also when the sender holds to it; a
    holder that does not accept the matter puts its own in question; an order to answer does the receiver's.
    """
    if state.handover and (state.handover.objected or state.handover.objection_refused):
        return frozenset({state.holder, state.handover.to_unit})
    if state.handover and state.handover.order:
        return frozenset({state.handover.to_unit})
    declined = state.status == types.PETITION_STATUS_NOT_ACCEPTED
    return frozenset({state.holder}) if declined else frozenset()


def relation_to(state: Petition, context: Context) -> Relation:
    """How the caller's agency stands to the petition. To one that is not there all are strangers."""
    agency, directory = context.principal.acting_agency, context.policy.directory
    return relation(agency, case_facts(state, directory), directory)
