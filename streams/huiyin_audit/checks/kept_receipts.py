"""Promise P8 by the receipts that clients kept: what was acknowledged is where each receipt says."""

from collections.abc import Iterator, Sequence

from huiyin.common.v1.types_pb2 import Receipt
from huiyin_audit.findings import Finding, Place, Rule
from huiyin_audit.history import Entry, History
from huiyin_audit.receipt_file import Kept
from huiyin_audit.verdict import Verdict, verdict
from huiyin_kernel.codec import timestamp
from huiyin_store.chain import chain_hash

OF_NO_LOG_HERE = Rule(
    "OF_NO_LOG_HERE",
    "第 {line} 行回执所属日志 {receipt_log} 不在此处",
    "the receipt on line {line} is of log {receipt_log}, which is not here",
)
ACKNOWLEDGED_EVENT_MISSING = Rule(
    "ACKNOWLEDGED_EVENT_MISSING",
    "第 {line} 行回执所指的 {receipt_log} 位置 {at} 没有事件：已答复的内容不在日志中",
    "the receipt on line {line} names {receipt_log} position {at}, where there is no event: it is lost",
)
ACKNOWLEDGED_EVENT_ALTERED = Rule(
    "ACKNOWLEDGED_EVENT_ALTERED",
    "第 {line} 行回执与日志中该位置的事件不符：{fields}",
    "the receipt on line {line} and the event there differ in {fields}",
)
NO_RECEIPTS = Rule(
    "NO_RECEIPTS",
    "文件中没有回执，无从判断",
    "the file holds no receipt, so nothing can be said",
)


def check(history: History, receipts: Sequence[Kept]) -> Verdict:
    """Judges every receipt against the log; who kept none proves nothing."""
    violations = [finding for one in receipts for finding in _faults(history, one)]
    questions = [] if receipts else [NO_RECEIPTS.at(Place(""))]
    return verdict("P8 kept, by receipts", violations, questions)


def _faults(history: History, kept: Kept) -> Iterator[Finding]:
    receipt, line = kept.receipt, kept.line
    place = Place(receipt.log, receipt.position, receipt.stream)
    if receipt.log not in history.logs:
        yield OF_NO_LOG_HERE.at(place, line=line, receipt_log=receipt.log)
        return
    entry = history.by_position.get((receipt.log, receipt.position))
    if entry is None:
        yield ACKNOWLEDGED_EVENT_MISSING.at(place, line=line, receipt_log=receipt.log, at=receipt.position)
    elif different := _differences(receipt, entry):
        yield ACKNOWLEDGED_EVENT_ALTERED.at(place, line=line, fields=", ".join(different))


def _differences(receipt: Receipt, entry: Entry) -> list[str]:
    """The fields in which receipt and event differ; `content`: the event is not what its own hash covers.

    A command that wrote nothing was answered with the end of its stream, and with the time of the answer.
    """
    record = entry.record
    same = {
        "stream": receipt.stream == record.stream,
        "version": receipt.version == record.version,
        "hash": receipt.hash == record.hash,
        "recorded_time": not receipt.event_count or receipt.recorded_time == timestamp(record.recorded),
        "content": chain_hash(record.previous_hash, record) == record.hash,
    }
    return [name for name, holds in same.items() if not holds]
