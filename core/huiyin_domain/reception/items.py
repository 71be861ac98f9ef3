"""What the items of a resolution must be before they are put to the participants."""

from collections.abc import Iterator, Sequence

from huiyin.intake.v1.types_pb2 import (
    RESOLUTION_ITEM_KIND_ASSIGN,
    RESOLUTION_ITEM_KIND_REVOKE_TASK,
    RESOLUTION_ITEM_KIND_UNSPECIFIED,
)
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_domain.checks import due_date_fault
from huiyin_domain.context import Context
from huiyin_domain.reception.meeting_state import Meeting
from huiyin_domain.refusal import Refusal, invalid
from huiyin_domain.resolving import GIVES_TASK, ON_TASKS, task_unit


def items_fault(state: Meeting, items: Sequence[ResolutionItem], context: Context) -> Refusal | None:
    """The first thing wrong with the items, if anything is."""
    maximum = context.policy.limits.resolution_items_max
    if not 1 <= len(items) <= maximum:
        message = f"items has {len(items)} entries: a resolution takes from 1 to {maximum}"
        return invalid("ITEMS_OUT_OF_RANGE", message, field="items", maximum=str(maximum))
    faults = (fault for place, item in enumerate(items) for fault in _faults(state, place, item, context))
    return next(faults, None) or _repeated_id(items) or _assigned_twice(items)


def _faults(state: Meeting, place: int, item: ResolutionItem, context: Context) -> Iterator[Refusal]:
    field = f"items[{place}]"
    if item.kind == RESOLUTION_ITEM_KIND_UNSPECIFIED:
        yield invalid(
            "FIELD_REQUIRED",
            f"{field}.kind is missing: assign, task, revoke or move a task",
            field=f"{field}.kind",
        )
    if item.case_id not in state.case_ids:
        message = f"{field}.case_id is not on the agenda: resolve on the cases of the meeting"
        yield invalid(
            "CASE_NOT_ON_AGENDA", message, field=f"{field}.case_id", cases=",".join(state.case_ids[:40])
        )
    if fault := _unit_fault(state, field, item) or _task_fault(field, item, context):
        yield fault
    if item.epoch < 1:
        message = f"{field}.epoch is missing: say which epoch of the case the meeting knew"
        yield invalid("FIELD_REQUIRED", message, field=f"{field}.epoch")
    if fault := _date_fault(field, item, context):
        yield fault


def _unit_fault(state: Meeting, field: str, item: ResolutionItem) -> Refusal | None:
    if item.kind == RESOLUTION_ITEM_KIND_REVOKE_TASK:
        if not item.unit:
            return None
        message = f"{field}.unit is given, but the task says whose it is: leave it empty"
        return invalid("UNIT_NOT_ALLOWED", message, field=f"{field}.unit")
    if item.unit in state.participants:
        return None
    message = f"{field}.unit takes no part in the meeting: only participants can be given anything"
    names = ",".join(state.participants)
    return invalid("NOT_A_PARTICIPANT", message, field=f"{field}.unit", participants=names)


def _task_fault(field: str, item: ResolutionItem, context: Context) -> Refusal | None:
    """What is taken back or moved is a task that is still to be done; other items name none."""
    standing = context.standings.get(item.case_id)
    if item.kind not in ON_TASKS:
        message = f"{field}.task_item_id is given, but nothing is done about a task: leave it empty"
        allowed = not item.task_item_id
        return None if allowed else invalid("TASK_NOT_ALLOWED", message, field=f"{field}.task_item_id")
    if standing is not None and task_unit(item, standing):
        return None
    message = f"{field}.task_item_id names no task of the case that is still to be done: read the case again"
    return invalid("NO_OPEN_TASK", message, field=f"{field}.task_item_id")


def _date_fault(field: str, item: ResolutionItem, context: Context) -> Refusal | None:
    if item.kind in GIVES_TASK:
        return due_date_fault(f"{field}.due_date", item.due_date, context)
    if not item.due_date:
        return None
    message = f"{field}.due_date is given, but no task is: leave it empty, or add a task"
    return invalid("DUE_DATE_NOT_ALLOWED", message, field=f"{field}.due_date")


def _repeated_id(items: Sequence[ResolutionItem]) -> Refusal | None:
    given = [item.item_id for item in items if item.item_id]
    if len(given) == len(set(given)):
        return None
    return invalid("ITEM_ID_REPEATED", "two items have the same item_id: leave them empty", field="items")


def _assigned_twice(items: Sequence[ResolutionItem]) -> Refusal | None:
    """A case has one responsible unit (promise P2)."""
    assigned = [item.case_id for item in items if item.kind == RESOLUTION_ITEM_KIND_ASSIGN]
    twice = next((case_id for case_id in assigned if assigned.count(case_id) > 1), None)
    if twice is None:
        return None
    message = f"case {twice} is assigned twice: it can have one responsible unit"
    return invalid("ASSIGNED_TWICE", message, field="items", case_id=twice)
