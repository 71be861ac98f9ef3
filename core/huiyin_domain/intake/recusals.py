"""Which requests for recusal are open, and that who is recused decides nothing in the case (Art. 28(3))."""

from collections.abc import Sequence

from google.protobuf.message import Message

from huiyin.intake.v1.service_pb2 import AskRecusalRequest, RequestRecusalRequest
from huiyin_domain.access import kept_out_by
from huiyin_domain.context import Principal
from huiyin_domain.directory import Directory
from huiyin_domain.intake.records import Recusal
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, forbidden

ART_28_3 = "Regulations of 2022, Art. 28(3)"
_ALWAYS = (RequestRecusalRequest, AskRecusalRequest)
"""What anybody may do: to ask decides nothing."""


def open_recusals(state: Petition) -> Sequence[Recusal]:
    """Requests that wait for a decision: with a move of responsibility one that was not decided is over."""
    return [one for one in state.recusals if not one.decided and one.epoch == state.epoch]


def standing_recusals(state: Petition) -> Sequence[Recusal]:
    """What is open, and what was granted."""
    return [*open_recusals(state), *(one for one in state.recusals if one.granted)]


def recused(state: Petition, principal: Principal) -> Refusal | None:
    """A refusal for an officer who is recused in the case, also when lent to another agency."""
    as_officer = {(agency, principal.officer) for agency in (principal.agency, principal.acting_agency)}
    if as_officer.isdisjoint((one.unit, one.officer) for one in state.recusals if one.granted):
        return None
    message = f"officer {principal.officer} is recused in this case: another officer has to act"
    return forbidden("RECUSED", message, ART_28_3, officer=principal.officer)


def recused_from(state: Petition, command: Message, principal: Principal) -> Refusal | None:
    """A refusal for what a recused officer would decide."""
    return None if isinstance(command, _ALWAYS) else recused(state, principal)


def reviewing_organ(state: Petition) -> str:
    """The organ that has the answer under review; empty while nobody reviews it."""
    return state.review.organ if state.review and not state.review.served_time else ""


def decider_of(state: Petition, unit: str, of_head: bool, directory: Directory) -> str:
    """Whose head decides: the unit's own; for its head, the organ one level above that is not accused itself.

    Where there is none above, another head of the unit has to (domain rules, 8: the head of the organ).
    """
    if not of_head:
        return unit
    kept_out = kept_out_by(directory)(state.accused_units)
    above = [one for one in directory.above(unit) if directory.handles_cases(one) and one not in kept_out]
    return above[0] if above else directory.outside(unit, kept_out) or unit
