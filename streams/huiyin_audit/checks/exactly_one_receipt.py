"""Exactly one receipt: each message of an agency has one answer, everywhere, and the record agrees."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from huiyin.exchange.v1 import types_pb2 as types
from huiyin.exchange.v1.types_pb2 import AgencyReceipt
from huiyin_audit.findings import AuditRule, Finding, FindingPlace, Verdict, verdict
from huiyin_audit.history import History, HistoryEntry
from huiyin_kernel.ids import published_request

PROMISE = "exactly one receipt"
EXCHANGE = "exchange"

UNANSWERED = AuditRule("UNANSWERED", "报文 {message} 没有回执", "message {message} has no receipt")
ANSWERED_TWICE = AuditRule(
    "ANSWERED_TWICE", "报文 {message} 有 {count} 件回执", "message {message} has {count} receipts"
)
NEVER_SENT = AuditRule(
    "NEVER_SENT",
    "回执 {number} 所答的报文 {message} 从未报送",
    "receipt {number} answers {message}, never sent",
)
NOT_DENSE = AuditRule(
    "NOT_DENSE", "应为第 {wanted} 件回执，却是第 {number} 件", "receipt {wanted} was due, and it is {number}"
)
TOPIC_DIFFERS = AuditRule(
    "TOPIC_DIFFERS",
    "回执主题的第 {number} 条不是所给的第 {number} 件回执",
    "record {number} of the receipts topic is not the receipt {number} that was given",
)
NOT_RECORDED = AuditRule(
    "NOT_RECORDED",
    "报文 {message} 已接受，应有 {wanted} 个事件，日志中有 {found} 个",
    "message {message} was accepted with {wanted} events, the logs have {found}",
)
RECORDED_ALL_THE_SAME = AuditRule(
    "RECORDED_ALL_THE_SAME",
    "报文 {message} 未被接受，日志中却有其事件",
    "message {message} was not accepted, and its event is in a log all the same",
)
RECORDED_UNANSWERED = AuditRule(
    "RECORDED_UNANSWERED",
    "此事件由报文而来，却没有回执",
    "this event came of a message that has no receipt",
)


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What passed between agencies and the exchange.

    `sent`: the message ids that each agency handed over and that could be read. `given`: the receipts that
    the exchange keeps, by agency in their order. `topics`: what stands on the receipts topics that there are.
    """

    sent: Mapping[str, Sequence[str]]
    given: Mapping[str, Sequence[AgencyReceipt]]
    topics: Mapping[str, Sequence[AgencyReceipt]]


def check(history: History, exchanged: Exchanged) -> Verdict:
    """Judges it; what may still be answered or published leaves the question open."""
    violations = [
        *(finding for agency, given in exchanged.given.items() for finding in _numbers(agency, given)),
        *(finding for agency in exchanged.given for finding in _ids(agency, exchanged)),
        *(finding for given in exchanged.given.values() for finding in _on_record(history, given)),
        *(finding for agency in exchanged.topics for finding in _topic(agency, exchanged, history.at_rest)),
    ]
    waiting = [*_unanswered(exchanged), *_recorded_unanswered(history, exchanged)]
    if history.at_rest:
        return verdict(PROMISE, [*violations, *waiting])
    return verdict(PROMISE, violations, waiting)


def _numbers(agency: str, given: Sequence[AgencyReceipt]) -> Iterator[Finding]:
    for wanted, receipt in enumerate(given, 1):
        if receipt.number != wanted or receipt.agency != agency:
            yield NOT_DENSE.at(_place(agency, wanted), wanted=wanted, number=receipt.number)


def _ids(agency: str, exchanged: Exchanged) -> Iterator[Finding]:
    given, sent = exchanged.given[agency], frozenset(exchanged.sent.get(agency, ()))
    counts = Counter(receipt.message_id for receipt in given if receipt.message_id)
    for message, count in counts.items():
        if count > 1:
            yield ANSWERED_TWICE.at(_place(agency), message=message, count=count)
    for receipt in given:
        if receipt.message_id and receipt.message_id not in sent:
            place = _place(agency, receipt.number)
            yield NEVER_SENT.at(place, message=receipt.message_id, number=receipt.number)


def _topic(agency: str, exchanged: Exchanged, at_rest: bool) -> Iterator[Finding]:
    """What stands there is what was given, in its order; the last ones may come later."""
    given, topic = exchanged.given.get(agency, ()), exchanged.topics[agency]
    length = max(len(given), len(topic)) if at_rest else len(topic)
    for number in range(1, length + 1):
        if given[number - 1 : number] != topic[number - 1 : number]:
            yield TOPIC_DIFFERS.at(_place(agency, number), number=number)


def _on_record(history: History, given: Sequence[AgencyReceipt]) -> Iterator[Finding]:
    for receipt in given:
        events = _events(history, receipt)
        wanted, place = receipt.receipt.event_count, _place(receipt.agency, receipt.number)
        if receipt.status == types.RECEIPT_STATUS_ACCEPTED:
            positions = {event.fact.position for event in events}
            if len(events) != wanted or (wanted and receipt.receipt.position not in positions):
                yield NOT_RECORDED.at(place, message=receipt.message_id, wanted=wanted, found=len(events))
        elif events and receipt.status != types.RECEIPT_STATUS_FAILED:
            yield RECORDED_ALL_THE_SAME.at(place, message=receipt.message_id)


def _events(history: History, receipt: AgencyReceipt) -> Sequence[HistoryEntry]:
    if not receipt.message_id:
        return ()
    named = str(published_request(receipt.agency, receipt.message_id))
    return [entry for entry in history.by_request.get(named, ()) if _is_of_exchange(entry)]


def _is_of_exchange(entry: HistoryEntry) -> bool:
    return entry.metadata.actor.agency == EXCHANGE


def _unanswered(exchanged: Exchanged) -> Iterator[Finding]:
    for agency, messages in exchanged.sent.items():
        answered = {receipt.message_id for receipt in exchanged.given.get(agency, ())}
        for message in dict.fromkeys(messages):
            if message not in answered:
                yield UNANSWERED.at(_place(agency), message=message)


def _recorded_unanswered(history: History, exchanged: Exchanged) -> Iterator[Finding]:
    answered = {
        str(published_request(agency, receipt.message_id))
        for agency, given in exchanged.given.items()
        for receipt in given
    }
    for entries in history.logs.values():
        for entry in entries:
            if _is_of_exchange(entry) and entry.request_id not in answered:
                yield RECORDED_UNANSWERED.at(entry.place)


def _place(agency: str, number: int = 0) -> FindingPlace:
    return FindingPlace(f"receipts@{agency}", number)
