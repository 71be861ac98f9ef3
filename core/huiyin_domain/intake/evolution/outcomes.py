"""What execution, closing, rating and resolutions change in a petition."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.intake.records import Task
from huiyin_domain.intake.replacing import replace
from huiyin_domain.intake.state import Petition


def support_executed(state: Petition, event: events.SupportExecuted) -> Petition:
    """It is the last opinion that was carried out."""
    last = tuple(replace(opinion, executed=True) for opinion in state.opinions[-1:])
    return state._replace(opinions=(*state.opinions[:-1], *last))


def closed(state: Petition, event: events.PetitionClosed) -> Petition:
    return state._replace(status=types.PETITION_STATUS_CLOSED, closing=event.kind)


def rated(state: Petition, event: events.PetitionRated) -> Petition:
    return state._replace(rated=True)


def item_applied(state: Petition, event: events.ResolutionItemApplied) -> Petition:
    """A task gives its unit a part in the case; an assignment moves responsibility by its own event."""
    state = state._replace(applied_items=state.applied_items | {event.item_id})
    if event.kind != types.RESOLUTION_ITEM_KIND_TASK:
        return state
    task = Task(event.item_id, event.unit, event.due_date)
    return state._replace(tasks=(*state.tasks, task), parties=state.parties | {event.unit})


def item_refused(state: Petition, event: events.ResolutionItemRefused) -> Petition:
    return state._replace(refused_items=state.refused_items | {event.item_id})


def task_done(state: Petition, event: events.ResolutionTaskDone) -> Petition:
    tasks = tuple(replace(task, done=True) if task.item_id == event.item_id else task for task in state.tasks)
    return state._replace(tasks=tasks)
