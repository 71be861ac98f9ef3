"""The petition office that registered a filing: it says, beside the responsible unit, what the filing is."""

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Authority
from huiyin_domain.checks import not_an_officer
from huiyin_domain.context import Context
from huiyin_domain.intake.guards import CaseCommand, by_party, not_holder
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal


def by_holder_or_office(state: Petition, command: CaseCommand, context: Context) -> Refusal | None:
    """A refusal unless an officer of the responsible unit acts, or of the office that registered the filing.

    The responsible unit may be the very one that a filing accuses (Arts. 22(2), 30).
    """
    refusal = by_party(state, command, context) or not_an_officer(context)
    return refusal or (None if _is_office(state, context) else not_holder(state, context))


def finder(state: Petition, context: Context) -> Authority:
    """The caller's authority: the responsible unit's own, or that of who registered the filing."""
    agency = context.principal.acting_agency
    own = agency == state.holder
    kind = common.AUTHORITY_KIND_HOLDER if own else common.AUTHORITY_KIND_REGISTRATION
    return Authority(kind=kind, organ=agency)


def _is_office(state: Petition, context: Context) -> bool:
    registration = state.registration
    return registration.petition_office and context.principal.acting_agency == registration.unit
