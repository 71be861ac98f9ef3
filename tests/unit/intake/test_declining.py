"""不予受理 and 导入法定途径: a code, reasons, a remedy, a named officer; nothing is hidden (promise P1)."""

from typing import Any

import pytest

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.context import Role
from tests.support.deciding import officer, secret
from tests.support.small_policy import COUNTY, COURT, HOUSING, LABOUR, OFFICE
from tests.unit.intake.petitions import ACCUSATION, LITIGATION, SUGGESTION, Case, made

DECLINED: dict[str, Any] = {
    "code": types.NON_ACCEPTANCE_CODE_NOT_COMPETENT,
    "reasons": secret("the housing bureau is competent"),
    "remedy": secret("go to the housing bureau"),
    "redirect_unit": HOUSING,
}


def without(name: str) -> dict[str, Any]:
    return {field: value for field, value in DECLINED.items() if field != name}


def test_a_declined_case_stays_with_its_holder_and_stays_visible() -> None:
    case = Case().classified()
    (event,) = case.do("DeclinePetition", **DECLINED)
    assert made(event, events.PetitionNotAccepted).officer == f"officer-of-{OFFICE}"
    assert case.state.status == types.PETITION_STATUS_NOT_ACCEPTED
    assert (case.state.holder, case.state.epoch) == (OFFICE, 1)
    assert OFFICE in case.state.audience


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("code", "FIELD_REQUIRED"),
        ("reasons", "CONTENT_REQUIRED"),
        ("remedy", "CONTENT_REQUIRED"),
        ("redirect_unit", "REDIRECT_REQUIRED"),
    ],
)
def test_declining_needs_code_reasons_remedy_and_the_competent_organ(name: str, reason: str) -> None:
    """Domain rules 11.4, invariant 1; Art. 23(1)."""
    assert Case().classified().no(reason, "DeclinePetition", **without(name)).facts["field"] == name


def test_a_litigation_matter_is_led_on_not_turned_away() -> None:
    """Art. 28(2): NA5 names the next door too."""
    litigation = without("redirect_unit") | {"code": types.NON_ACCEPTANCE_CODE_LITIGATION}
    Case().no("REDIRECT_REQUIRED", "DeclinePetition", **litigation)
    Case().do("DeclinePetition", **litigation, redirect_unit=COURT)


@pytest.mark.parametrize(("unit", "reason"), [("nobody", "UNKNOWN_UNIT"), (OFFICE, "SAME_UNIT")])
def test_a_petitioner_is_redirected_to_another_known_organ(unit: str, reason: str) -> None:
    Case().no(reason, "DeclinePetition", **(DECLINED | {"redirect_unit": unit}))


def test_a_petitioner_is_not_redirected_to_the_accused() -> None:
    """Art. 30(3)."""
    case = Case().classified(**ACCUSATION, accused_units=[HOUSING])
    case.no("ACCUSED_UNIT", "DeclinePetition", **DECLINED)


@pytest.mark.parametrize(
    "code", [types.NON_ACCEPTANCE_CODE_NOT_COMPETENT, types.NON_ACCEPTANCE_CODE_LITIGATION]
)
def test_who_is_not_competent_names_the_next_door(code: types.NonAcceptanceCode.ValueType) -> None:
    """Domain rules 2.4, NA4 and NA5; the other codes rest on what became of the matter elsewhere."""
    Case().do("DeclinePetition", **(DECLINED | {"code": code}))


def test_not_accepting_is_a_named_officers_decision() -> None:
    Case().no("OFFICER_REQUIRED", "DeclinePetition", officer(OFFICE, "", Role.SYSTEM), **DECLINED)


def test_what_was_handed_over_or_accepted_is_not_declined() -> None:
    case = Case().classified()
    case.handed_over()
    case.no("HANDOVER_OPEN", "DeclinePetition", **DECLINED)
    Case().accepted().no("ALREADY_ACCEPTED", "DeclinePetition", **DECLINED)


def test_a_unit_that_was_decided_to_be_competent_cannot_say_it_is_not() -> None:
    """Art. 24."""
    case = Case().classified()
    case.do("DecideCompetence", officer(COUNTY), unit=LABOUR)
    case.no("COMPETENCE_DECIDED", "DeclinePetition", **DECLINED)


def test_a_declined_case_is_taken_up_again_by_classifying_it() -> None:
    case = Case().classified()
    case.do("DeclinePetition", **DECLINED)
    case.classified(**SUGGESTION)
    assert case.state.status == types.PETITION_STATUS_CLASSIFIED


def arbitration() -> Case:
    route, track = types.ROUTE_ARBITRATION, common.TRACK_ADMINISTRATIVE
    return Case().classified(petition_class=types.PETITION_CLASS_CLAIM, route=route, track=track)


def test_a_claim_is_led_into_the_procedure_of_its_route() -> None:
    """Art. 31(1) to (5)."""
    case = arbitration()
    case.do("LeadIntoProcedure", route=types.ROUTE_ARBITRATION, organ=LABOUR)
    assert case.state.status == types.PETITION_STATUS_LED_INTO_PROCEDURE


def test_a_claim_is_not_led_into_another_routes_procedure() -> None:
    refusal = arbitration().no("ROUTE_MISMATCH", "LeadIntoProcedure", route=types.ROUTE_PARTY, organ=LABOUR)
    assert refusal.facts["route"] == "ROUTE_ARBITRATION"


def test_litigation_is_led_into_the_judicial_route_only() -> None:
    """Art. 28(2)."""
    case = Case().classified(**LITIGATION)
    case.no("ROUTE_MISMATCH", "LeadIntoProcedure", route=types.ROUTE_ARBITRATION, organ=LABOUR)
    case.do("LeadIntoProcedure", route=types.ROUTE_JUDICIAL, organ=COURT)


def test_the_petition_procedure_is_no_other_procedure() -> None:
    Case().classified().no(
        "ROUTE_NOT_A_PROCEDURE", "LeadIntoProcedure", route=types.ROUTE_PETITION, organ=LABOUR
    )


def test_the_organ_of_the_procedure_is_known_and_the_route_given() -> None:
    arbitration().no("UNKNOWN_UNIT", "LeadIntoProcedure", route=types.ROUTE_ARBITRATION, organ="nobody")
    arbitration().no("FIELD_REQUIRED", "LeadIntoProcedure", organ=LABOUR)


def test_a_case_led_into_a_procedure_can_still_be_accepted_and_answered() -> None:
    """Every matter ends with a served answer (件件有着落)."""
    case = arbitration()
    case.do("LeadIntoProcedure", route=types.ROUTE_ARBITRATION, organ=LABOUR)
    case.do("AcceptPetition")
    case.answered()
    assert case.state.status == types.PETITION_STATUS_ANSWERED
