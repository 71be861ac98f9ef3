"""When a decision moves responsibility: one rule for superiors, joint conferences and their meetings."""

from huiyin.common.v1.types_pb2 import Authority, Sealed
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import MoveBasis
from huiyin_domain.context import Context
from huiyin_domain.intake.guards import accused, in_status
from huiyin_domain.intake.handling import not_given, referral_held
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal

BEFORE_OPINION = (
    types.PETITION_STATUS_REGISTERED,
    types.PETITION_STATUS_CLASSIFIED,
    types.PETITION_STATUS_HANDED_OVER,
    types.PETITION_STATUS_OBJECTED,
    types.PETITION_STATUS_ACCEPTED,
    types.PETITION_STATUS_NOT_ACCEPTED,
    types.PETITION_STATUS_LED_INTO_PROCEDURE,
)


def concerned(state: Petition, unit: str) -> frozenset[str]:
    """The units concerned: who holds the matter, who was handed it, and who shall have it (Art. 24)."""
    return frozenset({state.holder, state.pending_unit or state.holder, unit})


def unmovable(state: Petition, unit: str, context: Context) -> Refusal | None:
    """A refusal unless the matter can be given to the unit: not to an accused one, nor once answered.

    What was answered goes on with who answered, through review too; what a judicial organ has stays there
    until it is handed back (Art. 28(2)). What a review sent back to be done again can be moved. An open offer
    does not stop it: it ends by it.
    """
    return (
        referral_held(state)
        or accused(state, unit, context)
        or not_given(state, unit, context.policy.directory)
        or in_status(state, *BEFORE_OPINION)
    )


def is_so_already(state: Petition, unit: str) -> bool:
    """Nothing to decide where the holder stays and nobody disputes it."""
    disputed = state.handover is not None or state.status == types.PETITION_STATUS_NOT_ACCEPTED
    return unit == state.holder and not disputed


def moved(
    state: Petition,
    to_unit: str,
    basis: MoveBasis.ValueType,
    basis_id: str,
    authority: Authority,
    reasons: Sealed | None = None,
) -> events.ResponsibilityMoved:
    """Where the holder stays responsible, the epoch still rises: the disputed hand-over is over."""
    return events.ResponsibilityMoved(
        from_unit=state.holder,
        to_unit=to_unit,
        epoch=state.epoch + 1,
        basis=basis,
        basis_id=basis_id,
        reasons=reasons,
        authority=authority,
    )
