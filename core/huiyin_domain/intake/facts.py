"""What the access policy asks of a petition."""

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
        former=frozenset(state.participation.former),
        asked=organs_asked(state.participation.disputed, directory),
    )


def relation_to(state: Petition, context: Context) -> Relation:
    """How the caller's agency stands to the petition. To one that is not there all are strangers."""
    agency, directory = context.principal.acting_agency, context.policy.directory
    return relation(agency, case_facts(state, directory), directory)
