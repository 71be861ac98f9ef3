"""How a bound resolution takes effect on its cases: on all of them, or visibly on none (promise P6)."""

from collections.abc import Callable, Mapping, Sequence

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_RESOLUTION, Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_domain.context import Context
from huiyin_domain.dates import parse_date
from huiyin_domain.intake.guards import accused
from huiyin_domain.intake.moving import is_so_already, moved, unmovable
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal

OTHER_ITEM_REFUSED = "OTHER_ITEM_REFUSED"
"""Nothing is wrong with this item: another one of the same resolution could not be applied."""

Cases = Mapping[str, Petition]

_KINDS = (types.RESOLUTION_ITEM_KIND_ASSIGN, types.RESOLUTION_ITEM_KIND_TASK)


def apply_resolution(
    states: Cases, meeting_id: str, resolution_id: str, items: Sequence[ResolutionItem], context: Context
) -> Mapping[str, list[Message]]:
    """The events for each case. An item that was settled before is not settled again.

    A refused item whose case does not exist has no stream: it is recorded in the first case that does.
    """
    unsettled = [item for item in items if not _among(item, states, _settled)]
    reasons = {item.item_id: _reason_against(states, items, item, context) for item in unsettled}
    agreed = not any(reasons.values()) and not any(_among(item, states, _refused_items) for item in items)
    decided: dict[str, list[Message]] = {}
    for item in unsettled:
        if agreed:
            made = _applied(states[item.case_id], meeting_id, resolution_id, item)
        else:
            made = [_refused(meeting_id, resolution_id, item, reasons[item.item_id] or OTHER_ITEM_REFUSED)]
        if case_id := _recorded_in(states, item):
            decided.setdefault(case_id, []).extend(made)
    return decided


def _among(item: ResolutionItem, states: Cases, items_of: Callable[[Petition], frozenset[str]]) -> bool:
    return any(item.item_id in items_of(state) for state in states.values())


def _settled(state: Petition) -> frozenset[str]:
    return state.applied_items | state.refused_items


def _refused_items(state: Petition) -> frozenset[str]:
    return state.refused_items


def _recorded_in(states: Cases, item: ResolutionItem) -> str:
    existing = [case_id for case_id, state in states.items() if state.exists]
    return item.case_id if item.case_id in existing else next(iter(existing), "")


def _reason_against(
    states: Cases, items: Sequence[ResolutionItem], item: ResolutionItem, context: Context
) -> str:
    """Why this item cannot be applied to its case as it stands; empty when it can."""
    state = states.get(item.case_id, Petition())
    if not state.exists:
        return "NO_SUCH_CASE"
    return _stale(state, item) or _item_fault(state, item, context) or _conflict(items, item)


def _stale(state: Petition, item: ResolutionItem) -> str:
    """The meeting resolved on the case as it knew it (promise P2)."""
    if item.epoch < state.epoch:
        return "STALE_EPOCH"
    if item.epoch > state.epoch:
        return "EPOCH_AHEAD"
    if state.status == types.PETITION_STATUS_CLOSED:
        return "ALREADY_CLOSED"
    return "REFERRAL_OPEN" if state.referral else ""


def _item_fault(state: Petition, item: ResolutionItem, context: Context) -> str:
    if item.kind not in _KINDS:
        return "UNKNOWN_ITEM_KIND"
    if item.unit not in context.policy.directory:
        return "UNKNOWN_UNIT"
    if refusal := _cannot_be_given(state, item, context):
        return refusal.reason
    return "MALFORMED_DATE" if item.due_date and parse_date(item.due_date) is None else ""


def _cannot_be_given(state: Petition, item: ResolutionItem, context: Context) -> Refusal | None:
    """A meeting moves no more than a superior may: both follow one rule."""
    if item.kind == types.RESOLUTION_ITEM_KIND_ASSIGN:
        return unmovable(state, item.unit, context)
    return accused(state, item.unit, context)


def _conflict(items: Sequence[ResolutionItem], item: ResolutionItem) -> str:
    """A case has one responsible unit, so a resolution assigns it once."""
    assigned = [
        other
        for other in items
        if other.case_id == item.case_id and other.kind == types.RESOLUTION_ITEM_KIND_ASSIGN
    ]
    return "ASSIGNED_TWICE" if item in assigned and len(assigned) > 1 else ""


def _applied(state: Petition, meeting_id: str, resolution_id: str, item: ResolutionItem) -> list[Message]:
    applied = events.ResolutionItemApplied(
        meeting_id=meeting_id,
        resolution_id=resolution_id,
        item_id=item.item_id,
        kind=item.kind,
        unit=item.unit,
        due_date=item.due_date,
    )
    if item.kind != types.RESOLUTION_ITEM_KIND_ASSIGN or is_so_already(state, item.unit):
        return [applied]
    authority = Authority(kind=AUTHORITY_KIND_RESOLUTION, organ=state.holder, basis_id=resolution_id)
    basis = types.MOVE_BASIS_RESOLUTION
    return [applied, moved(state, item.unit, basis, resolution_id, authority)]


def _refused(meeting_id: str, resolution_id: str, item: ResolutionItem, reason: str) -> Message:
    return events.ResolutionItemRefused(
        meeting_id=meeting_id, resolution_id=resolution_id, item_id=item.item_id, reason=reason
    )
