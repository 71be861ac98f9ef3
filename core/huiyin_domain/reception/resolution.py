"""A meeting's resolution: its items, how it is proposed and signed, what becomes of each (promise P6)."""

import re
from collections.abc import Iterator, Sequence
from uuid import UUID, uuid5

from huiyin.intake.v1.types_pb2 import (
    RESOLUTION_ITEM_KIND_ASSIGN,
    RESOLUTION_ITEM_KIND_REVOKE_TASK,
    RESOLUTION_ITEM_KIND_UNSPECIFIED,
)
from huiyin.reception.v1 import events_pb2 as events
from huiyin.reception.v1 import service_pb2 as commands
from huiyin.reception.v1 import types_pb2 as types
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_domain.authority import GIVES_TASK, ON_TASKS, task_unit
from huiyin_domain.checks import due_date_fault, not_an_officer, sealed_of
from huiyin_domain.context import Context, Role
from huiyin_domain.dates import stamp
from huiyin_domain.decider import Decision
from huiyin_domain.reception.guards import (
    no_meeting,
    not_called,
    not_competent,
    other_resolution,
    wrong_status,
)
from huiyin_domain.reception.meeting_state import Meeting
from huiyin_domain.refusal import Refusal, forbidden, invalid, missing, wrong_state


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


_BEFORE_RESOLVING = (
    types.MEETING_STATUS_OPEN,
    types.MEETING_STATUS_PROPOSED,
    types.MEETING_STATUS_SETTLED,
)
_DISSENT_ARTICLE = "2016 rules on responsibility for petition work, Art. 11(2)"


def propose(state: Meeting, command: commands.ProposeResolutionRequest, context: Context) -> Decision:
    """Puts a resolution before the participants; an earlier one that nobody is bound by is replaced.

    Once the items of an earlier one are settled, applied or refused, the meeting can resolve anew.
    """
    resolution_id = context.new_ids[0]
    if state.resolution_id == resolution_id:
        return ()
    refusal = not_competent(state, context) or wrong_status(state, *_BEFORE_RESOLVING)
    if refusal := refusal or items_fault(state, command.items, context):
        return refusal
    items = [_named(item, resolution_id, place) for place, item in enumerate(command.items)]
    minutes = sealed_of(command.minutes)
    return (
        events.ResolutionProposed(
            resolution_id=resolution_id,
            items=items,
            minutes=minutes,
            speakers=state.participants,
            proposed_time=stamp(context.now),  # nobody's time to speak is shortened by a late entry
        ),
    )


def _named(item: ResolutionItem, resolution_id: str, place: int) -> ResolutionItem:
    """The item with an id of the resolution's own: what a caller gives is a label within it (promise P6)."""
    named = ResolutionItem()
    named.CopyFrom(item)
    named.item_id = str(uuid5(UUID(resolution_id), item.item_id or str(place)))
    return named


def sign(state: Meeting, command: commands.SignResolutionRequest, context: Context) -> Decision:
    """A participant countersigns through an officer, once."""
    principal = context.principal
    if refusal := _cannot_speak(state, command.resolution_id, context):
        return refusal
    if principal.acting_agency in state.signed:
        return ()
    if refusal := _cannot_speak_now(state, context):
        return refusal
    signed = events.ResolutionSigned(
        resolution_id=state.resolution_id, agency=principal.acting_agency, officer=principal.officer
    )
    return (signed,)


def dissent(state: Meeting, command: commands.DissentFromResolutionRequest, context: Context) -> Decision:
    """A participant dissents by name, once: who clearly opposed is not liable (2016 rules, Art. 11(2))."""
    agency = context.principal.acting_agency
    if refusal := _cannot_speak(state, command.resolution_id, context):
        return refusal
    if agency in state.dissented:
        return ()
    if refusal := _cannot_speak_now(state, context):
        return refusal
    reasons = sealed_of(command.reasons)
    return (events.ResolutionDissented(resolution_id=state.resolution_id, agency=agency, reasons=reasons),)


def _cannot_speak(state: Meeting, resolution_id: str, context: Context) -> Refusal | None:
    if refusal := not_called(state, context) or not_an_officer(context):
        return refusal
    if context.principal.acting_agency in state.participants:
        return other_resolution(state, resolution_id)
    message = "only participants sign or dissent: the caller's agency was not called to this meeting"
    return forbidden("NOT_A_PARTICIPANT", message, participants=",".join(state.participants))


def _cannot_speak_now(state: Meeting, context: Context) -> Refusal | None:
    agency = context.principal.acting_agency
    if agency in state.signed or agency in state.dissented:
        message = f"{agency} has spoken on this resolution: a change of mind takes a new proposal"
        return wrong_state("ALREADY_SPOKEN", message, _DISSENT_ARTICLE, resolution_id=state.resolution_id)
    return wrong_status(state, types.MEETING_STATUS_PROPOSED)


_REASON = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


def settle(state: Meeting, command: commands.SettleItemRequest, context: Context) -> Decision:
    """Records the answer of an item's case; with the last one the resolution is settled."""
    settled = events.ItemSettled(
        resolution_id=command.resolution_id,
        item_id=command.item_id,
        applied=command.applied,
        reason=command.reason,
    )
    if refusal := _cannot_settle(state, command, context):
        return refusal
    if earlier := state.outcome(command.item_id):
        return () if earlier == settled else _settled_otherwise(earlier)
    if refusal := wrong_status(state, types.MEETING_STATUS_BOUND):
        return refusal
    if len(state.outcomes) + 1 < len(state.items):
        return (settled,)
    return settled, events.ResolutionSettled(resolution_id=state.resolution_id)


def _cannot_settle(state: Meeting, command: commands.SettleItemRequest, context: Context) -> Refusal | None:
    if not context.principal.has(Role.SERVICE):
        return forbidden("SERVICE_ONLY", "items are settled by the platform's own services, from their cases")
    if refusal := no_meeting(state) or other_resolution(state, command.resolution_id):
        return refusal
    if state.item(command.item_id) is None:
        return missing("NO_SUCH_ITEM", f"the resolution has no item {command.item_id}: check item_id")
    return _reason_fault(command)


def _reason_fault(command: commands.SettleItemRequest) -> Refusal | None:
    if command.reason and not _REASON.fullmatch(command.reason):
        message = "reason is no reason for machines: give the refusal's own, such as STALE_EPOCH"
        return invalid("MALFORMED_REASON", message, field="reason")
    if command.applied == bool(command.reason):
        message = "a refused item has a reason and an applied one has none: mend reason or applied"
        return invalid("REASON_MISMATCH", message, field="reason")
    return None


def _settled_otherwise(earlier: events.ItemSettled) -> Refusal:
    outcome = "applied" if earlier.applied else "refused"
    message = f"item {earlier.item_id} was {outcome}: an item is settled once"
    return wrong_state("ITEM_SETTLED_OTHERWISE", message, outcome=outcome, why=earlier.reason)
