"""Calls are recorded with what the caller was told, and without what only the petitioner may know."""

from datetime import UTC, datetime

from huiyin.common.v1.types_pb2 import CommandInfo, Receipt
from huiyin.intake.v1.service_pb2 import (
    AcceptPetitionRequest,
    AcceptPetitionResponse,
    RegisterPetitionRequest,
    RegisterPetitionResponse,
)
from huiyin_audit.history import answered, failed, invoked

NOW = datetime(2026, 3, 2, tzinfo=UTC)
INFO = CommandInfo(request_id="0192c3a4-7b1e-7def-8abc-0123456789ab")
RECEIPT = Receipt(log="intake@990000", stream="petition-1", position=3, version=1, event_count=1)


def test_a_call_carries_the_epoch_that_its_caller_knew() -> None:
    call = invoked("AcceptPetition", AcceptPetitionRequest(info=INFO, case_id="c", epoch=2), NOW)
    assert (call.request_id, call.case_id, call.epoch, call.status) == (INFO.request_id, "c", 2, "")


def test_an_answer_carries_the_receipt_and_a_mark_of_the_rest() -> None:
    call = invoked("AcceptPetition", AcceptPetitionRequest(info=INFO, case_id="c", epoch=2), NOW)
    first = answered(call, AcceptPetitionResponse(receipt=RECEIPT, epoch=3), NOW)
    other = answered(call, AcceptPetitionResponse(receipt=RECEIPT, epoch=4), NOW)
    assert (first.status, first.receipt, first.case_id) == ("OK", RECEIPT, "c")
    assert first.answer_mark != other.answer_mark


def test_a_registration_is_recorded_with_its_new_case_and_without_its_query_code() -> None:
    call = invoked("RegisterPetition", RegisterPetitionRequest(info=INFO), NOW)
    response = RegisterPetitionResponse(receipt=RECEIPT, case_id="new", query_code="K7QX-2M9P")
    recorded = answered(call, response, NOW)
    assert recorded.case_id == "new"
    assert "K7QX-2M9P" not in repr(recorded)
    response.query_code = "another"
    assert answered(call, response, NOW).answer_mark == recorded.answer_mark


def test_a_failed_call_has_its_status_and_no_receipt() -> None:
    call = failed(invoked("AcceptPetition", AcceptPetitionRequest(info=INFO), NOW), "ABORTED", NOW)
    assert (call.status, call.receipt, call.answered) == ("ABORTED", None, NOW)
