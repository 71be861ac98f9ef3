"""How a bound resolution takes effect on its cases: on all of them, or visibly on none (promise P6)."""

from collections.abc import Callable, Mapping, Sequence

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.reception.v1.events_pb2 import ResolutionBound
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_domain.context import Context
from huiyin_domain.intake.item_faults import reason_against
from huiyin_domain.intake.moving import is_so_already, moved
from huiyin_domain.intake.offers import with_offer_ended
from huiyin_domain.intake.reading import standing
from huiyin_domain.intake.state import Petition
from huiyin_domain.resolving import carried_by

OTHER_ITEM_REFUSED = "OTHER_ITEM_REFUSED"
"""Nothing is wrong with this item: another one of the same resolution could not be applied."""

Cases = Mapping[str, Petition]


def apply_resolution(
    states: Cases, bound: ResolutionBound, context: Context
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
    states: Cases, bound: ResolutionBound, item: ResolutionItem, context: Context
) -> Authority | None:
    """On whose authority the item stands, as the case is now."""
    state, directory = states.get(item.case_id, Petition()), context.policy.directory
    signed, ordered, resolution_id = bound.signed_by, bound.ordered_by, bound.resolution_id
    return carried_by(item, standing(state), signed, ordered, directory, resolution_id)


def _among(item: ResolutionItem, states: Cases, items_of: Callable[[Petition], frozenset[str]]) -> bool:
    return any(item.item_id in items_of(state) for state in states.values())


def _settled(state: Petition) -> frozenset[str]:
    return state.applied_items | state.refused_items


def _refused_items(state: Petition) -> frozenset[str]:
    return state.refused_items


def _recorded_in(states: Cases, item: ResolutionItem) -> str:
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
