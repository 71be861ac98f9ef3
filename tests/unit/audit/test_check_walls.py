"""Promise P11: its checker holds on an accusation that left the accused's hands and finds each violation."""

from dataclasses import replace
from typing import Any

import pytest

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Authority, Cause
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.reception.v1 import events_pb2 as reception
from huiyin_audit.checks import one_holder, walls
from huiyin_audit.findings import PromiseOutcome
from tests.unit.audit.book import Act, changed, told, without
from tests.unit.audit.legal_story import (
    BUREAU,
    DIRECTORY,
    INTAKE,
    OFFICE,
    PROVINCE,
    RECEPTION,
    SEALED,
    case,
    legal_story,
    petition,
    registered,
)

CASE = case("W")
PETITION = f"petition-{CASE}"


def accusing(*units: str, finder: str = BUREAU) -> intake.PetitionClassified:
    return intake.PetitionClassified(
        petition_class=types.PETITION_CLASS_ACCUSATION,
        track=common.TRACK_DISCIPLINE,
        reasons=SEALED,
        accused_units=units,
        authority=Authority(kind=common.AUTHORITY_KIND_HOLDER, organ=finder),
    )


def taken(to_unit: str = PROVINCE, **fields: Any) -> intake.ResponsibilityMoved:
    given: dict[str, Any] = {"from_unit": BUREAU, "epoch": 2, "basis": types.MOVE_BASIS_ACCUSATION}
    return intake.ResponsibilityMoved(to_unit=to_unit, **(given | fields))


def known(version: int) -> tuple[Cause, ...]:
    return (Cause(stream=PETITION, version=version, log=INTAKE),)


def meeting(*audience: str, knew: int) -> Act:
    convened = reception.MeetingConvened(meeting_id=case("M"), convener=PROVINCE, case_ids=[CASE])
    write = (f"meeting-{case('M')}", convened)
    return Act(
        RECEPTION, (write,), PROVINCE, "W/meeting", causes=known(knew), case_id=CASE, audience=audience
    )


def story() -> list[Act]:
    """BUREAU registered what accuses it, and says so; PROVINCE has it from there."""
    filed = petition("W", BUREAU, "RegisterPetition", 0, registered("W", 1, unit=BUREAU), day=1)
    found = petition("W", BUREAU, "ClassifyPetition", 1, accusing(BUREAU), taken())
    handed = petition(
        "W",
        PROVINCE,
        "HandOverPetition",
        2,
        intake.PetitionHandedOver(handover_id=case("H"), from_unit=PROVINCE, to_unit=OFFICE),
    )
    acts = [(filed, (BUREAU,)), (found, (PROVINCE,)), (handed, (OFFICE, PROVINCE))]
    return [replace(act, audience=audience) for act, audience in acts]


def rules(acts: list[Act]) -> set[str]:
    return {finding.rule for finding in walls.check(told(acts), DIRECTORY).violations}


def test_legal_histories_hold() -> None:
    assert walls.check(told(legal_story()), DIRECTORY).outcome is PromiseOutcome.HOLDS
    whole = [
        *story(),
        meeting(PROVINCE, BUREAU, knew=1),
    ]
    assert walls.check(told(whole), DIRECTORY).outcome is PromiseOutcome.HOLDS
    assert one_holder.check_responsibility(told(story()), DIRECTORY).outcome is PromiseOutcome.HOLDS


@pytest.mark.parametrize("at", [1, 2])
def test_an_event_for_who_is_accused_is_found(at: int) -> None:
    acts = story()
    acts[at] = replace(acts[at], audience=(*acts[at].audience, BUREAU))
    assert rules(acts) == {"ACCUSED_IN_AUDIENCE"}


def test_an_accused_unit_that_stays_responsible_is_found() -> None:
    assert "ACCUSED_HOLDER" in rules(without(story(), intake.ResponsibilityMoved))


def test_version_0_1_left_it_there_and_named_no_authority() -> None:
    before = without(story(), intake.ResponsibilityMoved)
    classified = accusing(BUREAU)
    classified.ClearField("authority")
    before[1] = replace(before[1], writes=((PETITION, classified),))
    assert rules(before) == set()


def test_a_matter_given_to_who_is_accused_is_found() -> None:
    acts = [*story(), petition("W", PROVINCE, "Decide", 2, taken(BUREAU, from_unit=PROVINCE, epoch=3))]
    assert "GIVEN_TO_ACCUSED" in rules(acts)


def test_what_another_service_wrote_for_the_accused_though_it_knew_is_found() -> None:
    assert rules([*story(), meeting(PROVINCE, BUREAU, knew=2)]) == {"TOLD_AFTER_ACCUSATION"}
    assert rules([*story(), meeting(PROVINCE, OFFICE, knew=2)]) == set()


@pytest.mark.parametrize("fields", [{"to_unit": OFFICE}, {"to_unit": BUREAU}, {"from_unit": OFFICE}])
def test_a_move_that_does_not_take_an_accusation_to_the_nearest_outside_is_found(
    fields: dict[str, str],
) -> None:
    acts = changed(story(), intake.ResponsibilityMoved, **fields)
    found = {finding.rule for finding in one_holder.check_responsibility(told(acts), DIRECTORY).violations}
    assert "UNLAWFUL_MOVE" in found


def test_a_move_on_that_ground_without_an_accusation_is_found() -> None:
    acts = changed(story(), intake.PetitionClassified, petition_class=types.PETITION_CLASS_CLAIM)
    found = [finding.rule for finding in one_holder.check_responsibility(told(acts), DIRECTORY).violations]
    assert found == ["UNLAWFUL_MOVE"]
