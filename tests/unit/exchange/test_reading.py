"""An agency's message is read, refused or unreadable, and the cause says what to do."""

import pytest
from google.protobuf.any_pb2 import Any

from huiyin.exchange.v1.types_pb2 import AgencyMessage
from huiyin.intake.v1.service_pb2 import AcceptPetitionRequest, GetPetitionRequest, RatePetitionRequest
from huiyin_domain.exchange.message import CarriedCommand, Unreadable, content, identity_fault, read
from huiyin_domain.refusal import Refusal

MESSAGE_ID = "0192c3a4-7b1e-7def-8abc-0123456789ab"
ACCEPT = AcceptPetitionRequest(case_id=MESSAGE_ID, epoch=1)


def packed(command: object) -> Any:
    found = Any()
    found.Pack(command)  # type: ignore[arg-type] # always a message
    return found


def message(command: object = ACCEPT, **fields: object) -> AgencyMessage:
    usual = {"message_id": MESSAGE_ID, "command": packed(command), "officer": "officer-01"}
    return AgencyMessage(**{**usual, **fields})  # type: ignore[arg-type] # fields of the message


def reason(found: object) -> str:
    assert isinstance(found, Refusal | Unreadable), found
    return found.reason if isinstance(found, Refusal) else found.cause.reason


def test_a_command_goes_to_its_service_under_the_officer_named() -> None:
    assert identity_fault(message()) is None
    assert read(message()) == CarriedCommand("intake", ACCEPT, "officer-01")


def test_a_system_may_act_without_an_officer() -> None:
    assert read(message(officer="")) == CarriedCommand("intake", ACCEPT, "")


@pytest.mark.parametrize("given", ["", "17", MESSAGE_ID.upper(), f"{{{MESSAGE_ID}}}", MESSAGE_ID + " "])
def test_a_message_without_a_canonical_identifier_is_unreadable(given: str) -> None:
    fault = identity_fault(message(message_id=given))
    assert reason(fault) == "MALFORMED_MESSAGE_ID"


@pytest.mark.parametrize("url", ["", "type.googleapis.com/", "type.googleapis.com/huiyin.intake.v1.Nothing"])
def test_a_command_that_is_not_known_is_unreadable(url: str) -> None:
    assert reason(read(AgencyMessage(command=Any(type_url=url)))) == "UNKNOWN_COMMAND"


def test_bytes_that_are_not_the_command_named_are_unreadable() -> None:
    broken = Any(type_url=packed(ACCEPT).type_url, value=b"\x0a\xff")
    assert reason(read(AgencyMessage(message_id=MESSAGE_ID, command=broken))) == "MALFORMED_COMMAND"


def test_a_command_that_is_not_for_agencies_is_refused_and_told_what_to_do() -> None:
    found = read(message(RatePetitionRequest()))
    assert isinstance(found, Refusal)
    assert found.reason == "COMMAND_NOT_CARRIED"
    assert "the petitioner" in found.message


def test_a_question_is_no_command_of_ours() -> None:
    assert reason(read(message(GetPetitionRequest()))) == "UNKNOWN_COMMAND"


@pytest.mark.parametrize("officer", [" ", "a\nb", "\u202e", "x" * 101, "officer-01 "])
def test_an_officer_named_in_no_good_form_is_refused(officer: str) -> None:
    assert reason(read(message(officer=officer))) == "MALFORMED_OFFICER"


def test_an_officer_may_have_a_name_in_any_script() -> None:
    assert read(message(officer="王建国-03")) == CarriedCommand("intake", ACCEPT, "王建国-03")


def test_what_was_sent_when_and_under_which_trace_makes_no_other_message() -> None:
    assert content(message(trace_parent="00-x")) == content(message())


@pytest.mark.parametrize(
    "other",
    [
        message(AcceptPetitionRequest(case_id=MESSAGE_ID, epoch=2)),
        message(officer="officer-02"),
        message(officer=""),
    ],
)
def test_another_command_or_officer_makes_another_message(other: AgencyMessage) -> None:
    assert content(other) != content(message())
