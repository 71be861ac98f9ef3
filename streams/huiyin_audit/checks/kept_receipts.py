"""Promise P8 by the receipts that clients kept in a file: what was acknowledged is where each one says."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from google.protobuf.json_format import ParseDict, ParseError

from huiyin.common.v1.types_pb2 import Receipt
from huiyin_audit.findings import AuditRule, Finding, FindingPlace, Verdict, verdict
from huiyin_audit.history import History, HistoryEntry
from huiyin_kernel.codec import timestamp
from huiyin_store.chain import chain_hash


class KeptReceipt(NamedTuple):
    """A receipt, and the line of the file it stands in, from 1."""

    line: int
    receipt: Receipt


class ReceiptFileError(Exception):
    """The file, or a line of it, holds no receipt; the sentence says which line and what is wrong."""


def read_receipts(path: Path) -> list[KeptReceipt]:
    """Every receipt of a file. Raises ReceiptFileError: a line that cannot be read is never passed over."""
    try:
        with path.open(encoding="utf-8") as file:
            return list(receipts_in(path.name, file))
    except OSError as error:
        raise ReceiptFileError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ReceiptFileError(f"{path} is not UTF-8 at byte {error.start}") from error


def receipts_in(name: str, lines: Iterable[str]) -> Iterator[KeptReceipt]:
    """The receipts of lines: each a Receipt, or an answer that holds one, as JSON. Blank lines are none."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield KeptReceipt(number, _receipt(f"{name}, line {number}", line))


def _receipt(place: str, line: str) -> Receipt:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise ReceiptFileError(f"{place}: no JSON document: one receipt on each line") from error
    if isinstance(found, dict) and isinstance(found.get("receipt"), dict):
        found = found["receipt"]
    if not isinstance(found, dict):
        raise ReceiptFileError(f"{place}: no receipt: give an object with log, position and hash")
    try:
        receipt = ParseDict(found, Receipt())
    except ParseError as error:
        raise ReceiptFileError(f"{place}: no receipt: {error}") from error
    if not receipt.log or receipt.position < 1 or not receipt.hash:
        raise ReceiptFileError(f"{place}: a receipt has log, position and hash; one of them is missing")
    return receipt


OF_NO_LOG_HERE = AuditRule(
    "OF_NO_LOG_HERE",
    "第 {line} 行回执所属日志 {receipt_log} 不在此处",
    "the receipt on line {line} is of log {receipt_log}, which is not here",
)
ACKNOWLEDGED_EVENT_MISSING = AuditRule(
    "ACKNOWLEDGED_EVENT_MISSING",
    "第 {line} 行回执所指的 {receipt_log} 位置 {at} 没有事件：已答复的内容不在日志中",
    "the receipt on line {line} names {receipt_log} position {at}, where there is no event: it is lost",
)
ACKNOWLEDGED_EVENT_ALTERED = AuditRule(
    "ACKNOWLEDGED_EVENT_ALTERED",
    "第 {line} 行回执与日志中该位置的事件不符：{fields}",
    "the receipt on line {line} and the event there differ in {fields}",
)
NO_RECEIPTS = AuditRule(
    "NO_RECEIPTS",
    "文件中没有回执，无从判断",
    "the file holds no receipt, so nothing can be said",
)


def check_receipts(history: History, receipts: Sequence[KeptReceipt]) -> Verdict:
    """Judges every receipt against the log; who kept none proves nothing."""
    violations = [finding for one in receipts for finding in _faults(history, one)]
    questions = [] if receipts else [NO_RECEIPTS.at(FindingPlace(""))]
    return verdict("P8 kept, by receipts", violations, questions)


def _faults(history: History, kept: KeptReceipt) -> Iterator[Finding]:
    receipt, line = kept.receipt, kept.line
    place = FindingPlace(receipt.log, receipt.position, receipt.stream)
    if receipt.log not in history.logs:
        yield OF_NO_LOG_HERE.at(place, line=line, receipt_log=receipt.log)
        return
    entry = history.by_position.get((receipt.log, receipt.position))
    if entry is None:
        yield ACKNOWLEDGED_EVENT_MISSING.at(place, line=line, receipt_log=receipt.log, at=receipt.position)
    elif different := _differences(receipt, entry):
        yield ACKNOWLEDGED_EVENT_ALTERED.at(place, line=line, fields=", ".join(different))


def _differences(receipt: Receipt, entry: HistoryEntry) -> list[str]:
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
