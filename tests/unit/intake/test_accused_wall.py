"""The accused unit gets no read path to an accusation (Art. 30(3); promise P11)."""

from collections.abc import Sequence

import pytest
from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.access import unknown_case
from huiyin_domain.intake.decider import PETITION
from tests.support.deciding import identity, officer, secret
from tests.support.small_policy import (
    CENTRE,
    CITY,
    CITY_OFFICE,
    COUNTY,
    COURT,
    DISCIPLINE,
    HOUSING,
    LABOUR,
    OFFICE,
    PROVINCE,
)
from tests.unit.intake.petitions import ACCUSATION, LITIGATION, SUGGESTION, Case, kinds, made
from tests.unit.intake.test_epochs import FIELDS, ON_ONE_STREAM

TRANSFER = types.HANDOVER_KIND_TRANSFER


def accusing(unit: str) -> Case:
    """A case that the unit had a part in before it was named as accused."""
    case = Case().classified()
    handover_id = case.handed_over(unit)
    case.do("ObjectToHandover", officer(unit), handover_id=handover_id, reasons=secret("not ours"))
    case.do("DecideObjection", handover_id=handover_id, upheld=True)
    return case.classified(**ACCUSATION, accused_units=[unit])


def test_an_accused_unit_is_in_no_audience_even_if_it_was_a_party() -> None:
    case = accusing(HOUSING)
    assert HOUSING in case.state.participation.former
    assert PETITION.audience(case.state) == [OFFICE]
    case = Case().classified(**ACCUSATION, accused_units=[OFFICE])
    assert OFFICE in case.state.parties
    assert PETITION.audience(case.state) == [COUNTY]


@pytest.mark.parametrize("rpc", ON_ONE_STREAM)
def test_to_an_accused_unit_the_case_does_not_exist(rpc: str) -> None:
    """Word for word the answer for a case that is not there."""
    refusal = accusing(HOUSING).no("NO_SUCH_CASE", rpc, officer(HOUSING), **FIELDS.get(rpc, {}))
    assert refusal == unknown_case()


def test_an_accused_unit_is_never_a_target() -> None:
    case = accusing(HOUSING)
    assert case.no("ACCUSED_UNIT", "HandOverPetition", kind=TRANSFER, to_unit=HOUSING).article.endswith(
        "30(3)"
    )
    case.no("ACCUSED_UNIT", "DecideCompetence", officer(COUNTY), unit=HOUSING)


def test_an_accused_unit_is_not_proposed_in_an_objection() -> None:
    case = accusing(HOUSING)
    handover_id = case.handed_over(DISCIPLINE)
    given = {"handover_id": handover_id, "reasons": secret("not ours"), "proposed_unit": HOUSING}
    case.no("ACCUSED_UNIT", "ObjectToHandover", officer(DISCIPLINE), **given)


def test_a_centre_run_by_the_accused_unit_is_kept_from_the_case_too() -> None:
    """OFFICE runs the centre; the city's office registers and says so."""
    case = Case(by=CITY_OFFICE).classified(**ACCUSATION, accused_units=[OFFICE])
    case.no("ACCUSED_UNIT", "HandOverPetition", kind=TRANSFER, to_unit=CENTRE)
    assert case.no("NO_SUCH_CASE", "ClassifyPetition", officer(CENTRE), **ACCUSATION) == unknown_case()


def moved(made_events: Sequence[Message]) -> events.ResponsibilityMoved:
    """The move that came with a classification."""
    classified, move = made_events
    assert isinstance(classified, events.PetitionClassified)
    return made(move, events.ResponsibilityMoved)


def test_a_holder_that_is_accused_loses_the_case_at_once_to_its_superior() -> None:
    case = Case()
    move = moved(case.do("ClassifyPetition", **ACCUSATION, accused_units=[OFFICE]))
    assert (move.from_unit, move.to_unit, move.epoch) == (OFFICE, COUNTY, 2)
    assert move.basis == types.MOVE_BASIS_ACCUSATION
    assert (move.authority.kind, move.authority.organ) == (common.AUTHORITY_KIND_SUPERIOR, COUNTY)
    assert PETITION.audience(case.state) == [COUNTY]


def test_who_has_the_case_in_its_place_names_who_handles_it() -> None:
    case = Case().classified(**ACCUSATION, accused_units=[OFFICE])
    case.no("ACCUSED_UNIT", "HandOverPetition", kind=TRANSFER, to_unit=OFFICE)
    case.handed_over(DISCIPLINE)
    case.do("AcceptPetition", officer(DISCIPLINE))
    assert PETITION.audience(case.state) == sorted({COUNTY, DISCIPLINE})


@pytest.mark.parametrize(
    "accused, expected",
    [
        ([OFFICE, COUNTY], CITY),
        ([OFFICE, COUNTY, CITY], PROVINCE),
        ([OFFICE, COUNTY, CITY, PROVINCE], CITY_OFFICE),
        ([OFFICE, COUNTY, CITY, PROVINCE, CITY_OFFICE], DISCIPLINE),
    ],
)
def test_it_goes_to_the_nearest_who_is_not_accused_itself(accused: list[str], expected: str) -> None:
    """Superiors first, then the office of the joint conference, then a discipline organ of the area."""
    assert Case().classified(**ACCUSATION, accused_units=accused).state.holder == expected


