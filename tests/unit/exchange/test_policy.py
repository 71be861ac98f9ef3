"""Every command of the contracts is either carried for agencies or refused with what to do instead."""

from collections.abc import Iterator

import pytest

from huiyin.cases.v1 import service_pb2 as cases
from huiyin.feed.v1 import service_pb2 as feed
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin.reception.v1 import service_pb2 as reception
from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin_domain.context import Principal, Role
from huiyin_domain.exchange.policy import COMMANDS, NOT_CARRIED, OWNERS, beyond_carrying, not_carried

CONTRACTS = {"intake": intake, "judicial": judicial, "reception": reception, "supervision": supervision}
EXCHANGE = Principal("exchange", "officer-01", frozenset({Role.EXCHANGE, Role.OFFICER}), "11990000000000019A")


def requests(is_command: bool) -> Iterator[tuple[str, str]]:
    """Service and request of every rpc that is a command, or of every one that is not."""
    for name, contract in CONTRACTS.items():
        for service in contract.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                if ("info" in method.input_type.fields_by_name) == is_command:
                    yield name, method.input_type.full_name


def test_every_command_is_decided_about_and_goes_to_its_own_service() -> None:
    decided = {*COMMANDS, *NOT_CARRIED} - {intake.RegisterPetitionsRequest.DESCRIPTOR.full_name}
    assert decided == {request for _, request in requests(is_command=True)}
    assert COMMANDS.keys().isdisjoint(NOT_CARRIED)
    assert dict(OWNERS).items() <= {request: name for name, request in requests(is_command=True)}.items()


@pytest.mark.parametrize("request_name", [name for _, name in requests(is_command=False)])
def test_no_question_is_carried(request_name: str) -> None:
    refusal = not_carried(request_name)
    assert refusal is not None
    assert refusal.reason == "COMMAND_NOT_CARRIED"


@pytest.mark.parametrize(
    "message",
    [
        intake.GetPetitionRequest,
        intake.ReadPersonalDataRequest,
        intake.FollowPetitionRequest,
        cases.ListCasesRequest,
        cases.GetCaseRequest,
        feed.SubscribeRequest,
        supervision.IssueOrderRequest,
        supervision.CheckAnswerRequest,
        supervision.DecideLatenessObjectionRequest,
        intake.ApproveExtensionRequest,
        reception.SettleItemRequest,
    ],
)
def test_the_exchange_reads_nothing_and_is_no_supervisor_no_head_and_no_service(message: type) -> None:
    name = message.DESCRIPTOR.full_name  # type: ignore[attr-defined] # every generated message has one
    refusal = beyond_carrying(EXCHANGE, name)
    assert refusal is not None
    assert refusal.facts == {"command": name}
    assert refusal.message.startswith(f"{name} cannot be published: ")


def test_who_is_not_the_exchange_is_not_held_to_its_table() -> None:
    officer = Principal("11990000000000019A", "officer-01", frozenset({Role.OFFICER}))
    assert beyond_carrying(officer, intake.GetPetitionRequest.DESCRIPTOR.full_name) is None
    assert beyond_carrying(EXCHANGE, intake.AcceptPetitionRequest.DESCRIPTOR.full_name) is None
