"""Why an item of a bound resolution cannot be applied to its case as it stands (promises P2, P6, P13)."""

from collections.abc import Mapping, Sequence

from huiyin.common.v1.types_pb2 import Authority
from huiyin.intake.v1 import types_pb2 as types
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_domain.context import Context
from huiyin_domain.dates import parse_date
from huiyin_domain.intake.guards import accused
from huiyin_domain.intake.moving import unmovable
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal
from huiyin_domain.resolving import ON_TASKS

_KINDS = tuple(kind for kind in types.ResolutionItemKind.values() if kind)


def reason_against(
    states: Mapping[str, Petition],
    items: Sequence[ResolutionItem],
    item: ResolutionItem,
    authority: Authority | None,
    context: Context,
) -> str:
    """The first reason; empty when there is none. `authority` is what the item stands on, if anything."""
    state = states.get(item.case_id, Petition())
    if not state.exists:
        return "NO_SUCH_CASE"
    fault = _stale(state, item) or _item_fault(state, item, context) or _conflict(items, item)
    return fault or ("" if authority is not None else "NOT_SIGNED")


def _stale(state: Petition, item: ResolutionItem) -> str:
    """The meeting resolved on the case as it knew it (promise P2)."""
    if item.epoch < state.epoch:
        return "STALE_EPOCH"
    if item.epoch > state.epoch:
        return "EPOCH_AHEAD"
    if state.status == types.PETITION_STATUS_CLOSED:
        return "ALREADY_CLOSED"
    return "REFERRAL_OPEN" if state.referral and item.kind not in ON_TASKS else ""


def _item_fault(state: Petition, item: ResolutionItem, context: Context) -> str:
    if item.kind not in _KINDS:
        return "UNKNOWN_ITEM_KIND"
    if fault := _task_fault(state, item):
        return fault
    if item.kind == types.RESOLUTION_ITEM_KIND_REVOKE_TASK:
        return ""
    if item.unit not in context.policy.directory:
        return "UNKNOWN_UNIT"
    if not context.policy.directory.handles_cases(item.unit):
        return "UNIT_HANDLES_NO_CASES"
    if refusal := _cannot_be_given(state, item, context):
        return refusal.reason
    return "MALFORMED_DATE" if item.due_date and parse_date(item.due_date) is None else ""


def _task_fault(state: Petition, item: ResolutionItem) -> str:
    """What is taken back or moved has to be there and still to do."""
    if item.kind not in ON_TASKS:
        return ""
    task = state.task(item.task_item_id)
    return "" if task and task.open else "NO_OPEN_TASK"


def _cannot_be_given(state: Petition, item: ResolutionItem, context: Context) -> Refusal | None:
    """A meeting moves no more than a superior may: both follow one rule."""
    if item.kind == types.RESOLUTION_ITEM_KIND_ASSIGN:
        return unmovable(state, item.unit, context)
    return accused(state, item.unit, context)


def _conflict(items: Sequence[ResolutionItem], item: ResolutionItem) -> str:
    """A case has one responsible unit, and a task one fate: a resolution decides each once."""
    same = [other for other in items if other.case_id == item.case_id]
    if item.kind == types.RESOLUTION_ITEM_KIND_ASSIGN:
        return "ASSIGNED_TWICE" if sum(other.kind == item.kind for other in same) > 1 else ""
    if item.kind in ON_TASKS:
        twice = sum(other.task_item_id == item.task_item_id for other in same) > 1
        return "TASK_DECIDED_TWICE" if twice else ""
    return ""