def test_where_all_who_stand_above_are_accused_the_directory_has_to_name_somebody() -> None:
    everybody = [OFFICE, COUNTY, CITY, PROVINCE, CITY_OFFICE, DISCIPLINE]
    refused = Case().no("NOBODY_OUTSIDE_THE_WALL", "ClassifyPetition", **ACCUSATION, accused_units=everybody)
    assert refused.facts["unit"] == OFFICE


def test_the_office_that_registered_says_that_the_responsible_unit_is_accused() -> None:
    """Nobody waits for the accused unit to say so (Arts. 22(2), 30)."""
    case = Case().accepted(HOUSING)
    case.no("ALREADY_ACCEPTED", "ClassifyPetition", officer(HOUSING), **SUGGESTION)
    case.no("NOT_RESPONSIBLE", "ClassifyPetition", officer(OFFICE), **SUGGESTION)
    move = moved(case.do("ClassifyPetition", officer(OFFICE), **ACCUSATION, accused_units=[HOUSING]))
    assert (move.from_unit, move.to_unit) == (HOUSING, COUNTY)
    assert case.state.status == types.PETITION_STATUS_CLASSIFIED
    assert not case.state.accepted
    case.no("NO_SUCH_CASE", "IssueOpinion", officer(HOUSING))


def test_no_other_party_says_so_and_no_department_that_registered() -> None:
    case = Case().accepted(HOUSING)
    accusing_office = ACCUSATION | {"accused_units": [HOUSING]}
    case.no("NO_SUCH_CASE", "ClassifyPetition", officer(LABOUR), **accusing_office)
    direct = Case(by=HOUSING).accepted(LABOUR)
    direct.no("NOT_RESPONSIBLE", "ClassifyPetition", officer(HOUSING), **ACCUSATION, accused_units=[LABOUR])


def test_a_hand_over_of_what_turns_out_to_be_an_accusation_is_over() -> None:
    case = Case().classified()
    case.handed_over(HOUSING)
    decided = case.do("ClassifyPetition", **ACCUSATION, accused_units=[HOUSING])
    assert kinds(decided) == ["PetitionClassified", "HandoverRecalled"]
    assert (case.state.holder, case.state.epoch) == (OFFICE, 1)
    assert (case.state.handover, case.state.status) == (None, types.PETITION_STATUS_CLASSIFIED)
    case.no("NO_SUCH_CASE", "AcceptPetition", officer(HOUSING))


def test_who_is_accused_may_become_known_while_the_accusation_is_in_hand() -> None:
    """Its course goes on where nobody accused has it, and leaves their hands where one has."""
    case = Case().classified(**ACCUSATION)
    case.handed_over(DISCIPLINE)
    case.do("AcceptPetition", officer(DISCIPLINE))
    assert len(case.do("ClassifyPetition", **ACCUSATION, accused_units=[HOUSING])) == 1
    assert (case.state.holder, case.state.status) == (DISCIPLINE, types.PETITION_STATUS_ACCEPTED)
    assert case.state.accepted
    accused_too = ACCUSATION | {"accused_units": [HOUSING, DISCIPLINE]}
    move = moved(case.do("ClassifyPetition", officer(OFFICE), **accused_too))
    assert move.from_unit == DISCIPLINE
    assert (move.to_unit, move.authority.kind) == (OFFICE, common.AUTHORITY_KIND_CONFERENCE)
    assert not case.state.accepted


def test_what_a_judicial_organ_has_is_no_accusation_until_that_is_split_off() -> None:
    case = Case().classified(**LITIGATION)
    taken = (
        events.JudicialReferralAcknowledged(referral_id=identity(7), organ=COURT),
        events.ResponsibilityMoved(
            from_unit=OFFICE, to_unit=COURT, epoch=2, basis=types.MOVE_BASIS_JUDICIAL_ACKNOWLEDGEMENT
        ),
    )
    case.given(*taken)
    case.no("LED_INTO_PROCEDURE", "ClassifyPetition", officer(OFFICE), **ACCUSATION, accused_units=[COURT])


def accused_holder() -> Case:
    """As version 0.1 recorded it: the accused unit still held the case."""
    case = Case()
    case.given(
        events.PetitionClassified(
            petition_class=types.PETITION_CLASS_ACCUSATION,
            track=common.TRACK_DISCIPLINE,
            accused_units=[OFFICE],
        )
    )
    return case


@pytest.mark.parametrize("rpc", ON_ONE_STREAM)
def test_an_accused_holder_of_before_can_do_nothing_any_more(rpc: str) -> None:
    refusal = accused_holder().no("NO_SUCH_CASE", rpc, officer(OFFICE), **FIELDS.get(rpc, {}))
    assert refusal == unknown_case()


def test_a_superior_takes_the_matter_from_an_accused_holder_of_before() -> None:
    case = accused_holder()
    case.no("NOT_COMPETENT", "DecideCompetence", officer(COUNTY), unit=HOUSING)
    case.do("DecideCompetence", officer(CITY), unit=COUNTY)
    assert PETITION.audience(case.state) == [COUNTY]
