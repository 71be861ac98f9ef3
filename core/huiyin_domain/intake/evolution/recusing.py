"""What requests for recusal and the decisions on them change in a petition."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin_domain.intake.records import Recusal
from huiyin_domain.intake.replacing import replace
from huiyin_domain.intake.state import Petition


def requested(state: Petition, event: events.RecusalRequested) -> Petition:
    """Nothing else changes: the matter goes on meanwhile."""
    asked = Recusal(event.recusal_id, event.unit, event.officer, event.decider, state.epoch)
    return state._replace(recusals=(*state.recusals, asked))


def decided(state: Petition, event: events.RecusalDecided) -> Petition:
    """Who is recused stays so for as long as the case lasts."""
    recusals = tuple(
        replace(one, officer=event.officer, decided=True, granted=event.granted)
        if one.recusal_id == event.recusal_id
        else one
        for one in state.recusals
    )
    return state._replace(recusals=recusals)
