"""甄别: class, route and the one track, decided by an officer (promise P3)."""

from typing import Any

import pytest

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Secret
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.context import Role
from huiyin_domain.refusal import Kind
from tests.support.deciding import officer
from tests.support.small_policy import DISCIPLINE, HOUSING, LABOUR, OFFICE
from tests.unit.intake.petitions import ACCUSATION, LITIGATION, PETITION_CLAIM, SUGGESTION, Case, kinds

CLAIM = types.PETITION_CLASS_CLAIM


@pytest.mark.parametrize(
    ("petition_class", "route", "track"),
    [
        (types.PETITION_CLASS_SUGGESTION, types.ROUTE_UNSPECIFIED, common.TRACK_SUGGESTION),
        (types.PETITION_CLASS_ACCUSATION, types.ROUTE_UNSPECIFIED, common.TRACK_DISCIPLINE),
        (types.PETITION_CLASS_LITIGATION, types.ROUTE_UNSPECIFIED, common.TRACK_JUDICIAL),
        (types.PETITION_CLASS_LITIGATION, types.ROUTE_JUDICIAL, common.TRACK_JUDICIAL),
        (CLAIM, types.ROUTE_JUDICIAL, common.TRACK_JUDICIAL),
        (CLAIM, types.ROUTE_ARBITRATION, common.TRACK_ADMINISTRATIVE),
        (CLAIM, types.ROUTE_PARTY, common.TRACK_ADMINISTRATIVE),
        (CLAIM, types.ROUTE_ADMINISTRATIVE_PROCEDURE, common.TRACK_ADMINISTRATIVE),
        (CLAIM, types.ROUTE_DUTY_TO_ACT, common.TRACK_ADMINISTRATIVE),
        (CLAIM, types.ROUTE_PETITION, common.TRACK_ADMINISTRATIVE),
    ],
)
def test_class_and_route_fix_the_one_track(
    petition_class: types.PetitionClass.ValueType,
    route: types.Route.ValueType,
    track: common.Track.ValueType,
) -> None:
    """Arts. 28(2), 29, 30, 31; every other track is refused."""
    given = {"petition_class": petition_class, "route": route}
    for other in set(common.Track.values()) - {track}:
        refusal = Case().no("TRACK_MISMATCH", "ClassifyPetition", **given, track=other)
        assert refusal.facts["expected"] == common.Track.Name(track)
    assert Case().classified(**given, track=track).state.track == track


@pytest.mark.parametrize("course", [SUGGESTION, ACCUSATION, LITIGATION])
def test_only_a_claim_has_a_route_of_art_31(course: dict[str, Any]) -> None:
    Case().no("ROUTE_NOT_ALLOWED", "ClassifyPetition", **course, route=types.ROUTE_PETITION)


def test_a_claim_needs_its_route() -> None:
    refusal = Case().no(
        "FIELD_REQUIRED", "ClassifyPetition", petition_class=CLAIM, track=common.TRACK_ADMINISTRATIVE
    )
    assert refusal.facts["field"] == "route"


def test_a_class_is_required() -> None:
    Case().no("FIELD_REQUIRED", "ClassifyPetition", track=common.TRACK_ADMINISTRATIVE)


def test_a_classification_needs_reasons() -> None:
    """Who is told of it, and who reviews it, can check nothing that has none."""
    refusal = Case().no("CONTENT_REQUIRED", "ClassifyPetition", **PETITION_CLAIM, reasons=Secret())
    assert refusal.facts["field"] == "reasons"


def test_an_unknown_content_class_is_refused() -> None:
    Case().no("UNKNOWN_CONTENT_CLASS", "ClassifyPetition", **PETITION_CLAIM, content_class="999999")


def test_a_content_class_stays_until_another_is_given() -> None:
    case = Case(content_class="010100").classified()
    assert case.state.content_class == "010100"
    assert case.classified(**PETITION_CLAIM, content_class="020200").state.content_class == "020200"


def test_the_same_classification_again_changes_nothing() -> None:
    assert Case().classified().do("ClassifyPetition", **PETITION_CLAIM) == ()


def test_a_classification_is_not_overwritten_by_who_did_not_see_it() -> None:
    """Its version is that of the classification, not of the stream: what else happened is no conflict."""
    case = Case().classified()
    refusal = case.no("REVISED_MEANWHILE", "ClassifyPetition", **SUGGESTION, classification_version=0)
    assert refusal.kind is Kind.STALE
    assert refusal.facts["classification_version"] == "1"
    assert (refusal.facts["petition_class"], refusal.facts["route"]) == (
        "PETITION_CLASS_CLAIM",
        "ROUTE_PETITION",
    )
    case.do("NotifyReceipt", method=types.SERVICE_METHOD_MAIL)
    case.do("ClassifyPetition", **SUGGESTION, classification_version=1)


def test_who_chose_the_same_class_unseen_is_answered_ok() -> None:
    assert Case().classified().do("ClassifyPetition", **PETITION_CLAIM, classification_version=0) == ()


def test_a_case_may_be_classified_again_before_acceptance() -> None:
    assert Case().classified().classified(**SUGGESTION).state.track == common.TRACK_SUGGESTION


def test_a_case_is_not_classified_again_after_acceptance() -> None:
    """Promise P3: what was accepted stays in its track; another part is split off."""
    Case().accepted().no("ALREADY_ACCEPTED", "ClassifyPetition", **SUGGESTION)


def test_a_case_is_not_classified_while_a_hand_over_is_open() -> None:
    case = Case().classified()
    case.handed_over()
    case.no("HANDOVER_OPEN", "ClassifyPetition", **SUGGESTION)


def test_only_the_responsible_unit_classifies() -> None:
    case = Case().classified()
    case.no("NO_SUCH_CASE", "ClassifyPetition", officer(LABOUR), **SUGGESTION)
    case.handed_over(HOUSING)
    case.no("NOT_RESPONSIBLE", "ClassifyPetition", officer(HOUSING), **SUGGESTION)


def test_classification_is_a_persons_decision() -> None:
    """Domain rules 11.2: software may suggest class, route and track, and never decides them."""
    Case().no(
        "OFFICER_REQUIRED", "ClassifyPetition", officer(OFFICE, "system", Role.SYSTEM), **PETITION_CLAIM
    )


def test_accused_units_belong_to_an_accusation() -> None:
    """Art. 30."""
    Case().no("ACCUSED_UNITS_NOT_ALLOWED", "ClassifyPetition", **PETITION_CLAIM, accused_units=[HOUSING])


def test_a_misspelt_accused_unit_is_refused_for_it_would_leave_the_wall_open() -> None:
    Case().no("UNKNOWN_UNIT", "ClassifyPetition", **ACCUSATION, accused_units=["county-huosing"])


def test_accused_units_are_kept_once_each() -> None:
    case = Case()
    made_events = case.do("ClassifyPetition", **ACCUSATION, accused_units=[HOUSING, DISCIPLINE, HOUSING])
    assert kinds(made_events) == ["PetitionClassified"]
    assert case.state.accused_units == {HOUSING, DISCIPLINE}
