"""Promise P6, bound is bound: a resolution takes effect once bound, on all its cases or on none."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from huiyin.intake.v1.events_pb2 import ResolutionItemApplied, ResolutionItemRefused
from huiyin.reception.v1.events_pb2 import ItemSettled, ResolutionBound, ResolutionSettled
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_audit.findings import AuditRule, Finding, Verdict, verdict
from huiyin_audit.history import History, HistoryEntry

NEVER_BOUND = AuditRule(
    "NEVER_BOUND",
    "决议 {resolution} 的事项 {item} 有结果，该决议却未生效或没有此事项",
    "item {item} has an outcome, but its resolution {resolution} never bound or has no such item",
)
APPLIED_BEFORE_BOUND = AuditRule(
    "APPLIED_BEFORE_BOUND",
    "决议事项 {item} 在决议生效之前即已执行",
    "item {item} was applied before its resolution bound",
)
ITEM_ENDS_TWICE = AuditRule(
    "ITEM_ENDS_TWICE",
    "决议事项 {item} 已有结果，又出现一次",
    "item {item} had its outcome already and gets another",
)
ITEM_ALTERED = AuditRule(
    "ITEM_ALTERED",
    "决议事项 {item} 的执行与所签内容不同（信访事项、种类、单位或期限）",
    "item {item} was applied other than signed (case, kind, unit or date)",
)
PARTLY_APPLIED = AuditRule(
    "PARTLY_APPLIED",
    "决议 {resolution} 有 {applied} 项执行、{refused} 项拒绝：只能全部执行或全部不执行",
    "of resolution {resolution} {applied} items were applied and {refused} refused: it is all or none",
)
REFUSED_WITHOUT_CAUSE = AuditRule(
    "REFUSED_WITHOUT_CAUSE",
    "决议 {resolution} 被拒绝，却没有一项写明自身的理由",
    "resolution {resolution} was refused, but no item gives a reason of its own",
)
NO_OUTCOME = AuditRule(
    "NO_OUTCOME",
    "决议事项 {item} 既未执行也未拒绝",
    "item {item} was neither applied nor refused",
)
NOT_SETTLED = AuditRule(
    "NOT_SETTLED",
    "决议事项 {item} 的结果没有回到会议",
    "the outcome of item {item} did not come back to the meeting",
)
SETTLED_OTHERWISE = AuditRule(
    "SETTLED_OTHERWISE",
    "会议所记事项 {item} 的结果与该信访事项所记不同，或早于它",
    "the meeting has another outcome of item {item} than its case, or had it before its case",
)
SETTLED_TOO_SOON = AuditRule(
    "SETTLED_TOO_SOON",
    "决议 {resolution} 记为办结，其事项尚未全部有结果",
    "resolution {resolution} was called settled before all its items were",
)


OTHER_ITEM_REFUSED = "OTHER_ITEM_REFUSED"
"""Why an item is refused that could have been applied, had another one of its resolution not failed."""


@dataclass(slots=True)
class _Resolution:
    """A bound resolution and what became of its items."""

    entry: HistoryEntry
    event: ResolutionBound
    outcomes: dict[str, HistoryEntry] = field(default_factory=dict)
    settled: dict[str, HistoryEntry] = field(default_factory=dict)


def check(history: History) -> Verdict:
    """Compares what meetings bound, what cases did with it, and what meetings heard of that."""
    bound = {
        entry.message.resolution_id: _Resolution(entry, entry.message)
        for entry in history.entries("reception")
        if isinstance(entry.message, ResolutionBound)
    }
    violations = [*_outcomes(history, bound), *_settlements(history, bound)]
    for resolution in bound.values():
        violations += _all_or_none(resolution)
    unfinished = [finding for resolution in bound.values() for finding in _unfinished(resolution)]
    if history.at_rest:
        return verdict("P6 bound is bound", [*violations, *unfinished])
    return verdict("P6 bound is bound", violations, unfinished)


def _outcomes(history: History, bound: dict[str, _Resolution]) -> Iterator[Finding]:
    """Each outcome on a case, beside the resolution that it comes from."""
    for entry in history.entries("intake"):
        event = entry.message
        if not isinstance(event, ResolutionItemApplied | ResolutionItemRefused):
            continue
        resolution = bound.get(event.resolution_id)
        item = _item(resolution, event.item_id)
        if resolution is None or item is None:
            yield NEVER_BOUND.at(entry.place, resolution=event.resolution_id, item=event.item_id)
            continue
        if event.item_id in resolution.outcomes:
            yield ITEM_ENDS_TWICE.at(entry.place, item=event.item_id)
        resolution.outcomes.setdefault(event.item_id, entry)
        if _precedes(entry, resolution.entry):
            yield APPLIED_BEFORE_BOUND.at(entry.place, item=event.item_id)
        if not _as_signed(entry, event, item, resolution.event):
            yield ITEM_ALTERED.at(entry.place, item=event.item_id)


def _item(resolution: _Resolution | None, item_id: str) -> ResolutionItem | None:
    items = resolution.event.items if resolution else ()
    return next((item for item in items if item.item_id == item_id), None)


def _precedes(effect: HistoryEntry, bound: HistoryEntry) -> bool:
    """By what the effect says it had seen; where it says nothing, by the time of recording."""
    seen = [cause.version for cause in effect.metadata.causes if cause.stream == bound.fact.stream]
    if seen:
        return max(seen) < bound.fact.version
    return effect.fact.recorded < bound.fact.recorded


def _as_signed(
    entry: HistoryEntry,
    event: ResolutionItemApplied | ResolutionItemRefused,
    item: ResolutionItem,
    bound: ResolutionBound,
) -> bool:
    """A refusal may stand on another case of the resolution: its own may not exist."""
    if isinstance(event, ResolutionItemRefused):
        return entry.fact.stream in {f"petition-{other.case_id}" for other in bound.items}
    asked = (f"petition-{item.case_id}", item.kind, item.unit, item.due_date)
    return (entry.fact.stream, event.kind, event.unit, event.due_date) == asked


def _settlements(history: History, bound: dict[str, _Resolution]) -> Iterator[Finding]:
    """Each outcome that a meeting heard of, beside the outcome on the case."""
    for entry in history.entries("reception"):
        event = entry.message
        if isinstance(event, ItemSettled) and event.resolution_id in bound:
            resolution = bound[event.resolution_id]
            outcome = resolution.outcomes.get(event.item_id)
            if outcome is None or not _agrees(event, outcome):
                yield SETTLED_OTHERWISE.at(entry.place, item=event.item_id)
            resolution.settled[event.item_id] = entry
        elif isinstance(event, ResolutionSettled):
            settled = bound[event.resolution_id].settled if event.resolution_id in bound else {}
            items = bound[event.resolution_id].event.items if event.resolution_id in bound else ()
            if not settled or {item.item_id for item in items} != settled.keys():
                yield SETTLED_TOO_SOON.at(entry.place, resolution=event.resolution_id)


def _agrees(settled: ItemSettled, outcome: HistoryEntry) -> bool:
    if isinstance(outcome.message, ResolutionItemRefused):
        return not settled.applied and settled.reason == outcome.message.reason
    return settled.applied


def _all_or_none(resolution: _Resolution) -> Iterator[Finding]:
    outcomes = [entry.message for entry in resolution.outcomes.values()]
    refusals = [event for event in outcomes if isinstance(event, ResolutionItemRefused)]
    applied = len(outcomes) - len(refusals)
    place, name = resolution.entry.place, resolution.event.resolution_id
    if applied and refusals:
        yield PARTLY_APPLIED.at(place, resolution=name, applied=applied, refused=len(refusals))
    complete = len(outcomes) == len(resolution.event.items)
    own = [event for event in refusals if event.reason not in ("", OTHER_ITEM_REFUSED)]
    if (refusals and complete and not own) or any(not event.reason for event in refusals):
        yield REFUSED_WITHOUT_CAUSE.at(place, resolution=name)


def _unfinished(resolution: _Resolution) -> Iterator[Finding]:
    """What is still to come; nothing of it may be missing once all is at rest."""
    for item in resolution.event.items:
        if item.item_id not in resolution.outcomes:
            yield NO_OUTCOME.at(resolution.entry.place, item=item.item_id)
        elif item.item_id not in resolution.settled:
            yield NOT_SETTLED.at(resolution.entry.place, item=item.item_id)
