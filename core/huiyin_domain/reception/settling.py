"""What becomes of bound items: each is applied to its case or refused there, once (promise P6)."""

import re

from huiyin.reception.v1 import events_pb2 as events
from huiyin.reception.v1 import service_pb2 as commands
from huiyin.reception.v1 import types_pb2 as types
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.principal import Role
from huiyin_domain.reception.guards import no_meeting, other_resolution, wrong_status
from huiyin_domain.reception.meeting_state import Meeting
from huiyin_domain.refusal import Refusal, forbidden, invalid, missing, wrong_state

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
