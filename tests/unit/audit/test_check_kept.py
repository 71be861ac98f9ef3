"""Promise P8: its checker holds on a legal history and finds each planted violation."""

from dataclasses import replace
from datetime import timedelta

from huiyin.common.v1.types_pb2 import Receipt
from huiyin.intake.v1.events_pb2 import OpinionIssued, PetitionRated
from huiyin_audit.checks import kept
from huiyin_audit.findings import PromiseOutcome
from huiyin_audit.history import History, SentCommand
from tests.unit.audit.book import act_with, told, without
from tests.unit.audit.legal_story import INTAKE, legal_story

STORY = legal_story()
HISTORY = told(STORY)


def rules(history: History) -> set[str]:
    return {finding.rule for finding in kept.check_log(history).violations}


def with_call(index: int, call: SentCommand) -> History:
    calls = list(HISTORY.calls)
    calls[index] = call
    return replace(HISTORY, calls=tuple(calls))


def altered(call: SentCommand, **fields: object) -> SentCommand:
    receipt = Receipt()
    assert call.receipt is not None
    receipt.CopyFrom(call.receipt)
    for name, value in fields.items():
        setattr(receipt, name, value)
    return replace(call, receipt=receipt)


def again(call: SentCommand, **fields: object) -> History:
    repeated = replace(altered(call, repeated=True, **fields), invoked=call.invoked + timedelta(days=1))
    return replace(HISTORY, calls=(*HISTORY.calls, repeated))


def test_a_legal_history_holds() -> None:
    assert kept.check_log(HISTORY).outcome is PromiseOutcome.HOLDS


def test_without_calls_it_cannot_be_told() -> None:
    verdict = kept.check_log(replace(HISTORY, calls=()))
    assert verdict.outcome is PromiseOutcome.UNKNOWN
    assert [finding.rule for finding in verdict.open_questions] == ["NO_CALLS"]


def test_an_acknowledged_event_that_is_lost_is_found() -> None:
    log = HISTORY.logs[INTAKE]
    assert rules(replace(HISTORY, logs=dict(HISTORY.logs) | {INTAKE: log[:-1]})) == {"ACKNOWLEDGED_BUT_LOST"}


def test_an_acknowledged_event_that_is_another_now_is_found() -> None:
    history = replace(told(without(STORY, OpinionIssued)), calls=HISTORY.calls)
    assert rules(history) >= {"RECEIPT_DIFFERS", "ACKNOWLEDGED_BUT_LOST"}


def test_a_receipt_with_another_hash_version_or_stream_is_found() -> None:
    others: dict[str, object] = {"hash": bytes(32), "version": 9, "stream": "petition-x"}
    for field, value in others.items():
        assert rules(with_call(3, altered(HISTORY.calls[3], **{field: value}))) == {"RECEIPT_DIFFERS"}


def test_an_append_that_is_there_in_part_is_found() -> None:
    assert rules(with_call(3, altered(HISTORY.calls[3], event_count=2))) == {"EVENT_COUNT_DIFFERS"}


def test_a_repetition_with_the_first_answer_holds() -> None:
    assert kept.check_log(again(HISTORY.calls[2])).outcome is PromiseOutcome.HOLDS


def test_a_repetition_with_another_answer_is_found() -> None:
    other = HISTORY.calls[-1].receipt
    assert other is not None
    history = again(HISTORY.calls[2], position=other.position, hash=other.hash, version=other.version,
                    stream=other.stream)  # fmt: skip
    assert "REPEATED_ANSWER_DIFFERS" in rules(history)


def test_a_repetition_that_tells_another_content_is_found() -> None:
    other = replace(HISTORY.calls[0], answer_mark=b"another")
    assert rules(replace(HISTORY, calls=(*HISTORY.calls, other))) == {"REPEATED_ANSWER_DIFFERS"}


def test_a_request_that_took_effect_twice_is_found() -> None:
    at = act_with(STORY, PetitionRated)
    doubled = replace(STORY[at], method="")
    assert "DONE_TWICE" in rules(told([*STORY, doubled]))


def test_an_unanswered_call_may_have_taken_effect_or_not() -> None:
    unanswered = replace(HISTORY.calls[3], answered=None, status="", receipt=None)
    assert kept.check_log(with_call(3, unanswered)).outcome is PromiseOutcome.HOLDS
    never_there = replace(unanswered, request_id="never")
    assert kept.check_log(with_call(3, never_there)).outcome is PromiseOutcome.HOLDS


def test_a_broken_connection_says_nothing_either() -> None:
    unavailable = replace(HISTORY.calls[3], status="UNAVAILABLE", receipt=None)
    assert kept.check_log(with_call(3, unavailable)).outcome is PromiseOutcome.HOLDS


def test_a_refused_command_that_wrote_is_found() -> None:
    refused = replace(HISTORY.calls[3], status="FAILED_PRECONDITION", receipt=None)
    assert rules(with_call(3, refused)) == {"REFUSED_BUT_WRITTEN"}


def test_a_command_refused_only_when_sent_again_holds() -> None:
    refused = replace(HISTORY.calls[3], status="PERMISSION_DENIED", receipt=None)
    assert kept.check_log(replace(HISTORY, calls=(*HISTORY.calls, refused))).outcome is PromiseOutcome.HOLDS
