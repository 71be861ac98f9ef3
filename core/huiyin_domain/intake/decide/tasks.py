"""A unit reports that its task from a bound resolution is done (Art. 12(2): members report carrying-out)."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1.service_pb2 import CompleteTaskRequest
from huiyin_domain.checks import content_missing, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import by_party
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import forbidden, missing, wrong_state


def complete_task(state: Petition, command: CompleteTaskRequest, context: Context) -> Decision:
    """Only by the unit that has the task; once."""
    if refusal := by_party(state, command, context):
        return refusal
    task = state.task(command.item_id)
    if task is None:
        known = ",".join(task.item_id for task in state.tasks)
        return missing("NO_SUCH_TASK", f"no task {command.item_id} here: check item_id", items=known)
    if context.principal.acting_agency != task.unit:
        return forbidden(
            "NOT_THE_TASK_UNIT", f"{task.unit} has this task: only it reports it", unit=task.unit
        )
    if refusal := content_missing("report", command.report):
        return refusal
    if task.done:
        return wrong_state("TASK_DONE", "the task was reported done: that report stands", unit=task.unit)
    if task.revoked:
        return wrong_state(
            "TASK_REVOKED", "a later resolution took this task back: there is nothing to report"
        )
    return (events.ResolutionTaskDone(item_id=task.item_id, report=sealed_of(command.report)),)
