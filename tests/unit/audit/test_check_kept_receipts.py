"""Promise P8 by receipts: its checker holds over what was acknowledged and names each planted violation."""

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict

from huiyin.common.v1.types_pb2 import Receipt
from huiyin.intake.v1.service_pb2 import AcceptPetitionResponse
from huiyin_audit.checks import kept_receipts
from huiyin_audit.checks.kept_receipts import KeptReceipt, ReceiptFileError, read_receipts
from huiyin_audit.findings import PromiseOutcome
from huiyin_audit.history import History, HistoryEntry
from huiyin_client.journal import Journal
from tests.unit.audit.book import told
from tests.unit.audit.legal_story import INTAKE, legal_story

HISTORY = told(legal_story())
RECEIPTS = [call.receipt for call in HISTORY.calls if call.receipt is not None]


def kept(*receipts: Receipt) -> list[KeptReceipt]:
    return [KeptReceipt(line, receipt) for line, receipt in enumerate(receipts, start=1)]


def altered(**fields: Any) -> Receipt:
    receipt = Receipt()
    receipt.CopyFrom(RECEIPTS[0])
    for name, value in fields.items():
        setattr(receipt, name, value)
    return receipt


def found(history: History, *receipts: Receipt) -> list[tuple[str, str]]:
    """The rules that were broken, each with the end of its sentence."""
    violations = kept_receipts.check_receipts(history, kept(*receipts)).violations
    return [(one.rule, one.en) for one in violations]


def test_what_was_acknowledged_is_in_the_log() -> None:
    assert len(RECEIPTS) > 10
    assert kept_receipts.check_receipts(HISTORY, kept(*RECEIPTS)).outcome is PromiseOutcome.HOLDS


def test_who_kept_none_proves_nothing() -> None:
    assert kept_receipts.check_receipts(HISTORY, []).outcome is PromiseOutcome.UNKNOWN


def test_an_event_that_the_log_has_lost_is_named_with_its_line() -> None:
    shorter = History({**HISTORY.logs, INTAKE: HISTORY.logs[INTAKE][:-1]})
    last = max((one for one in RECEIPTS if one.log == INTAKE), key=lambda one: one.position)
    others = [one for one in RECEIPTS if one is not last]
    assert found(shorter, *others) == []
    ((rule, sentence),) = found(shorter, *others, last)
    assert rule == "ACKNOWLEDGED_EVENT_MISSING"
    assert f"line {len(RECEIPTS)} names {INTAKE} position {last.position}" in sentence


@pytest.mark.parametrize(
    ("field", "value"), [("hash", bytes(32)), ("stream", "petition-other"), ("version", 99), ("version", 0)]
)
def test_a_receipt_that_says_otherwise_than_the_log_is_named_with_the_field(field: str, value: Any) -> None:
    ((rule, sentence),) = found(HISTORY, altered(**{field: value}))
    assert rule == "ACKNOWLEDGED_EVENT_ALTERED"
    assert sentence.endswith(f"differ in {field}")


def test_an_event_whose_content_is_not_what_its_hash_covers_is_named() -> None:
    """Who rewrites the data and leaves the hash deceives nobody who kept a receipt."""
    receipt = RECEIPTS[0]
    entries = list(HISTORY.logs[receipt.log])
    place = receipt.position - 1
    record = entries[place].record._replace(data=entries[place].record.data + b"\x00")
    entries[place] = HistoryEntry(entries[place].fact, record, entries[place].metadata)
    ((rule, sentence),) = found(History({receipt.log: tuple(entries)}), receipt)
    assert rule == "ACKNOWLEDGED_EVENT_ALTERED"
    assert sentence.endswith("differ in content")


def test_a_receipt_of_another_log_is_named() -> None:
    ((rule, sentence),) = found(HISTORY, altered(log="intake@110000"))
    assert rule == "OF_NO_LOG_HERE"
    assert "line 1 is of log intake@110000" in sentence


def test_lines_are_receipts_or_answers_that_hold_one(tmp_path: Path) -> None:
    file, answer = tmp_path / "kept.jsonl", AcceptPetitionResponse(receipt=RECEIPTS[1], epoch=2)
    lines = [MessageToDict(RECEIPTS[0]), MessageToDict(answer, preserving_proto_field_name=True)]
    file.write_text("\n".join(map(json.dumps, lines)) + "\n\n", encoding="utf-8")
    assert [(one.line, one.receipt) for one in read_receipts(file)] == [(1, RECEIPTS[0]), (2, RECEIPTS[1])]


@pytest.mark.parametrize(
    "line",
    ["{", "7", "[]", "{}", '{"log": "intake@990000"}', '{"nothing": 1}', '{"receipt": {"position": "x"}}'],
)
def test_a_line_that_is_no_receipt_is_an_error_with_its_number(tmp_path: Path, line: str) -> None:
    file, good = tmp_path / "kept.jsonl", json.dumps(MessageToDict(RECEIPTS[0]))
    file.write_text(f"{good}\n\n{line}\n{good}\n", encoding="utf-8")
    with pytest.raises(ReceiptFileError, match=r"kept\.jsonl, line 3: "):
        read_receipts(file)


def test_a_file_that_is_not_there_or_no_text_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReceiptFileError, match="No such file"):
        read_receipts(tmp_path / "none.jsonl")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(ReceiptFileError, match="not UTF-8"):
        read_receipts(tmp_path / "bytes")


def test_the_clients_journal_keeps_the_proof_of_what_was_accepted(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.answered("m1", RECEIPTS[0])
    journal.answered("m2")
    journal.answered("m1", RECEIPTS[1])
    assert Journal(tmp_path / "journal").receipts() == [RECEIPTS[0]]
    journal.close()
