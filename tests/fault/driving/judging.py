"""Judges a round by its record alone: the promises, and that nothing was lost, doubled or left broken."""

from collections import Counter
from collections.abc import Iterable, Iterator

from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin_audit.checks import exactly_one_receipt, registered
from huiyin_audit.checks.all import check_all
from huiyin_audit.findings import AuditRule, Finding, FindingPlace, PromiseOutcome, Verdict, verdict
from huiyin_audit.history import HistoryEntry
from huiyin_kernel.policy import load_policy
from tests.fault.driving import told
from tests.fault.driving.record import Record

IMPORTED_BUT_LOST = AuditRule(
    "IMPORTED_BUT_LOST",
    "导入时已告知事项 {case}，日志中没有它的登记",
    "the import was told of case {case}, which the log never registered",
)
IMPORTED_TWICE = AuditRule(
    "IMPORTED_TWICE",
    "导入请求 {request} 得到了不同的事项：{cases}",
    "the import's request {request} became different cases: {cases}",
)
REGISTERED_UNTOLD = AuditRule(
    "REGISTERED_UNTOLD",
    "事项 {case} 的登记没有告知任何人：该登记是重复或凭空产生的",
    "nobody was told of the registration of case {case}: it is a double or came from nowhere",
)
REGISTERED_BY_ONE_REQUEST = AuditRule(
    "REGISTERED_BY_ONE_REQUEST",
    "请求 {request} 登记了不止一个事项",
    "request {request} registered more than one case",
)
LISTED_TWICE = AuditRule(
    "LISTED_TWICE", "列表中事项 {case} 出现了不止一次", "the listing has case {case} more than once"
)
SHOWN_BUT_LOST = AuditRule(
    "SHOWN_BUT_LOST",
    "订阅者见过此位置的另一事件，或日志中已没有它",
    "a subscriber was shown an event that the log does not have there",
)
SHOWN_OUT_OF_ORDER = AuditRule(
    "SHOWN_OUT_OF_ORDER",
    "订阅者在位置 {before} 之后见到了它",
    "a subscriber was shown it after position {before}",
)
NO_PROPER_ANSWER = AuditRule(
    "NO_PROPER_ANSWER",
    "有 {count} 次提问以“{answer}”结束",
    "{count} questions ended with {answer}",
)
BROKEN_OFF = AuditRule("BROKEN_OFF", "未能走完：{what}", "did not come to its end: {what}")

_PROPER = {"OK", "UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED"}
_NOWHERE = FindingPlace("")


def judge(record: Record) -> list[Verdict]:
    """Every verdict on the round."""
    return [
        *check_all(record.history, load_policy(), record.quiet_since),
        registered.check_listing(record.history, set(record.listed)),
        verdict("P1 nothing lost, nothing doubled", [*_imports(record), *_registrations(record)]),
        verdict("P7 shown once, in order, for good", list(_shown(record))),
        verdict("P9 sound logs", [finding for log in record.verified.logs for finding in log.findings]),
        *record.replayed,
        verdict("P7 told once, causes first", told.findings(record.history, record.subscribers)),
        exactly_one_receipt.check(record.history, record.exchanged),
        verdict("P10 Kafka is the store", [one for topic in record.compared for one in topic.findings]),
        verdict("answered properly", list(_answers(record))),
        verdict("brought to its end", [BROKEN_OFF.at(_NOWHERE, what=what) for what in record.broken]),
    ]


def sound(verdicts: list[Verdict]) -> bool:
    """True when every promise holds; one that could not be judged does not count as held."""
    return all(one.outcome is PromiseOutcome.HOLDS for one in verdicts)


def _registrations_of(record: Record) -> list[tuple[HistoryEntry, PetitionRegistered]]:
    entries = record.history.entries("intake")
    return [(entry, entry.message) for entry in entries if isinstance(entry.message, PetitionRegistered)]


def _imports(record: Record) -> Iterator[Finding]:
    known = {event.case_id for _, event in _registrations_of(record)}
    cases: dict[str, set[str]] = {}
    for row in record.imported:
        cases.setdefault(row.request_id, set()).add(row.case_id)
        if row.case_id not in known:
            yield IMPORTED_BUT_LOST.at(_NOWHERE, case=row.case_id)
    for request, different in cases.items():
        if len(different) > 1:
            yield IMPORTED_TWICE.at(_NOWHERE, request=request, cases=", ".join(sorted(different)))


def _registrations(record: Record) -> Iterator[Finding]:
    """Each case in the log and in the listing is one that somebody was told of, once."""
    told = {row.request_id for row in record.imported}
    told |= {call.request_id for call in record.history.calls if call.status == "OK"}
    found = _registrations_of(record)
    for entry, event in found:
        if entry.request_id not in told:
            yield REGISTERED_UNTOLD.at(entry.place, case=event.case_id)
    for request in _more_than_once(entry.request_id for entry, _ in found):
        yield REGISTERED_BY_ONE_REQUEST.at(_NOWHERE, request=request)
    for case in _more_than_once(record.listed):
        yield LISTED_TWICE.at(_NOWHERE, case=case)


def _shown(record: Record) -> Iterator[Finding]:
    last: dict[str, int] = {}
    for shown in record.shown:
        place, before = FindingPlace(shown.log, shown.position), last.get(shown.log, 0)
        if shown.position != before + 1:
            yield SHOWN_OUT_OF_ORDER.at(place, before=before)
        entry = record.history.by_position.get((shown.log, shown.position))
        if entry is None or entry.record.hash != shown.hash:
            yield SHOWN_BUT_LOST.at(place)
        last[shown.log] = shown.position


def _answers(record: Record) -> Iterator[Finding]:
    for answer, count in record.answers.items():
        if answer.split()[-1] not in _PROPER:
            yield NO_PROPER_ANSWER.at(_NOWHERE, answer=answer, count=count)


def _more_than_once(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
