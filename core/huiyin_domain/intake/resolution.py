"""How a bound resolution takes effect on its cases: on all of them, or visibly on none (promise P6).

Each item is judged by its case as it stands; one that cannot be applied says why (promises P2, P13).
"""

from collections.abc import Callable, Mapping, Sequence

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.reception.v1.events_pb2 import ResolutionBound
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_domain.authority import ON_TASKS, carried_by
from huiyin_domain.context import Context
from huiyin_domain.dates import parse_date
from huiyin_domain.intake.competence import with_offer_ended
from huiyin_domain.intake.guards import accused
from huiyin_domain.intake.responsibility import is_so_already, moved, unmovable
from huiyin_domain.intake.standing import standing
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal

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


OTHER_ITEM_REFUSED = "OTHER_ITEM_REFUSED"
"""Nothing is wrong with this item: another one of the same resolution could not be applied."""

PetitionsByCase = Mapping[str, Petition]


def apply_resolution(
    states: PetitionsByCase, bound: ResolutionBound, context: Context
) -> Mapping[str, Sequence[Message]]:
    """The events for each case. An item that was settled before is not settled again.

    The case itself looks whether the units that an item takes from or gives to have signed it, or who stands
    above them ordered it (promise P13). A refused item whose case does not exist has no stream: it is
    recorded in the first case that does.
    """
    items = bound.items
    unsettled = [item for item in items if not _among(item, states, _settled)]
    authorities = {item.item_id: _authority(states, bound, item, context) for item in unsettled}
    reasons = {
        item.item_id: reason_against(states, items, item, authorities[item.item_id], context)
        for item in unsettled
    }
    agreed = not any(reasons.values()) and not any(_among(item, states, _refused_items) for item in items)
    decided: dict[str, list[Message]] = {}
    for item in unsettled:
        authority = authorities[item.item_id]
        if agreed and authority is not None:
            made = _applied(states[item.case_id], bound, item, authority)
        else:
            made = [_refused(bound, item, reasons[item.item_id] or OTHER_ITEM_REFUSED)]
        if case_id := _recorded_in(states, item):
            decided.setdefault(case_id, []).extend(made)
    return {case_id: with_offer_ended(states[case_id], made) for case_id, made in decided.items()}


def _authority(
    states: PetitionsByCase, bound: ResolutionBound, item: ResolutionItem, context: Context
) -> Authority | None:
    """On whose authority the item stands, as the case is now."""
    state, directory = states.get(item.case_id, Petition()), context.policy.directory
    signed, ordered, resolution_id = bound.signed_by, bound.ordered_by, bound.resolution_id
    return carried_by(item, standing(state), signed, ordered, directory, resolution_id)


def _among(
    item: ResolutionItem, states: PetitionsByCase, items_of: Callable[[Petition], frozenset[str]]
) -> bool:
    return any(item.item_id in items_of(state) for state in states.values())


def _settled(state: Petition) -> frozenset[str]:
    return state.applied_items | state.refused_items


def _refused_items(state: Petition) -> frozenset[str]:
    return state.refused_items


def _recorded_in(states: PetitionsByCase, item: ResolutionItem) -> str:
    existing = [case_id for case_id, state in states.items() if state.exists]
    return item.case_id if item.case_id in existing else next(iter(existing), "")


def _applied(
    state: Petition, bound: ResolutionBound, item: ResolutionItem, authority: Authority
) -> list[Message]:
    applied = events.ResolutionItemApplied(
        meeting_id=bound.meeting_id,
        resolution_id=bound.resolution_id,
        item_id=item.item_id,
        kind=item.kind,
        unit=item.unit,
        due_date=item.due_date,
        authority=authority,
        task_item_id=item.task_item_id,
    )
    if item.kind != types.RESOLUTION_ITEM_KIND_ASSIGN or is_so_already(state, item.unit):
        return [applied]
    basis = types.MOVE_BASIS_RESOLUTION
    return [applied, moved(state, item.unit, basis, bound.resolution_id, authority)]


def _refused(bound: ResolutionBound, item: ResolutionItem, reason: str) -> Message:
    return events.ResolutionItemRefused(
        meeting_id=bound.meeting_id,
        resolution_id=bound.resolution_id,
        item_id=item.item_id,
        reason=reason,
    )
