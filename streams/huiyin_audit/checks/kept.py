"""Promise P8, kept: what was acknowledged is in the log, once, and sending it again changes nothing."""

from collections.abc import Iterator
from itertools import pairwise

from huiyin.common.v1.types_pb2 import Receipt
from huiyin_audit.findings import AuditRule, Finding, FindingPlace, Verdict, verdict
from huiyin_audit.history import History, HistoryEntry, SentCommand

ACKNOWLEDGED_BUT_LOST = AuditRule(
    "ACKNOWLEDGED_BUT_LOST",
    "请求 {request_id} 已答复成功，回执所指位置没有事件",
    "request {request_id} was answered OK, but there is no event where its receipt says",
)
RECEIPT_DIFFERS = AuditRule(
    "RECEIPT_DIFFERS",
    "请求 {request_id} 的回执与日志中该位置的事件不符（流、版本或哈希）",
    "the receipt of request {request_id} does not match the event there (stream, version or hash)",
)
EVENT_COUNT_DIFFERS = AuditRule(
    "EVENT_COUNT_DIFFERS",
    "请求 {request_id} 的回执称写入 {told} 个事件，日志中有 {found} 个",
    "the receipt of request {request_id} tells of {told} events, the log has {found} of it",
)
DONE_TWICE = AuditRule(
    "DONE_TWICE",
    "请求 {request_id} 的事件分散在日志中：该请求生效了不止一次",
    "events of request {request_id} stand apart in the log: it took effect more than once",
)
REPEATED_ANSWER_DIFFERS = AuditRule(
    "REPEATED_ANSWER_DIFFERS",
    "请求 {request_id} 再次发送时得到了不同的答复",
    "request {request_id} got another answer when it was sent again",
)
REFUSED_BUT_WRITTEN = AuditRule(
    "REFUSED_BUT_WRITTEN",
    "请求 {request_id} 被拒绝（{status}），日志中却有它的事件",
    "request {request_id} was refused ({status}), yet the log has events of it",
)
NO_CALLS = AuditRule(
    "NO_CALLS",
    "历史中没有记录任何调用，无从判断答复是否保住",
    "the history records no calls, so nothing can be said of what was acknowledged",
)

REFUSALS = frozenset(
    {
        "INVALID_ARGUMENT",
        "FAILED_PRECONDITION",
        "ABORTED",
        "PERMISSION_DENIED",
        "NOT_FOUND",
        "UNAUTHENTICATED",
        "OUT_OF_RANGE",
        "RESOURCE_EXHAUSTED",
        "UNIMPLEMENTED",
    }
)
"""Statuses that say for certain that nothing was written. Any other but OK leaves it unknown."""


def check_log(history: History) -> Verdict:
    """Judges every recorded call, and every request in the logs. Without calls it cannot be told."""
    questions = [] if history.calls else [NO_CALLS.at(FindingPlace(""))]
    violations = list(_done_twice(history))
    for calls in _by_request(history).values():
        answered = [call for call in calls if call.status == "OK" and call.receipt is not None]
        violations += [finding for call in answered for finding in _receipt_faults(history, call)]
        violations += _different_answers(answered)
        violations += _refused_but_written(history, calls)
    return verdict("P8 kept", violations, questions)


def _by_request(history: History) -> dict[str, list[SentCommand]]:
    found: dict[str, list[SentCommand]] = {}
    for call in history.calls:
        found.setdefault(call.request_id, []).append(call)
    return found


def _receipt_faults(history: History, call: SentCommand) -> Iterator[Finding]:
    receipt = call.receipt
    assert receipt is not None
    place = FindingPlace(receipt.log, receipt.position, receipt.stream)
    entry = history.by_position.get((receipt.log, receipt.position))
    if entry is None:
        yield ACKNOWLEDGED_BUT_LOST.at(place, request_id=call.request_id)
    elif (receipt.stream, receipt.version, receipt.hash) != _identity(entry):
        yield RECEIPT_DIFFERS.at(place, request_id=call.request_id)
    elif receipt.event_count:
        written = [other for other in _written(history, call.request_id) if _same_request(other, entry)]
        if len(written) != receipt.event_count:
            facts = {"request_id": call.request_id, "told": receipt.event_count, "found": len(written)}
            yield EVENT_COUNT_DIFFERS.at(place, **facts)


def _identity(entry: HistoryEntry) -> tuple[str, int, bytes]:
    return entry.fact.stream, entry.fact.version, entry.record.hash


def _same_request(one: HistoryEntry, other: HistoryEntry) -> bool:
    return (one.fact.log, one.scope) == (other.fact.log, other.scope)


def _written(history: History, request_id: str) -> list[HistoryEntry]:
    return history.by_request.get(request_id, [])


def _different_answers(answered: list[SentCommand]) -> Iterator[Finding]:
    for first, again in pairwise(answered):
        receipt = again.receipt
        assert receipt is not None
        assert first.receipt is not None
        wrote = first.receipt.event_count or receipt.event_count  # what wrote nothing may be answered anew
        if wrote and _answer(first) != _answer(again):
            place = FindingPlace(receipt.log, receipt.position, receipt.stream)
            yield REPEATED_ANSWER_DIFFERS.at(place, request_id=again.request_id)


def _answer(call: SentCommand) -> tuple[bytes, bytes]:
    """What the caller was told, but for whether it was told it before."""
    told = Receipt()
    if call.receipt is not None:
        told.CopyFrom(call.receipt)
    told.repeated = False
    return told.SerializeToString(deterministic=True), call.answer_mark


def _refused_but_written(history: History, calls: list[SentCommand]) -> Iterator[Finding]:
    """Only where every sending of the request was refused: one unanswered sending may have taken effect."""
    if all(call.status in REFUSALS for call in calls):
        for entry in _written(history, calls[0].request_id)[:1]:
            facts = {"request_id": calls[0].request_id, "status": calls[0].status}
            yield REFUSED_BUT_WRITTEN.at(entry.place, **facts)


def _done_twice(history: History) -> Iterator[Finding]:
    """A request's events are written in one append, so they stand side by side in the log."""
    for request_id, entries in history.by_request.items():
        for before, after in pairwise(sorted(entries, key=lambda entry: (entry.fact.log, entry.scope))):
            apart = after.fact.position != before.fact.position + 1
            if request_id and apart and _same_request(before, after):
                yield DONE_TWICE.at(after.place, request_id=request_id)
