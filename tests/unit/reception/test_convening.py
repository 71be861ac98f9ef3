"""A meeting is called by who has authority over every case of it, and by nobody else (Arts. 11-13; P13)."""

import pytest
from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import (
    AUTHORITY_KIND_CONFERENCE,
    AUTHORITY_KIND_HOLDER,
    AUTHORITY_KIND_SUPERIOR,
    Authority,
)
from huiyin.intake.v1.types_pb2 import MeetingRequest, Standing
from huiyin.reception.v1 import service_pb2 as commands
from huiyin.reception.v1.events_pb2 import MeetingConvened
from huiyin_domain.reception.meeting import MEETING
from huiyin_domain.reception.meeting_state import Meeting
from huiyin_domain.refusal import Refusal
from tests.support.agencies import (
    BUREAU,
    CENTRE,
    CITY,
    CONFERENCE,
    COUNTY,
    HEALTH,
    HOUSING,
    LABOUR,
    LAND,
    SCHOOLS,
    identifier,
    officer,
)
from tests.support.given import Given, Outcome
from tests.support.meetings import (
    CASE_1,
    CASE_2,
    MEETING_ID,
    PARTICIPANTS,
    RESOLUTION_ID,
    bind,
    context,
    convene,
    convened,
    propose,
    signed,
    sitting,
    standing,
)

OPEN = commands.OpenMeetingRequest(present=PARTICIPANTS)
REQUEST = identifier(77)


def called(
    by: str, standings: list[Standing], participants: tuple[str, ...] = (HOUSING, LABOUR), centre: str = ""
) -> Outcome[Meeting]:
    command = convene(participants, [one.case_id for one in standings] or [CASE_1], centre)
    return Given(MEETING).when(command, context(officer(by), [MEETING_ID], standings))


def authorities(outcome: Outcome[Meeting]) -> list[Authority]:
    (event,) = outcome.events
    assert isinstance(event, MeetingConvened)
    return [one.authority for one in event.authorities]


def test_the_responsible_unit_calls_whom_it_needs() -> None:
    found = authorities(called(HOUSING, [standing()]))
    assert found == [Authority(kind=AUTHORITY_KIND_HOLDER, organ=HOUSING)]


def test_a_common_superior_calls_those_below_it() -> None:
    found = authorities(called(COUNTY, [standing(CASE_1, SCHOOLS)], (SCHOOLS, HEALTH)))
    assert found == [Authority(kind=AUTHORITY_KIND_SUPERIOR, organ=COUNTY)]


def test_a_superior_of_only_one_unit_calls_no_meeting_with_others() -> None:
    known = [standing(CASE_1, SCHOOLS)]
    called(COUNTY, known, (SCHOOLS, HOUSING)).refused("NO_AUTHORITY_TO_CONVENE")
    called(COUNTY, [standing(CASE_1, HOUSING)], (SCHOOLS, HOUSING)).refused("NO_SUCH_CASE")


def test_a_unit_that_a_hand_over_waits_for_is_concerned_too() -> None:
    known = [standing(CASE_1, SCHOOLS, pending_unit=LABOUR)]
    assert isinstance(called(COUNTY, known, (SCHOOLS, HEALTH)).decision, Refusal)


def test_the_joint_conference_of_the_area_calls_through_its_office() -> None:
    found = authorities(called(BUREAU, [standing()]))
    assert found == [Authority(kind=AUTHORITY_KIND_CONFERENCE, organ=CONFERENCE)]


def test_the_conference_of_one_area_calls_nobody_of_another() -> None:
    called(BUREAU, [standing(CASE_1, CITY)], (CITY, HOUSING)).refused("NO_SUCH_CASE")
    called(BUREAU, [standing()], (HOUSING, CITY)).refused("NO_AUTHORITY_TO_CONVENE")


def test_a_centre_calls_at_the_recorded_request_of_the_responsible_unit_alone() -> None:
    called(CENTRE, [standing()]).refused("NO_SUCH_CASE")
    asked = [MeetingRequest(request_id=REQUEST, centre=CENTRE)]
    found = authorities(called(CENTRE, [standing(meeting_requests=asked)], centre=CENTRE))
    assert found == [Authority(kind=AUTHORITY_KIND_HOLDER, organ=HOUSING, basis_id=REQUEST)]
    both = [standing(meeting_requests=asked), standing(CASE_2, LABOUR)]
    called(CENTRE, both).refused("NO_SUCH_CASE")


def test_two_strangers_call_no_meeting_and_learn_nothing_p13() -> None:
    """A case that is not there, one behind the wall and one that is not theirs are answered alike."""
    answers = [
        called(LAND, known, (LAND, LABOUR)).refused("NO_SUCH_CASE")
        for known in ([standing()], [], [standing(accused_units=[LAND])], [standing(accused_units=[LABOUR])])
    ]
    assert all(answer == answers[0] for answer in answers)


def test_a_party_that_is_not_responsible_is_told_who_may_call() -> None:
    known = [standing(parties=[HOUSING, LAND])]
    called(LAND, known, (HOUSING, LAND)).refused("NO_AUTHORITY_TO_CONVENE")


def test_the_responsible_unit_is_always_called() -> None:
    refusal = called(BUREAU, [standing()], (LABOUR, LAND)).refused("RESPONSIBLE_UNIT_NOT_CALLED")
    assert refusal.facts["responsible_unit"] == HOUSING


@pytest.mark.parametrize("told", [LABOUR, CENTRE])
def test_nobody_who_is_accused_is_called(told: str) -> None:
    known = [standing(accused_units=[told])]
    refusal = called(HOUSING, known, centre=CENTRE).refused("ACCUSED_UNIT")
    assert refusal.facts["unit"] == told


def test_a_convener_whose_case_has_moved_on_goes_no_further() -> None:
    """It went to another area: the conference that sat on it has no say in it any more."""
    moved = [standing(CASE_1, CITY, epoch=2), standing(CASE_2, LABOUR)]
    after = context(officer(BUREAU), [RESOLUTION_ID], moved)
    convened().when(OPEN, after).refused("NO_SUCH_CASE")
    sitting().when(propose(), after).refused("NO_SUCH_CASE")
    signed().when(bind(), after).refused("NO_SUCH_CASE")
    assert len(convened().when(commands.CloseMeetingRequest(), after).events) == 1


def test_the_unit_that_became_responsible_has_to_be_called_before_it_goes_on() -> None:
    moved = [standing(CASE_1, SCHOOLS, epoch=2), standing(CASE_2, LABOUR)]
    signed().when(bind(), context(officer(BUREAU), (), moved)).refused("RESPONSIBLE_UNIT_NOT_CALLED")
    among = [standing(CASE_1, LAND, epoch=2), standing(CASE_2, LABOUR)]
    sitting().after(propose(), context(officer(BUREAU), [RESOLUTION_ID], among))


@pytest.mark.parametrize("command", [OPEN, propose(), bind(), commands.CloseMeetingRequest()])
def test_who_was_not_called_to_a_meeting_is_told_of_none(command: Message) -> None:
    stranger = context(officer(CITY), [identifier(302)])
    refusal = signed().when(command, stranger).refused("NO_SUCH_MEETING")
    assert refusal == Given(MEETING).when(command, stranger).refused("NO_SUCH_MEETING")
