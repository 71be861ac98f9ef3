"""指定管辖 by a common superior (Art. 24; promise P2)."""

import pytest

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_CONFERENCE, AUTHORITY_KIND_SUPERIOR
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.context import Role
from tests.support.deciding import officer, secret
from tests.support.small_policy import (
    CITY,
    CITY_OFFICE,
    CONFERENCE,
    COUNTY,
    COURT,
    HOUSING,
    LABOUR,
    OFFICE,
    PROVINCE,
)
from tests.unit.intake.petitions import ACCUSATION, LITIGATION, Case, made
from tests.unit.intake.reacting import acknowledged

WHY = secret("both roofs belong to it")


def disputed() -> Case:
    case = Case().classified()
    handover_id = case.handed_over(HOUSING)
    reasons = secret("not ours")
    case.do("ObjectToHandover", officer(HOUSING), handover_id=handover_id, reasons=reasons)
    return case


def test_the_common_superior_makes_a_unit_responsible_at_once() -> None:
    case = disputed()
    handover = case.state.handover
    assert handover
    (event,) = case.do("DecideCompetence", officer(COUNTY), unit=LABOUR, reasons=WHY)
    moved = made(event, events.ResponsibilityMoved)
    assert (moved.basis, moved.basis_id) == (types.MOVE_BASIS_SUPERIOR_DECISION, handover.handover_id)
    assert moved.reasons == WHY.sealed
    assert (moved.authority.kind, moved.authority.organ) == (AUTHORITY_KIND_SUPERIOR, COUNTY)
    assert (case.state.holder, case.state.epoch, case.state.handover) == (LABOUR, 2, None)
    case.do("AcceptPetition")


@pytest.mark.parametrize("superior", [COUNTY, CITY, PROVINCE])
def test_every_superior_common_to_the_units_is_competent(superior: str) -> None:
    disputed().do("DecideCompetence", officer(superior), unit=HOUSING)


def test_a_superior_of_only_one_of_the_units_is_not_competent() -> None:
    case = disputed()
    refusal = case.no("NOT_COMMON_SUPERIOR", "DecideCompetence", officer(COUNTY), unit=CITY_OFFICE)
    assert refusal.facts["superior"] == CITY
    case.do("DecideCompetence", officer(CITY), unit=CITY_OFFICE)


@pytest.mark.parametrize("agency", [OFFICE, HOUSING])
def test_the_units_themselves_do_not_decide(agency: str) -> None:
    disputed().no("NOT_COMMON_SUPERIOR", "DecideCompetence", officer(agency), unit=HOUSING)


@pytest.mark.parametrize("agency", [CITY_OFFICE, COURT])
def test_to_who_has_no_part_and_stands_above_nobody_there_is_no_such_case(agency: str) -> None:
    disputed().no("NO_SUCH_CASE", "DecideCompetence", officer(agency), unit=HOUSING)


def test_article_24_without_a_common_superior_the_joint_conference_decides_by_name() -> None:
    """Art. 24: 没有共同上级的，由联席会议协调."""
    case = Case().classified()
    case.handed_over(COURT)
    refusal = case.no("NOT_COMMON_SUPERIOR", "DecideCompetence", officer(COUNTY), unit=COURT)
    assert (refusal.article, refusal.facts["superior"]) == ("Regulations of 2022, Art. 24", CONFERENCE)
    (event,) = case.do("DecideCompetence", officer(CONFERENCE), unit=COURT)
    authority = made(event, events.ResponsibilityMoved).authority
    assert (authority.kind, authority.organ) == (AUTHORITY_KIND_CONFERENCE, CONFERENCE)


def test_the_conferences_office_decides_for_it_but_not_in_a_matter_of_its_own() -> None:
    case = Case().classified()
    case.handed_over(COURT)
    case.no("NOT_COMMON_SUPERIOR", "DecideCompetence", officer(OFFICE), unit=COURT)
    case.do("DecideCompetence", officer(CONFERENCE), unit=COURT)
    case.do("DecideCompetence", officer(OFFICE), unit=HOUSING)


def test_the_conference_has_no_say_where_a_common_superior_has() -> None:
    disputed().no("NO_SUCH_CASE", "DecideCompetence", officer(CONFERENCE), unit=HOUSING)


def test_a_dispute_decided_for_the_holder_ends_the_hand_over() -> None:
    case = disputed()
    handover_id = case.state.handover.handover_id if case.state.handover else ""
    case.do("DecideCompetence", officer(COUNTY), unit=OFFICE)
    assert (case.state.holder, case.state.epoch, case.state.handover) == (OFFICE, 2, None)
    case.no("NO_SUCH_CASE", "AcceptPetition", officer(HOUSING), epoch=1)
    case.no("NO_OPEN_HANDOVER", "DecideObjection", handover_id=handover_id, upheld=True)


def test_nothing_is_decided_where_nothing_is_disputed() -> None:
    assert Case().classified().do("DecideCompetence", officer(COUNTY), unit=OFFICE) == ()


def test_a_superior_makes_a_unit_take_up_what_it_did_not_accept() -> None:
    case = Case().classified()
    code = types.NON_ACCEPTANCE_CODE_NOT_COMPETENT
    case.do(
        "DeclinePetition", code=code, reasons=secret("x"), remedy=secret("go there"), redirect_unit=HOUSING
    )
    case.do("DecideCompetence", officer(COUNTY), unit=OFFICE)
    assert (case.state.status, case.state.competence_decided) == (types.PETITION_STATUS_CLASSIFIED, True)


def test_an_unknown_or_accused_unit_is_not_made_responsible() -> None:
    case = Case().classified(**ACCUSATION, accused_units=[HOUSING])
    case.no("UNKNOWN_UNIT", "DecideCompetence", officer(COUNTY), unit="nobody")
    case.no("ACCUSED_UNIT", "DecideCompetence", officer(COUNTY), unit=HOUSING)


def test_competence_is_decided_by_an_officer_on_the_present_epoch() -> None:
    case = disputed()
    case.no("OFFICER_REQUIRED", "DecideCompetence", officer(COUNTY, "", Role.SYSTEM), unit=LABOUR)
    case.no("EPOCH_REQUIRED", "DecideCompetence", officer(COUNTY), unit=LABOUR, epoch=0)
    case.do("DecideCompetence", officer(COUNTY), unit=LABOUR)
    case.no("STALE_EPOCH", "DecideCompetence", officer(COUNTY), unit=HOUSING, epoch=1)


def test_a_matter_with_a_judicial_organ_is_not_taken_from_it() -> None:
    case = Case().classified(**LITIGATION)
    acknowledged(case, COURT)
    case.no("REFERRAL_OPEN", "DecideCompetence", officer(CONFERENCE), unit=OFFICE)


def test_after_the_opinion_competence_is_no_question_any_more() -> None:
    case = Case().accepted()
    case.opinion()
    case.no("OPINION_NOT_SERVED", "DecideCompetence", officer(COUNTY), unit=LABOUR)
