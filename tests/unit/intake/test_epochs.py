"""Epochs: who acts on an older one is refused and told who is responsible now (promise P2)."""

from typing import Any

import pytest

from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.refusal import Kind
from tests.support.deciding import officer, secret
from tests.support.small_policy import COUNTY, HOUSING, OFFICE, STRANGER
from tests.unit.intake.petitions import Case

WITH_EPOCH = [
    name.removesuffix("Request")
    for name, message in commands.DESCRIPTOR.message_types_by_name.items()
    if name.endswith("Request") and "epoch" in message.fields_by_name
]
FIELDS: dict[str, dict[str, Any]] = {
    "RequestReview": {"organ": COUNTY, "level": types.REVIEW_LEVEL_REVIEW},
    "DecideCompetence": {"unit": HOUSING},
}
FROM_ABOVE = ("DecideCompetence", "OrderHandover")
ON_ONE_STREAM = [rpc for rpc in WITH_EPOCH if rpc != "SplitPetition"]


def caller(rpc: str) -> Any:
    return officer(COUNTY if rpc in FROM_ABOVE else HOUSING)


def moved_on() -> Case:
    """In epoch 2, in hand with the housing bureau."""
    return Case().accepted()


@pytest.mark.parametrize("rpc", [rpc for rpc in ON_ONE_STREAM if rpc != "AcceptPetition"])
def test_a_stale_epoch_is_refused_with_the_current_one_and_its_holder(rpc: str) -> None:
    refusal = moved_on().no("STALE_EPOCH", rpc, caller(rpc), **FIELDS.get(rpc, {}), epoch=1)
    assert refusal.kind is Kind.STALE
    assert refusal.facts == {"epoch": "2", "responsible_unit": HOUSING}


@pytest.mark.parametrize("rpc", [rpc for rpc in ON_ONE_STREAM if rpc != "AcceptPetition"])
def test_a_missing_epoch_is_refused(rpc: str) -> None:
    moved_on().no("EPOCH_REQUIRED", rpc, caller(rpc), **FIELDS.get(rpc, {}), epoch=0)


@pytest.mark.parametrize("rpc", [rpc for rpc in ON_ONE_STREAM if rpc != "AcceptPetition"])
def test_an_epoch_that_has_not_come_is_refused(rpc: str) -> None:
    moved_on().no("EPOCH_AHEAD", rpc, caller(rpc), **FIELDS.get(rpc, {}), epoch=3)


def test_a_stale_acceptance_does_not_take_the_matter() -> None:
    case = Case().classified()
    case.handed_over(HOUSING)
    case.do("DecideCompetence", officer(COUNTY), unit=OFFICE)
    case.no("NO_SUCH_CASE", "AcceptPetition", officer(HOUSING), epoch=1)
    assert case.state.holder == OFFICE


def test_the_former_holder_acts_no_more_even_on_the_new_epoch() -> None:
    moved_on().no(
        "NOT_RESPONSIBLE",
        "IssueOpinion",
        officer(OFFICE),
        document=secret("no"),
        outcome=types.OPINION_OUTCOME_EXPLAINED,
    )


@pytest.mark.parametrize("rpc", [rpc for rpc in ON_ONE_STREAM if rpc not in (*FROM_ABOVE, "AcceptPetition")])
def test_an_agency_without_a_part_in_the_case_is_refused(rpc: str) -> None:
    moved_on().no("NO_SUCH_CASE", rpc, officer(STRANGER), **FIELDS.get(rpc, {}))


@pytest.mark.parametrize("rpc", ON_ONE_STREAM)
def test_there_is_nothing_to_do_on_a_case_that_does_not_exist(rpc: str) -> None:
    case = Case()
    command = case.command(rpc)
    case.state = case.decider.initial()
    assert case.refused(command, officer(OFFICE), "NO_SUCH_CASE").kind is Kind.MISSING
